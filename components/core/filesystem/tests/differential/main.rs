//! The same random operations on this filesystem and on a directory of the host, which is reached as Wasmtime's WASI
//! host reaches it: results, errors and the whole tree must be the same.
//!
//! `PROPTEST_CASES` says how many sequences to try.
#![cfg(target_os = "linux")]

mod host;
mod memory;
mod operation;
mod random;

use std::time::Duration;

use interpose_filesystem::{Access, NodeType, OpenOptions};
use proptest::{collection::vec, prelude::*};

use crate::{
    host::Host,
    memory::Memory,
    operation::{Operation, Outcome, Subject, Times, Value},
    random::operation,
};

/// Applies the operation to both and compares the outcomes.
fn compare(
    memory: &mut Memory,
    host: &mut Host,
    operation: &Operation,
) -> Result<Outcome, TestCaseError> {
    let (mut ours, theirs) = (memory.apply(operation), host.apply(operation));
    if let Ok(Value::Stat(seen)) = &mut ours
        && seen.node_type == NodeType::Directory
        && !host.counts_subdirectories()
    {
        seen.link_count = None;
    }
    prop_assert_eq!(&ours, &theirs, "{:?}", operation);
    Ok(ours)
}

/// Compares everything below a directory, and sets its timestamps so that the next comparison sees later modifications.
fn compare_trees(
    memory: &mut Memory,
    host: &mut Host,
    contents: bool,
) -> Result<(), TestCaseError> {
    let mut paths = vec![String::from(".")];
    while let Some(path) = paths.pop() {
        let stat = Operation::StatAt {
            dir: 0,
            path: path.clone(),
            follow: false,
        };
        let Ok(Value::Stat(seen)) = compare(memory, host, &stat)? else {
            return Err(TestCaseError::fail(format!("{path} was listed")));
        };
        let options = OpenOptions {
            access: Access {
                read: true,
                ..Access::default()
            },
            ..OpenOptions::default()
        };
        match seen.node_type {
            NodeType::Directory => {
                // Both put the descriptor in the last place of their tables.
                let _ = compare(
                    memory,
                    host,
                    &Operation::Open {
                        dir: 0,
                        path: path.clone(),
                        options,
                    },
                )?;
                let last = memory.last();
                let Ok(Value::Names(names)) =
                    compare(memory, host, &Operation::List { dir: last })?
                else {
                    return Err(TestCaseError::fail(format!("{path} is a directory")));
                };
                let _ = compare(memory, host, &Operation::Close { descriptor: last })?;
                paths.extend(names.into_iter().map(|(name, _)| format!("{path}/{name}")));
            }
            NodeType::RegularFile if contents => {
                let _ = compare(
                    memory,
                    host,
                    &Operation::Open {
                        dir: 0,
                        path: path.clone(),
                        options,
                    },
                )?;
                let last = memory.last();
                for offset in [0, 100_000, (1 << 32) - 1000, 1 << 40] {
                    let _ = compare(
                        memory,
                        host,
                        &Operation::Read {
                            file: last,
                            offset,
                            length: 200_000,
                        },
                    )?;
                }
                let _ = compare(memory, host, &Operation::Close { descriptor: last })?;
            }
            NodeType::SymbolicLink => {
                let _ = compare(
                    memory,
                    host,
                    &Operation::Readlink {
                        dir: 0,
                        path: path.clone(),
                    },
                )?;
            }
            _ => {}
        }
        if seen.modified.is_none() {
            let times = Times {
                accessed: None,
                modified: Some(Duration::from_secs(1)),
            };
            let _ = compare(
                memory,
                host,
                &Operation::SetTimesAt {
                    dir: 0,
                    path,
                    follow: false,
                    times,
                },
            )?;
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        max_shrink_iters: 20_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn does_what_the_host_does(operations in vec(operation(), 1..120)) {
        let mut memory = Memory::new();
        let mut host = Host::new();
        for operation in &operations {
            let _ = compare(&mut memory, &mut host, operation)?;
            memory.files.check().map_err(TestCaseError::fail)?;
            compare_trees(&mut memory, &mut host, false)?;
        }
        compare_trees(&mut memory, &mut host, true)?;
        memory.close_all().check().map_err(TestCaseError::fail)?;
    }
}
