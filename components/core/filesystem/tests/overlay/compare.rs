//! Comparing an overlay with a tree in memory that began as a copy of the lower tree.

use std::collections::BTreeMap;

use interpose_filesystem::{Access, NodeType, OpenOptions, Stat};

use crate::{
    below::{Below, Overlay},
    memory::Memory,
    operation::{Operation, Outcome, Subject, Value},
};

/// Applies `operations` to an overlay over a tree that `before` made, and to a copy of that tree. Returns an error if
/// results, errors or the whole trees differ, if an invariant is violated, or if the lower tree changed.
pub fn does_what_a_copy_does(before: &[Operation], operations: &[Operation]) -> Result<(), String> {
    let mut plain = prepared(before);
    let mut overlay = Overlay::new(below(before), u64::MAX, plain.now);
    for operation in operations {
        let (ours, theirs) = (overlay.apply(operation), plain.apply(operation));
        equal(&ours, &theirs, &format!("{operation:?}"))?;
        overlay.memory.files.check()?;
    }
    equal(&walk(&mut overlay), &walk(&mut plain), "the whole tree")?;
    is_untouched(overlay.below, before)?;
    overlay.memory.close_all().check()
}

/// Applies operations to an overlay that may hold a limited number of bytes. Returns an error if an invariant is
/// violated, or if the lower tree changed.
pub fn keeps_to_its_limit(
    before: &[Operation],
    operations: &[Operation],
    max_bytes: u64,
) -> Result<(), String> {
    let now = prepared(before).now;
    let mut overlay = Overlay::new(below(before), max_bytes, now);
    for operation in operations {
        let _ = overlay.apply(operation);
        overlay.memory.files.check()?;
    }
    walk(&mut overlay);
    overlay.memory.files.check()?;
    is_untouched(overlay.below, before)
}

fn equal<T: PartialEq + std::fmt::Debug>(ours: &T, theirs: &T, what: &str) -> Result<(), String> {
    if ours == theirs {
        Ok(())
    } else {
        Err(format!(
            "{what}: {ours:?} in the overlay, {theirs:?} in the copy"
        ))
    }
}

fn is_untouched(below: Below, before: &[Operation]) -> Result<(), String> {
    let (now, then) = (walk(&mut below.into_memory()), walk(&mut prepared(before)));
    if now == then {
        Ok(())
    } else {
        Err(format!("the lower tree was {then:?} and is {now:?}"))
    }
}

/// The tree that some operations made, without nodes that have no name.
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

/// A subject that keeps its tree in a filesystem in memory.
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

/// What a walk finds at a path: a new node, or one that it has met before.
#[derive(Debug, PartialEq)]
enum Found {
    Outcome(Outcome),
    Stat(Stat),
    /// The first path by which the same node was met.
    Same(String),
}

/// Everything that can be seen of a tree.
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
