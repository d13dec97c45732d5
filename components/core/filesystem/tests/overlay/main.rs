//! The same random operations on a tree over a lower one and on a tree in memory that began as a copy of the lower one:
//! results, errors and the whole tree must be the same, and the lower tree must stay as it was.
//!
//! `PROPTEST_CASES` says how many sequences to try.

mod below;
mod directed;
#[path = "../differential/memory.rs"]
mod memory;
#[path = "../differential/operation.rs"]
mod operation;

use std::collections::BTreeMap;

use interpose_filesystem::{Access, NodeType, OpenOptions, Stat};
use proptest::{collection::vec, prelude::*};

use crate::{
    below::{Below, Overlay},
    memory::Memory,
    operation::{Operation, Outcome, Subject, Value, operation},
};

/// A tree that some operations made, without what has no name.
fn prepared(operations: &[Operation]) -> Memory {
    let mut memory = Memory::new();
    for operation in operations {
        let _ = memory.apply(operation);
    }
    let Memory {
        mut files,
        mut descriptors,
        now,
    } = memory;
    for descriptor in descriptors.drain(1..) {
        files.close(descriptor);
    }
    Memory {
        files,
        descriptors,
        now,
    }
}

fn below(operations: &[Operation]) -> Below {
    let mut memory = prepared(operations);
    let root = memory.descriptors.remove(0);
    Below::new(memory.files, root)
}

/// Whatever keeps its tree in a filesystem in memory.
trait Tree: Subject {
    fn memory(&self) -> &Memory;
}

impl Tree for Memory {
    fn memory(&self) -> &Memory {
        self
    }
}

impl Tree for Overlay {
    fn memory(&self) -> &Memory {
        &self.memory
    }
}

/// What a walk finds at a path.
#[derive(Debug, PartialEq)]
enum Found {
    Outcome(Outcome),
    Stat(Stat),
    /// The first path by which the same node was met.
    Same(String),
}

/// All that can be seen of a tree.
fn walk(subject: &mut impl Tree) -> BTreeMap<String, Found> {
    let mut nodes = BTreeMap::new();
    let mut found = BTreeMap::new();
    let mut paths = vec![String::from(".")];
    let options = OpenOptions {
        access: Access {
            read: true,
            ..Access::default()
        },
        ..OpenOptions::default()
    };
    while let Some(path) = paths.pop() {
        let name = path.clone();
        let at = |kind: &str| format!("{name} {kind}");
        let stat = subject.apply(&Operation::StatAt {
            dir: 0,
            path: path.clone(),
            follow: false,
        });
        let Ok(Value::Stat(seen)) = &stat else {
            panic!("{path} was listed: {stat:?}");
        };
        let node_type = seen.node_type;
        let (files, root) = (&subject.memory().files, &subject.memory().descriptors[0]);
        let stat = files.stat_at(root, &path, false).unwrap();
        let hash = files.metadata_hash_at(root, &path, false).unwrap();
        found.insert(at("stat"), Found::Stat(stat));
        let same = nodes.entry(hash).or_insert_with(|| path.clone()).clone();
        found.insert(at("same"), Found::Same(same));
        if node_type == NodeType::SymbolicLink {
            let path = path.clone();
            let target = subject.apply(&Operation::Readlink { dir: 0, path });
            found.insert(at("target"), Found::Outcome(target));
            continue;
        }
        let opened = subject.apply(&Operation::Open {
            dir: 0,
            path: path.clone(),
            options,
        });
        assert_eq!(opened, Ok(Value::Nothing), "{path}");
        let descriptor = subject.memory().last();
        if node_type == NodeType::Directory {
            let list = subject.apply(&Operation::List { dir: descriptor });
            let Ok(Value::Names(names)) = &list else {
                panic!("{path} is a directory: {list:?}");
            };
            paths.extend(names.iter().map(|(name, _)| format!("{path}/{name}")));
            found.insert(at("names"), Found::Outcome(list));
        } else {
            for offset in [0, 100_000, (1 << 32) - 1000, 1 << 40] {
                let read = Operation::Read {
                    file: descriptor,
                    offset,
                    length: 200_000,
                };
                let bytes = subject.apply(&read);
                found.insert(at(&format!("bytes at {offset}")), Found::Outcome(bytes));
            }
        }
        let _ = subject.apply(&Operation::Close { descriptor });
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig {
        max_shrink_iters: 20_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn does_what_a_copy_does(
        before in vec(operation(), 0..120),
        operations in vec(operation(), 1..120),
    ) {
        let mut plain = prepared(&before);
        let mut overlay = Overlay::new(below(&before), u64::MAX, plain.now);
        for operation in &operations {
            let (ours, theirs) = (overlay.apply(operation), plain.apply(operation));
            prop_assert_eq!(ours, theirs, "{:?}", operation);
            overlay.memory.files.check().map_err(TestCaseError::fail)?;
        }
        prop_assert_eq!(walk(&mut overlay), walk(&mut plain));
        let untouched = walk(&mut overlay.below.into_memory());
        prop_assert_eq!(untouched, walk(&mut prepared(&before)));
        overlay.memory.close_all().check().map_err(TestCaseError::fail)?;
    }

    #[test]
    fn keeps_to_its_limit(
        before in vec(operation(), 0..80),
        operations in vec(operation(), 1..80),
        max_bytes in 0..200_000u64,
    ) {
        let now = prepared(&before).now;
        let mut overlay = Overlay::new(below(&before), max_bytes, now);
        for operation in &operations {
            let _ = overlay.apply(operation);
            overlay.memory.files.check().map_err(TestCaseError::fail)?;
        }
        walk(&mut overlay);
        overlay.memory.files.check().map_err(TestCaseError::fail)?;
        prop_assert_eq!(
            walk(&mut overlay.below.into_memory()),
            walk(&mut prepared(&before))
        );
    }
}
