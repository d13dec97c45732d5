//! Crashes of a tree over another one. The lower tree does not change, and all changes have the same rules.
#![cfg(feature = "overlay")]

use std::collections::BTreeSet;

use interpose_filesystem::{
    Descriptor, Disk, Error, FileSystem, JournaledFileSystem, LowerEntry, NodeType, OpenOptions,
    Root, What,
};
use proptest::{collection::vec, prelude::*};

use crate::empty;
use crate::operation::{Files, NO_LIMITS, Operation, at, operation, pattern};
use crate::reference::Reference;
use crate::snapshot::{Snapshot, retry};

/// A lower tree.
struct Below {
    files: FileSystem,
    root: Descriptor,
}

macro_rules! answer {
    ($name:ident, $type:ty) => {
        /// Answers what a filesystem needs to know.
        fn $name(&mut self, files: &mut $type) {
            let need = files.take_need().expect("what is needed");
            let path = if need.path.is_empty() {
                "."
            } else {
                &need.path
            };
            let now = at(0);
            match need.what {
                What::Opening => files.provide_opened(&need),
                What::Listing => {
                    let mut names: Vec<(String, NodeType)> = Vec::new();
                    let opened = self
                        .files
                        .open_at(&self.root, path, OpenOptions::default(), now);
                    if let Ok(directory) = opened {
                        while let Ok(Some(entry)) = self
                            .files
                            .next_entry(&directory, names.last().map(|(name, _)| name.as_str()))
                        {
                            names.push((entry.name.into(), entry.node_type));
                        }
                        self.files.close(directory);
                    }
                    files.provide_listing(&need, names);
                }
                What::Entry => {
                    let stat = self.files.stat_at(&self.root, path, false);
                    let entry = stat.ok().map(|stat| LowerEntry {
                        identity: self.files.metadata_hash_at(&self.root, path, false).ok(),
                        stat,
                        target: self
                            .files
                            .readlink_at(&self.root, path)
                            .ok()
                            .map(String::from),
                    });
                    files.provide_entry(&need, entry);
                }
                What::Bytes { offset, most, .. } => {
                    let opened = self
                        .files
                        .open_at(&self.root, path, OpenOptions::default(), now);
                    let file = opened.unwrap();
                    let bytes = self.files.read(&file, offset, most).unwrap();
                    self.files.close(file);
                    files.provide_bytes(&need, bytes);
                }
            }
        }
    };
}

impl Below {
    fn new(operations: &[Operation]) -> Self {
        let (mut files, root) = empty(NO_LIMITS);
        for (now, operation) in (2..).zip(operations) {
            let _ = files.apply(&root, operation, at(now));
        }
        Self { files, root }
    }

    answer!(answer, FileSystem);
    answer!(answer_journaled, JournaledFileSystem);

    /// An empty tree over it.
    fn over(&self) -> (FileSystem, Root) {
        let mut files = FileSystem::new(NO_LIMITS);
        let root = files.add_overlay(false, at(1)).unwrap();
        files.provide_root(root, &self.files.stat(&self.root));
        (files, root)
    }

    /// What an image shows over it.
    fn shows(&mut self, image: &[u8]) -> Snapshot {
        let (mut files, root) = self.over();
        files.restore(image).unwrap();
        files.check().unwrap();
        assert_eq!(files.files(), image);
        let root = files.open_root(root);
        let snapshot = Snapshot::over(&mut files, &root, &mut |files| self.answer(files));
        files.close(root);
        snapshot
    }
}

fn apply(
    below: &mut Below,
    files: &mut JournaledFileSystem,
    root: &Descriptor,
    operation: &Operation,
    now: u64,
) -> Result<u64, Error> {
    retry(files, &mut |files| below.answer_journaled(files), |files| {
        files.apply(root, operation, at(now))
    })
}

fn write(length: usize, byte: u8) -> Operation {
    Operation::Write {
        path: "a".into(),
        offset: 0,
        length,
        byte,
    }
}

/// A lower file of more than one chunk.
fn large() -> Below {
    Below::new(&[write(50_000, 1)])
}

#[test]
fn changed_files_of_the_lower_layer_come_back() {
    let lower = pattern(50_000, 1);
    let cut = |size: u64| Operation::SetSize {
        path: "a".into(),
        size,
    };
    let rename = Operation::Rename {
        old: "a".into(),
        new: "b".into(),
    };
    let unlink = Operation::Unlink { path: "a".into() };
    let overwrite = Operation::Write {
        path: "a".into(),
        offset: 20_000,
        length: 20_000,
        byte: 9,
    };
    for operation in [
        overwrite,
        cut(0),
        cut(20_000),
        cut(16 << 10),
        cut(60_000),
        rename,
        unlink,
    ] {
        let mut below = large();
        let (files, root) = below.over();
        let mut files = JournaledFileSystem::from(files);
        let root = files.open_root(root);
        apply(&mut below, &mut files, &root, &operation, 5).unwrap();
        let now = below.shows(&files.files());
        let outcomes: BTreeSet<_> = (0..100)
            .map(|seed| {
                below
                    .shows(&files.durable(seed))
                    .read("a")
                    .map(<[u8]>::to_vec)
            })
            .collect();
        assert!(
            outcomes.contains(&Some(lower.clone())),
            "{operation:?} is never lost"
        );
        assert!(
            outcomes.contains(&now.read("a").map(<[u8]>::to_vec)),
            "{operation:?} is always lost"
        );
        files.close(root);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        max_shrink_iters: 5_000,
        failure_persistence: None,
        ..ProptestConfig::with_cases(64)
    })]

    #[test]
    fn a_crash_leaves_what_posix_permits(
        before in vec(operation(), 0..30),
        operations in vec(operation(), 1..25),
        seeds in vec(any::<u64>(), 4),
        ordered in any::<bool>(),
    ) {
        let mut below = Below::new(&before);
        let (files, root) = below.over();
        let mut files = JournaledFileSystem::from(files);
        files.set_disk(Disk { ordered, ..Disk::default() });
        // Everything is known before, so that each node has one identity in all images.
        let root = files.open_root(root);
        let image = {
            let (mut known, root) = below.over();
            let root = known.open_root(root);
            Snapshot::over(&mut known, &root, &mut |files| below.answer(files));
            known.close(root);
            known.files()
        };
        files.close(root);
        files.restore(&image).unwrap();
        let (_, root) = below.over();
        let root = files.open_root(root);
        let mut reference = Reference::new(below.shows(&image));
        let steps = operations.iter().flat_map(Operation::steps);
        for (now, operation) in (2..).zip(steps) {
            let operation = &operation;
            let result = apply(&mut below, &mut files, &root, operation, now);
            files.check().unwrap();
            reference.see(below.shows(&files.files()));
            if let (Operation::Sync { path } | Operation::SyncData { path }, Ok(_)) = (operation, result) {
                reference.sync(path);
            }
            for &seed in &seeds {
                let after = below.shows(&files.durable(seed));
                let checked = match ordered {
                    true => reference.check_ordered(&after),
                    false => reference.check(&after),
                };
                prop_assert!(checked.is_ok(), "{:?} after {:?} with seed {}", checked, operation, seed);
            }
        }
        files.close(root);
    }
}
