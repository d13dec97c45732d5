//! Any sequence of operations on a filesystem: nothing panics, the invariants hold after each, what is opened lies
//! below the directory it was opened from, a read-only tree stays as it is, and closing everything leaves nothing that
//! has no name.
#![no_main]

mod paths;

use std::collections::BTreeSet;

use arbitrary::Arbitrary;
use interpose_filesystem::{
    Access, Descriptor, Device, Error, FileSystem, Limits, NewTimestamp, NodeType, OpenOptions,
    Root, Stat, Timestamp,
};
use libfuzzer_sys::fuzz_target;

use crate::paths::Path;

/// Operations in one sequence; more find nothing new, but take longer.
const MAX_OPERATIONS: usize = 200;
/// Bytes that one operation reads or writes at most, as an adapter would cap them.
const MAX_LENGTH: u64 = 100_000;

#[derive(Arbitrary, Debug)]
struct Input {
    max_bytes: Option<u32>,
    max_entries: Option<u8>,
    operations: Vec<Operation>,
}

/// An offset or a length, often one where something could overflow.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Number {
    Small(u16),
    NearPower { exponent: u8, below: u8 },
    Any(u64),
}

impl Number {
    fn value(self) -> u64 {
        match self {
            Self::Small(value) => value.into(),
            Self::NearPower { exponent, below } => {
                (1u64 << (exponent % 64)).wrapping_sub(below.into())
            }
            Self::Any(value) => value,
        }
    }
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Time {
    NoChange,
    Now,
    At { seconds: u64, nanoseconds: u32 },
}

impl From<Time> for NewTimestamp {
    fn from(time: Time) -> Self {
        match time {
            Time::NoChange => Self::NoChange,
            Time::Now => Self::Now,
            Time::At {
                seconds,
                nanoseconds,
            } => Self::At(Timestamp {
                seconds,
                nanoseconds,
            }),
        }
    }
}

/// The fields of [`OpenOptions`].
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Options {
    create: bool,
    directory: bool,
    exclusive: bool,
    truncate: bool,
    follow: bool,
    read: bool,
    write: bool,
    mutate_directory: bool,
}

/// An operation. Descriptors are given by their place in a table, modulo its length.
#[derive(Arbitrary, Debug)]
enum Operation {
    Open {
        dir: u8,
        path: Path,
        options: Options,
    },
    OpenRoot {
        root: u8,
    },
    Duplicate {
        descriptor: u8,
    },
    Close {
        descriptor: u8,
    },
    CreateDirectory {
        dir: u8,
        path: Path,
    },
    RemoveDirectory {
        dir: u8,
        path: Path,
    },
    UnlinkFile {
        dir: u8,
        path: Path,
    },
    Link {
        old_dir: u8,
        old_path: Path,
        follow: bool,
        new_dir: u8,
        new_path: Path,
    },
    Rename {
        old_dir: u8,
        old_path: Path,
        new_dir: u8,
        new_path: Path,
    },
    Symlink {
        target: Path,
        dir: u8,
        path: Path,
    },
    Readlink {
        dir: u8,
        path: Path,
    },
    Stat {
        dir: u8,
        path: Path,
        follow: bool,
    },
    SetTimes {
        descriptor: u8,
        accessed: Time,
        modified: Time,
    },
    SetTimesAt {
        dir: u8,
        path: Path,
        follow: bool,
        accessed: Time,
        modified: Time,
    },
    NextEntry {
        dir: u8,
        after: Option<Path>,
    },
    Read {
        file: u8,
        offset: Number,
        length: Number,
    },
    Write {
        file: u8,
        offset: Number,
        length: Number,
        byte: u8,
    },
    WriteZeroes {
        file: u8,
        offset: Number,
        length: Number,
    },
    Append {
        file: u8,
        length: Number,
    },
    Copy {
        from: u8,
        from_offset: Number,
        to: u8,
        to_offset: Number,
        length: Number,
    },
    SetSize {
        file: u8,
        size: Number,
    },
    Bake {
        root: u8,
        path: Path,
        what: Baked,
    },
}

#[derive(Arbitrary, Debug)]
enum Baked {
    Directory,
    File(Vec<u8>),
    Symlink(Path),
    Device,
}

struct State {
    files: FileSystem,
    roots: Vec<Root>,
    descriptors: Vec<Descriptor>,
    now: Timestamp,
}

impl State {
    fn apply(&mut self, operation: &Operation) -> Result<(), Error> {
        self.now.seconds += 1;
        let now = self.now;
        let at = |place: u8| &self.descriptors[usize::from(place) % self.descriptors.len()];
        let files = &mut self.files;
        match operation {
            Operation::Open { dir, path, options } => {
                let options = OpenOptions {
                    create: options.create,
                    directory: options.directory,
                    exclusive: options.exclusive,
                    truncate: options.truncate,
                    follow: options.follow,
                    synchronized: false,
                    access: Access {
                        read: options.read,
                        write: options.write,
                        mutate_directory: options.mutate_directory,
                    },
                };
                let opened = files.open_at(at(*dir), &path.text(), options, now)?;
                let below = nodes_below(files, at(*dir), now);
                assert!(
                    below.contains(&files.metadata_hash(&opened)),
                    "a path led out of its descriptor"
                );
                self.descriptors.push(opened);
            }
            Operation::OpenRoot { root } => {
                let opened = files.open_root(self.roots[usize::from(*root) % self.roots.len()]);
                self.descriptors.push(opened);
            }
            Operation::Duplicate { descriptor } => {
                let duplicate = files.duplicate(at(*descriptor));
                self.descriptors.push(duplicate);
            }
            Operation::Close { descriptor } => {
                let place = usize::from(*descriptor) % self.descriptors.len();
                if self.descriptors.len() > 1 {
                    files.close(self.descriptors.swap_remove(place));
                }
            }
            Operation::CreateDirectory { dir, path } => {
                files.create_directory_at(at(*dir), &path.text(), now)?
            }
            Operation::RemoveDirectory { dir, path } => {
                files.remove_directory_at(at(*dir), &path.text(), now)?
            }
            Operation::UnlinkFile { dir, path } => {
                files.unlink_file_at(at(*dir), &path.text(), now)?
            }
            Operation::Link {
                old_dir,
                old_path,
                follow,
                new_dir,
                new_path,
            } => {
                files.link_at(
                    at(*old_dir),
                    &old_path.text(),
                    *follow,
                    at(*new_dir),
                    &new_path.text(),
                    now,
                )?;
            }
            Operation::Rename {
                old_dir,
                old_path,
                new_dir,
                new_path,
            } => {
                files.rename_at(
                    at(*old_dir),
                    &old_path.text(),
                    at(*new_dir),
                    &new_path.text(),
                    now,
                )?;
            }
            Operation::Symlink { target, dir, path } => {
                files.symlink_at(&target.text(), at(*dir), &path.text(), now)?;
                assert_eq!(
                    files.readlink_at(at(*dir), &path.text()),
                    Ok(target.text().as_str())
                );
            }
            Operation::Readlink { dir, path } => {
                files.readlink_at(at(*dir), &path.text())?;
            }
            Operation::Stat { dir, path, follow } => {
                let stat = files.stat_at(at(*dir), &path.text(), *follow)?;
                assert!(!*follow || stat.node_type != NodeType::SymbolicLink);
                files.metadata_hash_at(at(*dir), &path.text(), *follow)?;
            }
            Operation::SetTimes {
                descriptor,
                accessed,
                modified,
            } => {
                files.set_times(at(*descriptor), (*accessed).into(), (*modified).into(), now)?;
            }
            Operation::SetTimesAt {
                dir,
                path,
                follow,
                accessed,
                modified,
            } => {
                let (accessed, modified) = ((*accessed).into(), (*modified).into());
                files.set_times_at(at(*dir), &path.text(), *follow, accessed, modified, now)?;
            }
            Operation::NextEntry { dir, after } => {
                let after = after.as_ref().map(Path::text);
                let entry = files.next_entry(at(*dir), after.as_deref())?;
                assert!(entry.is_none_or(|entry| after.is_none_or(|after| *after < *entry.name)));
            }
            Operation::Read {
                file,
                offset,
                length,
            } => {
                let (offset, length) = (offset.value(), length.value().min(MAX_LENGTH));
                let bytes = files.read(at(*file), offset, length)?;
                let expected = files.size(at(*file))?.saturating_sub(offset).min(length);
                assert_eq!(bytes.len() as u64, expected);
            }
            Operation::Write {
                file,
                offset,
                length,
                byte,
            } => {
                let bytes = vec![*byte; length.value().min(MAX_LENGTH) as usize];
                let written = files.write(at(*file), offset.value(), &bytes, now)?;
                assert!(written <= bytes.len() as u64 && (written > 0 || bytes.is_empty()));
                if at(*file).access().read {
                    let stored = files.read(at(*file), offset.value(), written)?;
                    assert_eq!(stored, bytes[..written as usize]);
                }
            }
            Operation::WriteZeroes {
                file,
                offset,
                length,
            } => {
                let (offset, length) = (offset.value(), length.value());
                let written = files.write_zeroes(at(*file), offset, length, now)?;
                // All, or as many as the largest size of a file allows.
                assert!(written <= length && (written > 0 || length == 0));
                if at(*file).access().read {
                    let zeroes = files.read(at(*file), offset, written.min(MAX_LENGTH))?;
                    assert!(zeroes.iter().all(|byte| *byte == 0));
                }
            }
            Operation::Append { file, length } => {
                let bytes = vec![1; length.value().min(MAX_LENGTH) as usize];
                let before = files.size(at(*file))?;
                let written = files.append(at(*file), &bytes, now)?;
                assert_eq!(files.size(at(*file))?, before + written);
            }
            Operation::Copy {
                from,
                from_offset,
                to,
                to_offset,
                length,
            } => {
                let length = length.value();
                let copied = files.copy(
                    at(*from),
                    from_offset.value(),
                    at(*to),
                    to_offset.value(),
                    length,
                    now,
                )?;
                assert!(copied <= length);
            }
            Operation::SetSize { file, size } => {
                files.set_size(at(*file), size.value(), now)?;
                assert_eq!(files.size(at(*file)), Ok(size.value()));
            }
            Operation::Bake { root, path, what } => {
                let root = self.roots[usize::from(*root) % self.roots.len()];
                match what {
                    Baked::Directory => files.bake_directory(root, &path.text(), now)?,
                    Baked::File(contents) => files.bake_file(root, &path.text(), contents, now)?,
                    Baked::Symlink(target) => {
                        files.bake_symlink(root, &path.text(), &target.text(), now)?
                    }
                    Baked::Device => files.bake_device(root, &path.text(), Device::Null, now)?,
                }
            }
        }
        Ok(())
    }
}

/// What a descriptor may reach: its node and all below it.
fn nodes_below(files: &mut FileSystem, dir: &Descriptor, now: Timestamp) -> BTreeSet<(u64, u64)> {
    let mut found = BTreeSet::from([files.metadata_hash(dir)]);
    let mut left = vec![files.duplicate(dir)];
    while let Some(dir) = left.pop() {
        let mut last: Option<String> = None;
        while let Ok(Some(entry)) = files.next_entry(&dir, last.as_deref()) {
            let name = entry.name.to_owned();
            let is_directory = entry.node_type == NodeType::Directory;
            found.insert(
                files
                    .metadata_hash_at(&dir, &name, false)
                    .expect("a name that was listed"),
            );
            if is_directory {
                let opened = files.open_at(&dir, &name, OpenOptions::default(), now);
                left.push(opened.expect("a directory that was listed"));
            }
            last = Some(name);
        }
        files.close(dir);
    }
    found
}

/// What cannot change in a read-only tree.
fn snapshot(files: &mut FileSystem, root: Root) -> Vec<Stat> {
    let dir = files.open_root(root);
    let stats = [".", "a", "a/b", "c"]
        .map(|path| files.stat_at(&dir, path, false).expect("was baked"))
        .into();
    files.close(dir);
    stats
}

fuzz_target!(|input: Input| {
    let now = Timestamp {
        seconds: 1,
        nanoseconds: 0,
    };
    let mut files = FileSystem::new(Limits {
        max_bytes: input
            .max_bytes
            .map_or(1 << 24, |bytes| u64::from(bytes % (1 << 20)))
            + 100,
        max_entries: input
            .max_entries
            .map_or(u64::MAX, u64::from)
            .saturating_add(6),
    });
    let read_only = files.add_root(true, now).expect("within the limits");
    let writable = files.add_root(false, now).expect("within the limits");
    let other = files.add_root(false, now).expect("within the limits");
    files
        .bake_directory(read_only, "a", now)
        .expect("within the limits");
    files
        .bake_file(read_only, "a/b", b"baked", now)
        .expect("within the limits");
    files
        .bake_symlink(read_only, "c", "a/b", now)
        .expect("within the limits");
    let baked = snapshot(&mut files, read_only);

    let descriptors = vec![files.open_root(writable), files.open_root(read_only)];
    let mut state = State {
        files,
        roots: vec![writable, other],
        descriptors,
        now,
    };
    for operation in input.operations.iter().take(MAX_OPERATIONS) {
        let before = state.files.usage();
        if state.apply(operation).is_err() {
            assert_eq!(
                state.files.usage(),
                before,
                "what failed changed what is used: {operation:?}"
            );
        }
        if let Err(problem) = state.files.check() {
            panic!("{problem} after {operation:?}");
        }
    }
    assert_eq!(snapshot(&mut state.files, read_only), baked);
    for descriptor in state.descriptors {
        state.files.close(descriptor);
    }
    state
        .files
        .check()
        .expect("nothing is left that has no name");
});
