//! Operations on a filesystem, and their outcomes.

use std::time::Duration;

use interpose_filesystem::{Error, NodeType, OpenOptions};

/// An operation. Descriptors are given by their place in the subject's table, modulo its length; the first is the
/// root, and is never closed.
#[derive(Clone, Debug)]
pub enum Operation {
    Open {
        dir: usize,
        path: String,
        options: OpenOptions,
    },
    Duplicate {
        descriptor: usize,
    },
    Close {
        descriptor: usize,
    },
    CreateDirectory {
        dir: usize,
        path: String,
    },
    RemoveDirectory {
        dir: usize,
        path: String,
    },
    UnlinkFile {
        dir: usize,
        path: String,
    },
    Link {
        old_dir: usize,
        old_path: String,
        follow: bool,
        new_dir: usize,
        new_path: String,
    },
    Rename {
        old_dir: usize,
        old_path: String,
        new_dir: usize,
        new_path: String,
    },
    Symlink {
        target: String,
        dir: usize,
        path: String,
    },
    Readlink {
        dir: usize,
        path: String,
    },
    Stat {
        descriptor: usize,
    },
    StatAt {
        dir: usize,
        path: String,
        follow: bool,
    },
    SetTimes {
        descriptor: usize,
        times: Times,
    },
    SetTimesAt {
        dir: usize,
        path: String,
        follow: bool,
        times: Times,
    },
    List {
        dir: usize,
    },
    Read {
        file: usize,
        offset: u64,
        length: u64,
    },
    Write {
        file: usize,
        offset: u64,
        length: usize,
        byte: u8,
    },
    Append {
        file: usize,
        length: usize,
        byte: u8,
    },
    SetSize {
        file: usize,
        size: u64,
    },
    IsSameObject {
        a: usize,
        b: usize,
    },
}

/// Times since the epoch to set. One of them is present, because Linux does not even look for the file if both are
/// absent.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    pub accessed: Option<Duration>,
    pub modified: Option<Duration>,
}

/// The result of a successful operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Nothing,
    Truth(bool),
    Count(u64),
    Bytes(Vec<u8>),
    Target(String),
    Names(Vec<(String, NodeType)>),
    Stat(Seen),
}

/// The result of an operation.
pub type Outcome = Result<Value, Error>;

/// The metadata of a node on which two filesystems must agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub node_type: NodeType,
    /// The link count; `None` for a directory if the host's filesystem does not count subdirectories.
    pub link_count: Option<u64>,
    /// The size; `None` for a directory.
    pub size: Option<u64>,
    /// The time since the epoch, if an operation set it.
    pub modified: Option<Duration>,
}

/// Something to apply operations to.
pub trait Subject {
    fn apply(&mut self, operation: &Operation) -> Outcome;
}

/// The bytes that [`Operation::Write`] and [`Operation::Append`] write: `length` bytes, not all the same.
pub fn pattern(length: usize, byte: u8) -> Vec<u8> {
    (0..length)
        .map(|place| byte.wrapping_add((place % 251) as u8))
        .collect()
}
