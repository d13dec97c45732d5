//! Images: encoding, taking in, and refusing what is none.

use interpose_filesystem::{Device, FileSystem, JournaledFileSystem, Limits, RestoreError};
use proptest::{collection::vec, prelude::*, sample::Index};

use crate::operation::{Files, NO_LIMITS, Operation, at, operation, options};
use crate::snapshot::Snapshot;
use crate::{empty, restored};

/// A filesystem after some operations.
fn after(operations: &[Operation]) -> FileSystem {
    let (mut files, root) = empty(NO_LIMITS);
    for (now, operation) in (2..).zip(operations) {
        let _ = files.apply(&root, operation, at(now));
    }
    files.close(root);
    files
}

#[test]
fn everything_is_kept() {
    let mut files = FileSystem::new(NO_LIMITS);
    let trees = [
        files.add_root(false, at(1)).unwrap(),
        files.add_root(true, at(2)).unwrap(),
    ];
    files.bake_directory(trees[1], "d", at(3)).unwrap();
    files
        .bake_file(trees[1], "d/f", b"contents", at(4))
        .unwrap();
    files
        .bake_symlink(trees[1], "d/l", "/absolute", at(5))
        .unwrap();
    files
        .bake_device(trees[1], "null", Device::Null, at(6))
        .unwrap();
    let root = files.open_root(trees[0]);
    let file = files
        .open_at(&root, "sparse", options(true, true, false), at(7))
        .unwrap();
    files.write(&file, 1 << 40, b"far away", at(8)).unwrap();
    files.close(file);
    files
        .link_at(&root, "sparse", false, &root, "again", at(9))
        .unwrap();
    let identity = files.metadata_hash_at(&root, "again", false).unwrap();
    files.close(root);

    let image = files.files();
    assert!(image.len() < 300, "holes are not stored");
    let mut other = FileSystem::new(NO_LIMITS);
    for _ in trees {
        other.add_root(false, at(0)).unwrap();
    }
    other.restore(&image).unwrap();
    other.check().unwrap();
    assert_eq!((other.files(), other.usage()), (image, files.usage()));
    let root = other.open_root(trees[0]);
    assert_eq!(other.metadata_hash_at(&root, "sparse", false), Ok(identity));
    assert_eq!(other.stat_at(&root, "again", false).unwrap().link_count, 2);
    let file = other
        .open_at(&root, "again", options(false, false, false), at(9))
        .unwrap();
    assert_eq!(
        other.read(&file, (1 << 40) - 1, 100).unwrap(),
        b"\0far away"
    );
    // A new node has an identity of its own.
    let new = other
        .open_at(&root, "new", options(true, true, false), at(10))
        .unwrap();
    assert_ne!(other.metadata_hash(&new), identity);
    let baked = other.open_root(trees[1]);
    assert_eq!(other.stat_at(&baked, "d/f", true).unwrap().modified, at(4));
    assert_eq!(other.stat_at(&baked, "null", true).unwrap().changed, at(6));
}

#[test]
fn other_mounts_limits_and_open_files_are_refused() {
    let image = after(&[Operation::Write {
        path: "a".into(),
        offset: 0,
        length: 100,
        byte: 1,
    }])
    .files();
    let mut two = FileSystem::new(NO_LIMITS);
    two.add_root(false, at(1)).unwrap();
    two.add_root(false, at(1)).unwrap();
    assert_eq!(two.restore(&image), Err(RestoreError::Trees));
    let enough = Limits {
        max_bytes: 100,
        max_entries: 2,
    };
    for (limits, expected) in [
        (enough, Ok(())),
        (
            Limits {
                max_bytes: 99,
                ..enough
            },
            Err(RestoreError::Limits),
        ),
        (
            Limits {
                max_entries: 1,
                ..enough
            },
            Err(RestoreError::Limits),
        ),
    ] {
        let (mut files, root) = empty(limits);
        let before = files.files();
        assert_eq!(files.restore(&image), Err(RestoreError::Open));
        files.close(root);
        assert_eq!(files.restore(&image), expected);
        files.check().unwrap();
        assert_eq!(
            files.files(),
            if expected.is_ok() {
                image.clone()
            } else {
                before
            }
        );
    }
    let mut later = image.clone();
    later[0] = 99;
    let (mut files, root) = empty(NO_LIMITS);
    files.close(root);
    assert_eq!(
        files.restore(&later),
        Err(RestoreError::Version { found: 99 })
    );
    assert_eq!(files.restore(&[]), Err(RestoreError::Malformed));
    assert_eq!(
        files.restore(&image[..image.len() - 1]),
        Err(RestoreError::Malformed)
    );
    assert_eq!(
        files.restore(&[&image[..], &[0]].concat()),
        Err(RestoreError::Malformed)
    );
}

#[test]
fn a_journal_takes_images_in() {
    let image = after(&[Operation::Write {
        path: "a".into(),
        offset: 0,
        length: 100,
        byte: 1,
    }])
    .files();
    let (files, root) = empty(NO_LIMITS);
    let mut files = JournaledFileSystem::from(files);
    let write = Operation::Write {
        path: "b".into(),
        offset: 0,
        length: 10,
        byte: 1,
    };
    files.apply(&root, &write, at(3)).unwrap();
    files
        .apply(&root, &Operation::Unlink { path: "b".into() }, at(3))
        .unwrap();
    files.close(root);
    files.restore(&image).unwrap();
    assert_eq!((files.files(), files.durable(1)), (image.clone(), image));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_image_gives_an_equal_tree(operations in vec(operation(), 0..60)) {
        let mut files = after(&operations);
        let (snapshot, other) = restored(&files.files());
        prop_assert_eq!(other.usage(), files.usage());
        let (_, root) = empty(NO_LIMITS);
        let tree = files.open_root(root.root());
        prop_assert_eq!(Snapshot::of(&mut files, &tree), snapshot);
    }

    #[test]
    fn damaged_images_are_refused_or_are_other_images(
        operations in vec(operation(), 0..30), damages in vec((any::<Index>(), any::<u8>()), 1..4),
    ) {
        let mut image = after(&operations).files();
        for (place, byte) in damages {
            let place = place.index(image.len());
            image[place] = byte;
        }
        let (mut files, root) = empty(Limits { max_bytes: 1 << 20, max_entries: 1000 });
        files.close(root);
        if files.restore(&image).is_ok() {
            restored(&files.files());
        }
        files.check().unwrap();
    }

    #[test]
    fn no_bytes_panic(bytes in vec(any::<u8>(), 0..200)) {
        let (mut files, root) = empty(Limits { max_bytes: 1 << 20, max_entries: 1000 });
        files.close(root);
        let _ = files.restore(&[&[1], &bytes[..]].concat());
        files.check().unwrap();
    }
}
