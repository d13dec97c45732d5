//! What a loss of power leaves is always something that POSIX permits, and everything that may happen does happen.
//!
//! `PROPTEST_CASES` says how many sequences to try.

mod images;
mod operation;
mod outcomes;
mod overlay;
mod reference;
mod snapshot;

use interpose_filesystem::{Block, Descriptor, Disk, FileSystem, JournaledFileSystem, Limits};
use proptest::{collection::vec, prelude::*};

use crate::operation::{Files, NO_LIMITS, Operation, at, operation};
use crate::reference::Reference;
use crate::snapshot::Snapshot;

/// A filesystem with one empty tree, and a descriptor of its root.
fn empty(limits: Limits) -> (FileSystem, Descriptor) {
    let mut files = FileSystem::new(limits);
    let root = files.add_root(false, at(1)).unwrap();
    let root = files.open_root(root);
    (files, root)
}

/// What a filesystem like that shows when it takes in an image.
fn restored(image: &[u8]) -> (Snapshot, FileSystem) {
    let (mut files, root) = empty(NO_LIMITS);
    let tree = root.root();
    files.close(root);
    files.restore(image).unwrap();
    files.check().unwrap();
    assert_eq!(files.files(), image, "an image is what it says");
    let root = files.open_root(tree);
    let snapshot = Snapshot::of(&mut files, &root);
    files.close(root);
    (snapshot, files)
}

fn crash_anywhere(operations: &[Operation], disk: Disk, seeds: &[u64]) {
    let (mut files, root) = empty(NO_LIMITS);
    let mut reference = Reference::new(Snapshot::of(&mut files, &root));
    let mut files = JournaledFileSystem::from(files);
    files.set_disk(disk);
    let steps = operations.iter().flat_map(Operation::steps);
    for (now, operation) in (2..).zip(steps) {
        let operation = &operation;
        let result = files.apply(&root, operation, at(now));
        files.check().unwrap();
        let (shown, _) = restored(&files.files());
        reference.see(shown);
        if let (Operation::Sync { path } | Operation::SyncData { path }, Ok(_)) =
            (operation, result)
        {
            reference.sync(path);
        }
        for &seed in seeds {
            let left = files.durable(seed);
            assert_eq!(left, files.durable(seed), "one seed has one outcome");
            let (after, _) = restored(&left);
            let checked = match disk.ordered {
                true => reference.check_ordered(&after),
                false => reference.check(&after),
            };
            if let Err(problem) = checked {
                panic!("{problem}\nafter {operation:?} and a crash with seed {seed}: {after:?}");
            }
        }
    }
    // When everything is on the disk, nothing is lost.
    files.set_disk(Disk {
        ordered: !disk.ordered,
        ..disk
    });
    assert_eq!(files.durable(0), files.files());
    files.close(root);
    files.check().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig {
        max_shrink_iters: 5_000,
        failure_persistence: None,
        ..ProptestConfig::with_cases(128)
    })]

    #[test]
    fn a_crash_leaves_what_posix_permits(
        operations in vec(operation(), 1..40), seeds in vec(any::<u64>(), 6), pages in any::<bool>(),
    ) {
        let block = if pages { Block::Bytes4096 } else { Block::Bytes512 };
        crash_anywhere(&operations, Disk { block, ordered: false }, &seeds);
    }

    #[test]
    fn a_crash_of_an_ordered_disk_leaves_what_was_once_there(
        operations in vec(operation(), 1..40), seeds in vec(any::<u64>(), 6),
    ) {
        crash_anywhere(&operations, Disk { ordered: true, ..Disk::default() }, &seeds);
    }

    #[test]
    fn a_journal_changes_nothing_that_can_be_seen(
        operations in vec(operation(), 1..100), max_bytes in 0..30_000u64, max_entries in 2..12u64,
        ordered in any::<bool>(),
    ) {
        for limits in [NO_LIMITS, Limits { max_bytes, max_entries }] {
            let (mut plain, root) = empty(limits);
            let (journaled, twin) = empty(limits);
            let mut journaled = JournaledFileSystem::from(journaled);
            journaled.set_disk(Disk { ordered, ..Disk::default() });
            for (now, operation) in (2..).zip(&operations) {
                let expected = plain.apply(&root, operation, at(now));
                prop_assert_eq!(journaled.apply(&twin, operation, at(now)), expected, "{:?}", operation);
                prop_assert_eq!(journaled.files(), plain.files(), "{:?}", operation);
                journaled.check().unwrap();
            }
            journaled.set_disk(Disk { ordered: !ordered, ..Disk::default() });
            prop_assert_eq!(journaled.usage(), plain.usage());
        }
    }
}
