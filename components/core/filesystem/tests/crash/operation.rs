//! Operations, done by path on a filesystem with or without a journal.

use interpose_filesystem::{
    Access, Descriptor, Error, FileSystem, JournaledFileSystem, Limits, NewTimestamp, OpenOptions,
    Timestamp,
};
use proptest::{prelude::*, sample::select};

pub const NO_LIMITS: Limits = Limits {
    max_bytes: u64::MAX,
    max_entries: u64::MAX,
};

pub fn at(seconds: u64) -> Timestamp {
    Timestamp {
        seconds,
        nanoseconds: 0,
    }
}

/// An operation. A file that is written is made if it does not exist.
#[derive(Clone, Debug)]
pub enum Operation {
    Write {
        path: String,
        offset: u64,
        length: usize,
        byte: u8,
    },
    Append {
        path: String,
        length: usize,
        byte: u8,
    },
    Zeroes {
        path: String,
        offset: u64,
        length: u64,
    },
    Rewrite {
        path: String,
        length: usize,
        byte: u8,
    },
    SetSize {
        path: String,
        size: u64,
    },
    Copy {
        from: String,
        to: String,
        offset: u64,
        length: u64,
    },
    SetTimes {
        path: String,
        time: u64,
    },
    Mkdir {
        path: String,
    },
    Rmdir {
        path: String,
    },
    Unlink {
        path: String,
    },
    Link {
        old: String,
        new: String,
    },
    Symlink {
        path: String,
    },
    Rename {
        old: String,
        new: String,
    },
    Sync {
        path: String,
    },
    SyncData {
        path: String,
    },
    /// Opens a file, and makes it if it does not exist.
    Create {
        path: String,
    },
    /// The same, and makes it empty.
    Empty {
        path: String,
    },
}

impl Operation {
    /// The single changes that the operation consists of, in order.
    pub fn steps(&self) -> Vec<Self> {
        let step = self.clone();
        match self {
            Self::Write { path, .. }
            | Self::Append { path, .. }
            | Self::Zeroes { path, .. }
            | Self::Copy { to: path, .. } => vec![Self::Create { path: path.clone() }, step],
            Self::Rewrite { path, length, byte } => {
                let (path, offset, length, byte) = (path.clone(), 0, *length, *byte);
                let empty = Self::Empty { path: path.clone() };
                vec![
                    empty,
                    Self::Write {
                        path,
                        offset,
                        length,
                        byte,
                    },
                ]
            }
            _ => vec![step],
        }
    }
}

fn path() -> impl Strategy<Value = String> {
    let name = || select(vec!["a", "b", "d", "e"]);
    prop_oneof![
        4 => name().prop_map(String::from),
        3 => (select(vec!["d", "e"]), name()).prop_map(|(directory, name)| format!("{directory}/{name}")),
        1 => (name(), name(), name()).prop_map(|(one, two, three)| format!("{one}/{two}/{three}")),
    ]
}

fn directory() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => Just(".".to_owned()),
        3 => select(vec!["d", "e"]).prop_map(String::from),
        1 => path(),
    ]
}

fn offset() -> impl Strategy<Value = u64> {
    prop_oneof![3 => Just(0u64), 3 => 0..1200u64, 1 => 0..40_000u64]
}

pub fn operation() -> impl Strategy<Value = Operation> {
    use Operation::*;
    let length = || prop_oneof![1..300usize, 300..2500usize];
    prop_oneof![
        6 => (path(), offset(), length(), any::<u8>())
            .prop_map(|(path, offset, length, byte)| Write { path, offset, length, byte }),
        3 => (path(), length(), any::<u8>()).prop_map(|(path, length, byte)| Append { path, length, byte }),
        1 => (path(), offset(), 1..3000u64).prop_map(|(path, offset, length)| Zeroes { path, offset, length }),
        2 => (path(), length(), any::<u8>()).prop_map(|(path, length, byte)| Rewrite { path, length, byte }),
        2 => (path(), offset()).prop_map(|(path, size)| SetSize { path, size }),
        1 => (path(), path(), offset(), 1..3000u64)
            .prop_map(|(from, to, offset, length)| Copy { from, to, offset, length }),
        1 => (path(), 0..1000u64).prop_map(|(path, time)| SetTimes { path, time }),
        4 => directory().prop_map(|path| Mkdir { path }),
        2 => directory().prop_map(|path| Rmdir { path }),
        3 => path().prop_map(|path| Unlink { path }),
        2 => (path(), path()).prop_map(|(old, new)| Link { old, new }),
        1 => path().prop_map(|path| Symlink { path }),
        6 => (path(), path()).prop_map(|(old, new)| Rename { old, new }),
        3 => prop_oneof![path(), directory()].prop_map(|path| Sync { path }),
        1 => path().prop_map(|path| SyncData { path }),
    ]
}

/// The bytes that are written: no two neighbours are the same, and none is zero.
pub fn pattern(length: usize, byte: u8) -> Vec<u8> {
    let bytes = (0..length).map(|place| byte.wrapping_add((place % 251) as u8).max(1));
    bytes.collect()
}

pub fn options(create: bool, write: bool, truncate: bool) -> OpenOptions {
    OpenOptions {
        create,
        truncate,
        access: Access {
            read: true,
            write,
            mutate_directory: false,
        },
        ..OpenOptions::default()
    }
}

/// The operations that both kinds of filesystem have.
pub trait Files {
    fn apply(
        &mut self,
        root: &Descriptor,
        operation: &Operation,
        now: Timestamp,
    ) -> Result<u64, Error>;
}

macro_rules! files {
    ($type:ty, $sync:expr) => {
        impl Files for $type {
            fn apply(
                &mut self,
                root: &Descriptor,
                operation: &Operation,
                now: Timestamp,
            ) -> Result<u64, Error> {
                let sync: fn(&mut $type, &Descriptor, bool) = $sync;
                let (path, options) = match operation {
                    Operation::Write { path, .. }
                    | Operation::Append { path, .. }
                    | Operation::Zeroes { path, .. }
                    | Operation::Copy { to: path, .. } => (path, options(true, true, false)),
                    Operation::Create { path } => (path, options(true, true, false)),
                    Operation::Rewrite { path, .. } | Operation::Empty { path } => {
                        (path, options(true, true, true))
                    }
                    Operation::SetSize { path, .. } => (path, options(false, true, false)),
                    Operation::Sync { path } | Operation::SyncData { path } => {
                        (path, options(false, false, false))
                    }
                    Operation::SetTimes { path, time } => {
                        let time = NewTimestamp::At(at(*time));
                        return self
                            .set_times_at(root, path, false, NewTimestamp::NoChange, time, now)
                            .map(|()| 0);
                    }
                    Operation::Mkdir { path } => {
                        return self.create_directory_at(root, path, now).map(|()| 0);
                    }
                    Operation::Rmdir { path } => {
                        return self.remove_directory_at(root, path, now).map(|()| 0);
                    }
                    Operation::Unlink { path } => {
                        return self.unlink_file_at(root, path, now).map(|()| 0);
                    }
                    Operation::Link { old, new } => {
                        return self.link_at(root, old, false, root, new, now).map(|()| 0);
                    }
                    Operation::Symlink { path } => {
                        return self.symlink_at("somewhere", root, path, now).map(|()| 0);
                    }
                    Operation::Rename { old, new } => {
                        return self.rename_at(root, old, root, new, now).map(|()| 0);
                    }
                };
                let file = self.open_at(root, path, options, now)?;
                let result = match operation {
                    Operation::Write {
                        offset,
                        length,
                        byte,
                        ..
                    } => self.write(&file, *offset, &pattern(*length, *byte), now),
                    Operation::Append { length, byte, .. } => {
                        self.append(&file, &pattern(*length, *byte), now)
                    }
                    Operation::Rewrite { length, byte, .. } => {
                        self.write(&file, 0, &pattern(*length, *byte), now)
                    }
                    Operation::Zeroes { offset, length, .. } => {
                        self.write_zeroes(&file, *offset, *length, now)
                    }
                    Operation::SetSize { size, .. } => self.set_size(&file, *size, now).map(|()| 0),
                    Operation::Copy {
                        from,
                        offset,
                        length,
                        ..
                    } => {
                        let from = self.open_at(root, from, OpenOptions::default(), now);
                        from.and_then(|from| {
                            let copied = self.copy(&from, 0, &file, *offset, *length, now);
                            self.close(from);
                            copied
                        })
                    }
                    Operation::Sync { .. } => {
                        sync(self, &file, true);
                        Ok(0)
                    }
                    Operation::SyncData { .. } => {
                        sync(self, &file, false);
                        Ok(0)
                    }
                    _ => Ok(0),
                };
                self.close(file);
                result
            }
        }
    };
}

files!(FileSystem, |_, _, _| {});
files!(JournaledFileSystem, |files, file, times| match times {
    true => files.sync(file),
    false => files.sync_data(file),
});
