//! What is known about a node: its type, size, links and timestamps.

use crate::{Error, NodeType, Timestamp};

/// What is known about a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// What it is.
    pub node_type: NodeType,
    /// Its names; for a directory its name, its `.` and the `..` of each directory in it. 0 once unlinked.
    pub link_count: u64,
    /// Bytes in a file, or in the target of a symbolic link; 0 for anything else.
    pub size: u64,
    /// When it was last read, as set by [`FileSystem::set_times`](crate::FileSystem::set_times); else when it was made.
    /// Reading does not change it.
    pub accessed: Timestamp,
    /// When its contents last changed.
    pub modified: Timestamp,
    /// When its contents or anything told here last changed.
    pub changed: Timestamp,
}

/// What to set a timestamp to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewTimestamp {
    /// What it is.
    NoChange,
    /// The time of the call.
    Now,
    /// This time. Nanoseconds of more than a second are carried over.
    At(Timestamp),
}

impl NewTimestamp {
    /// The time to set, if one is to be set, where `now` is the time of the call.
    pub(crate) fn resolve(self, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        match self {
            Self::NoChange => Ok(None),
            Self::Now => Ok(Some(now)),
            Self::At(time) => time.normalized().map(Some),
        }
    }
}
