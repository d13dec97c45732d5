//! Tests of properties that a comparison with a copy cannot show: which bytes are fetched, which count, and how nodes
//! are baked over a lower tree.

use interpose_filesystem::{
    Access, Device, Error, FileSystem, Limits, LowerEntry, NodeType, OpenOptions, Stat, Timestamp,
    Usage, What,
};

use crate::{
    below::{Below, Overlay},
    memory::Memory,
    operation::{Operation, Outcome, Subject, Value},
};

const CHUNK: u64 = 16 * 1024;

fn open(path: &str, write: bool) -> Operation {
    let access = Access {
        read: true,
        write,
        mutate_directory: false,
    };
    let options = OpenOptions {
        access,
        create: write,
        ..OpenOptions::default()
    };
    Operation::Open {
        dir: 0,
        path: path.into(),
        options,
    }
}

fn link(old: &str, new: &str) -> Operation {
    Operation::Link {
        old_dir: 0,
        old_path: old.into(),
        follow: false,
        new_dir: 0,
        new_path: new.into(),
    }
}

fn rename(old: &str, new: &str) -> Operation {
    Operation::Rename {
        old_dir: 0,
        old_path: old.into(),
        new_dir: 0,
        new_path: new.into(),
    }
}

fn unlink(path: &str) -> Operation {
    Operation::UnlinkFile {
        dir: 0,
        path: path.into(),
    }
}

fn stat(subject: &mut impl Subject, path: &str) -> Outcome {
    subject.apply(&Operation::StatAt {
        dir: 0,
        path: path.into(),
        follow: false,
    })
}

/// `d/big` of 1,000 chunks, also named `d/same`, and `small`.
fn overlay(max_bytes: u64) -> Overlay {
    let mut memory = Memory::new();
    for operation in [
        Operation::CreateDirectory {
            dir: 0,
            path: "d".into(),
        },
        open("d/big", true),
        Operation::Write {
            file: 1,
            offset: 0,
            length: 1000 * CHUNK as usize,
            byte: 1,
        },
        link("d/big", "d/same"),
        open("small", true),
        Operation::Append {
            file: 2,
            length: 100,
            byte: 2,
        },
    ] {
        assert!(memory.apply(&operation).is_ok());
    }
    let now = memory.now;
    for descriptor in memory.descriptors.drain(1..) {
        memory.files.close(descriptor);
    }
    let root = memory.descriptors.remove(0);
    Overlay::new(Below::new(memory.files, root), max_bytes, now)
}

fn done(subject: &mut impl Subject, operation: &Operation) {
    let outcome = subject.apply(operation);
    assert!(outcome.is_ok(), "{operation:?}: {outcome:?}");
}

#[test]
fn reading_fills_no_memory_and_fetches_little_more_than_is_read() {
    let mut overlay = overlay(0);
    done(&mut overlay, &open("d/big", false));
    let mut steps = 0;
    for offset in (0..1000 * CHUNK).step_by(4096) {
        let before = overlay.below.fetched;
        let length = 4096;
        done(
            &mut overlay,
            &Operation::Read {
                file: 1,
                offset,
                length,
            },
        );
        steps += u64::from(overlay.below.fetched > before);
    }
    assert_eq!(overlay.below.fetched, 1000 * CHUNK);
    assert!(steps < 70, "{steps} fetches");
    // Anywhere else, only the bytes that are asked for are fetched.
    let before = overlay.below.fetched;
    for offset in [900 * CHUNK, 500 * CHUNK, 100 * CHUNK] {
        let length = 10;
        done(
            &mut overlay,
            &Operation::Read {
                file: 1,
                offset,
                length,
            },
        );
    }
    assert_eq!(overlay.below.fetched - before, 30);
    let root = Usage {
        bytes: 0,
        entries: 1,
    };
    assert_eq!(overlay.memory.files.usage(), root);
}

#[test]
fn a_write_takes_only_the_chunks_that_it_changes_in_part() {
    // Each run of chunks except the first counts this many bytes.
    const RUN: u64 = 64;
    let mut overlay = overlay(10 * CHUNK + 2 * RUN);
    done(&mut overlay, &open("d/big", true));
    let write = |offset, length| Operation::Write {
        file: 1,
        offset,
        length,
        byte: 9,
    };
    done(&mut overlay, &write(500 * CHUNK + 5, 10));
    assert_eq!(overlay.below.fetched, CHUNK);
    assert_eq!(overlay.memory.files.usage().bytes, CHUNK);
    // The chunks between the ends are replaced without being fetched.
    done(&mut overlay, &write(10 * CHUNK + 1, 4 * CHUNK as usize));
    assert_eq!(overlay.below.fetched, 3 * CHUNK);
    assert_eq!(overlay.memory.files.usage().bytes, 6 * CHUNK + RUN);
    // A write stops where the quota ends, and never replaces half a chunk of the lower layer.
    let outcome = overlay.apply(&write(20 * CHUNK, 6 * CHUNK as usize));
    assert_eq!(outcome, Ok(Value::Count(4 * CHUNK)));
    assert_eq!(
        overlay.apply(&write(40 * CHUNK, 1)),
        Err(Error::InsufficientSpace)
    );
    let zeroes = overlay.apply(&write(40 * CHUNK, CHUNK as usize));
    assert_eq!(zeroes, Err(Error::InsufficientSpace));
    // The other name shows the same file.
    done(&mut overlay, &open("d/same", false));
    let read = |file| Operation::Read {
        file,
        offset: 500 * CHUNK,
        length: 20,
    };
    let (one, other) = (overlay.apply(&read(1)), overlay.apply(&read(2)));
    assert_eq!(one, other);
    done(&mut overlay, &Operation::SetSize { file: 1, size: 0 });
    assert_eq!(overlay.memory.files.usage().bytes, 0);
    assert_eq!(overlay.apply(&read(2)), Ok(Value::Bytes(Vec::new())));
}

#[test]
fn names_from_below_do_not_count_and_others_do() {
    let mut overlay = overlay(0);
    let entries = |overlay: &Overlay| overlay.memory.files.usage().entries;
    done(&mut overlay, &rename("d/big", "moved"));
    done(&mut overlay, &rename("d", "e"));
    assert_eq!(entries(&overlay), 1);
    done(&mut overlay, &link("moved", "more"));
    assert_eq!(entries(&overlay), 2);
    done(&mut overlay, &unlink("e/same"));
    assert_eq!(entries(&overlay), 1);
    done(&mut overlay, &unlink("moved"));
    done(&mut overlay, &unlink("more"));
    let directory = Operation::RemoveDirectory {
        dir: 0,
        path: "e".into(),
    };
    done(&mut overlay, &directory);
    done(&mut overlay, &unlink("small"));
    assert_eq!(entries(&overlay), 1);
    // A directory with the name of a removed one is another directory.
    let directory = Operation::CreateDirectory {
        dir: 0,
        path: "d".into(),
    };
    done(&mut overlay, &directory);
    assert_eq!(stat(&mut overlay, "d/big"), Err(Error::NoEntry));
    assert_eq!(entries(&overlay), 2);
    overlay.memory.files.check().unwrap();
}

#[test]
fn a_file_lives_as_long_as_another_name_of_it_may_be_found() {
    let mut overlay = overlay(CHUNK);
    done(&mut overlay, &open("d/big", true));
    let write = Operation::Write {
        file: 1,
        offset: 3,
        length: 4,
        byte: 7,
    };
    done(&mut overlay, &write);
    done(&mut overlay, &Operation::Close { descriptor: 1 });
    done(&mut overlay, &unlink("d/big"));
    assert_eq!(overlay.memory.files.usage().bytes, CHUNK);
    done(&mut overlay, &open("d/same", false));
    let read = Operation::Read {
        file: 1,
        offset: 3,
        length: 4,
    };
    assert_eq!(overlay.apply(&read), Ok(Value::Bytes(vec![7, 8, 9, 10])));
    done(&mut overlay, &unlink("d/same"));
    done(&mut overlay, &Operation::Close { descriptor: 1 });
    assert_eq!(overlay.memory.files.usage().bytes, 0);
}

#[test]
fn baked_files_hide_and_baked_directories_merge() {
    let mut overlay = overlay(1000);
    let mut files = FileSystem::new(Limits {
        max_bytes: 1000,
        max_entries: 10,
    });
    let now = Timestamp::default();
    let root = files.add_overlay(true, now).unwrap();
    files.bake_directory(root, "d", now).unwrap();
    files.bake_file(root, "d/big", b"baked", now).unwrap();
    files.bake_directory(root, "d/only-here", now).unwrap();
    files.bake_device(root, "null", Device::Null, now).unwrap();
    files.provide_root(root, &overlay.below.root());
    let dir = files.open_root(root);
    overlay.memory = Memory {
        files,
        descriptors: vec![dir],
        now: 0,
    };
    done(&mut overlay, &open("d", false));
    let names = |names: &[(&str, NodeType)]| {
        let names = names.iter().map(|(name, of)| (String::from(*name), *of));
        Ok(Value::Names(names.collect()))
    };
    assert_eq!(
        overlay.apply(&Operation::List { dir: 0 }),
        names(&[
            ("d", NodeType::Directory),
            ("null", NodeType::CharacterDevice),
            ("small", NodeType::RegularFile)
        ])
    );
    assert_eq!(
        overlay.apply(&Operation::List { dir: 1 }),
        names(&[
            ("big", NodeType::RegularFile),
            ("only-here", NodeType::Directory),
            ("same", NodeType::RegularFile)
        ])
    );
    let Ok(Value::Stat(seen)) = stat(&mut overlay, "d/big") else {
        panic!("it was listed");
    };
    assert_eq!(seen.size, Some(5));
    let Ok(Value::Stat(seen)) = stat(&mut overlay, ".") else {
        panic!("the root is there");
    };
    assert_eq!(seen.link_count, Some(3));
    assert_eq!(overlay.apply(&unlink("small")), Err(Error::NotPermitted));
    assert_eq!(
        overlay.apply(&open("small", true)),
        Err(Error::NotPermitted)
    );
    // A device can be written, and the path to it leads through the lower tree.
    let dev = Operation::Symlink {
        target: "x".into(),
        dir: 0,
        path: "l".into(),
    };
    assert_eq!(overlay.apply(&dev), Err(Error::NotPermitted));
    done(&mut overlay, &open("null", true));
    overlay.memory.files.check().unwrap();
}

/// A tree over a lower tree whose answers the test gives.
struct ByHand {
    files: FileSystem,
    dir: interpose_filesystem::Descriptor,
}

impl ByHand {
    fn new() -> Self {
        let mut files = FileSystem::new(Limits {
            max_bytes: 1 << 20,
            max_entries: 10,
        });
        let root = files.add_overlay(false, Timestamp::default()).unwrap();
        let dir = files.open_root(root);
        Self { files, dir }
    }
}

fn stat_of(node_type: NodeType, size: u64) -> Stat {
    Stat {
        node_type,
        link_count: 1,
        size,
        accessed: Timestamp::default(),
        modified: Timestamp::default(),
        changed: Timestamp::default(),
    }
}

fn entry(node_type: NodeType, size: u64) -> LowerEntry {
    LowerEntry {
        identity: None,
        stat: stat_of(node_type, size),
        target: None,
    }
}

#[test]
fn what_cannot_be_opened_below_cannot_be_opened() {
    let mut overlay = overlay(u64::MAX);
    let directory = |path: &str| {
        let Operation::Open { dir, path, options } = open(path, false) else {
            unreachable!("it opens");
        };
        let options = OpenOptions {
            directory: true,
            ..options
        };
        Operation::Open { dir, path, options }
    };
    let truncate = |path: &str| Operation::Open {
        dir: 0,
        path: path.into(),
        options: OpenOptions {
            truncate: true,
            access: Access {
                write: true,
                ..Access::default()
            },
            ..OpenOptions::default()
        },
    };
    for path in ["small", "d/big"] {
        overlay.below.closed.insert(path.into(), Error::Access);
        let before = stat(&mut overlay, path);
        assert!(before.is_ok());
        for operation in [
            open(path, false),
            open(path, true),
            // Linux refuses this before Wasmtime finds out that the node is no directory.
            directory(path),
            truncate(path),
        ] {
            assert_eq!(overlay.apply(&operation), Err(Error::Access));
        }
        assert_eq!(stat(&mut overlay, path), before);
        // Operations that do not open the node do not ask.
        done(&mut overlay, &rename(path, "renamed"));
        assert_eq!(overlay.apply(&open("renamed", false)), Err(Error::Access));
        done(&mut overlay, &unlink("renamed"));
        done(&mut overlay, &open(path, true));
    }
    // A directory whose names could not be read.
    let mut overlay = self::overlay(u64::MAX);
    overlay.below.closed.insert("d".into(), Error::Access);
    for operation in [open("d", false), directory("d"), open("d/big", false)] {
        assert_eq!(overlay.apply(&operation), Err(Error::Access));
    }
    assert_eq!(overlay.apply(&open("d", true)), Err(Error::IsDirectory));
}

#[test]
fn what_was_opened_below_is_not_opened_again() {
    let mut overlay = overlay(u64::MAX);
    for path in ["d/big", "d/same", "small", "d", "."] {
        done(&mut overlay, &open(path, false));
        done(&mut overlay, &open(path, false));
    }
    // Two of the names are of the same file, and the directories have been listed on the way.
    assert_eq!(overlay.below.opened, ["d/big", "small"]);
    done(&mut overlay, &open("new", true));
    done(&mut overlay, &open("new", false));
    done(
        &mut overlay,
        &Operation::CreateDirectory {
            dir: 0,
            path: "made".into(),
        },
    );
    done(&mut overlay, &open("made", false));
    assert_eq!(overlay.below.opened.len(), 2);
}

#[test]
fn what_a_lower_layer_gives_is_not_trusted() {
    let ByHand { mut files, dir } = ByHand::new();
    assert_eq!(files.next_entry(&dir, None), Err(Error::Lower));
    let need = files.take_need().unwrap();
    assert_eq!((&*need.path, need.what), ("", What::Listing));
    assert_eq!(files.take_need(), None);
    let names = [
        "gone", "f", "", ".", "..", "a/b", "nul\0", "absolute", "f", "tty",
    ];
    let kinds = names.map(|name| {
        let kind = match name {
            "tty" => NodeType::CharacterDevice,
            "absolute" => NodeType::SymbolicLink,
            _ => NodeType::RegularFile,
        };
        (String::from(name), kind)
    });
    files.provide_listing(&need, kinds);
    // A second answer comes too late.
    files.provide_listing(&need, [(String::from("late"), NodeType::Directory)]);
    let mut found: Vec<String> = Vec::new();
    while let Some(entry) = files
        .next_entry(&dir, found.last().map(String::as_str))
        .unwrap()
    {
        found.push(entry.name.into());
    }
    assert_eq!(found, ["absolute", "f", "gone"]);

    let provide = |files: &mut FileSystem, path: &str, entry: Option<LowerEntry>| {
        assert_eq!(files.stat_at(&dir, path, false), Err(Error::Lower));
        let need = files.take_need().unwrap();
        assert_eq!((&*need.path, need.what), (path, What::Entry));
        files.provide_entry(&need, entry.clone());
        files.provide_entry(&need, entry);
        files.check().unwrap();
    };
    provide(&mut files, "gone", None);
    assert_eq!(files.stat_at(&dir, "gone", false), Err(Error::NoEntry));
    provide(
        &mut files,
        "absolute",
        Some(entry(NodeType::SymbolicLink, 9)),
    );
    assert_eq!(
        files.readlink_at(&dir, "absolute"),
        Err(Error::NotPermitted)
    );
    assert_eq!(
        files.stat_at(&dir, "absolute", true),
        Err(Error::NotPermitted)
    );
    assert_eq!(files.stat_at(&dir, "absolute", false).unwrap().size, 9);
    provide(
        &mut files,
        "f",
        Some(entry(NodeType::RegularFile, u64::MAX)),
    );
    assert_eq!(
        files.stat_at(&dir, "f", false).unwrap().size,
        i64::MAX as u64
    );

    let read = OpenOptions {
        access: Access {
            read: true,
            ..Access::default()
        },
        ..OpenOptions::default()
    };
    let open = |files: &mut FileSystem| files.open_at(&dir, "f", read, Timestamp::default());
    assert_eq!(open(&mut files).unwrap_err(), Error::Lower);
    let need = files.take_need().unwrap();
    assert_eq!((&*need.path, need.what), ("f", What::Opening));
    // As long as nobody answers, the operation asks again.
    assert_eq!(open(&mut files).unwrap_err(), Error::Lower);
    files.provide_opened(&need);
    let file = open(&mut files).unwrap();
    assert_eq!(files.read(&file, 1 << 40, 8), Err(Error::Lower));
    let need = files.take_need().unwrap();
    files.provide_bytes(&need, b"short".to_vec());
    assert_eq!(files.read(&file, 1 << 40, 8).unwrap(), b"short\0\0\0");

    // An answer for a node that has ended meanwhile is ignored.
    assert_eq!(files.read(&file, 0, 8), Err(Error::Lower));
    let need = files.take_need().unwrap();
    files
        .unlink_file_at(&dir, "f", Timestamp::default())
        .unwrap();
    files.close(file);
    files.provide_bytes(&need, b"too late".to_vec());
    files.check().unwrap();
}

/// Linux makes no link with an empty target, but a host need not be Linux.
#[test]
fn an_empty_link_below_leads_nowhere() {
    let stat = |node_type| Stat {
        node_type,
        link_count: 1,
        size: 0,
        accessed: Timestamp::default(),
        modified: Timestamp::default(),
        changed: Timestamp::default(),
    };
    for target in ["", "a\0"] {
        let mut files = FileSystem::new(Limits {
            max_bytes: u64::MAX,
            max_entries: u64::MAX,
        });
        let root = files
            .add_overlay(false, Timestamp::default())
            .expect("an overlay");
        files.provide_root(root, &stat(NodeType::Directory));
        let directory = files.open_root(root);
        let options = OpenOptions {
            create: true,
            follow: true,
            access: Access {
                read: true,
                write: true,
                mutate_directory: false,
            },
            ..OpenOptions::default()
        };
        let opened = loop {
            match files.open_at(&directory, "link", options, Timestamp::default()) {
                Err(Error::Lower) => {}
                opened => break opened.map(drop),
            }
            let need = files.take_need().expect("a need");
            match need.what {
                What::Listing => {
                    files.provide_listing(&need, vec![("link".into(), NodeType::SymbolicLink)]);
                }
                What::Entry => files.provide_entry(
                    &need,
                    Some(LowerEntry {
                        identity: None,
                        stat: stat(NodeType::SymbolicLink),
                        target: Some(target.into()),
                    }),
                ),
                What::Opening => files.provide_opened(&need),
                What::Bytes { .. } => files.provide_bytes(&need, Vec::new()),
            }
        };
        let error = match target {
            "" => Error::NoEntry,
            _ => Error::Invalid,
        };
        assert_eq!(opened, Err(error), "{target:?}");
    }
}
