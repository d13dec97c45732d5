//! The metadata of a node: its type, size, links and timestamps.

use crate::{Error, NodeType, Timestamp};

/// The metadata of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// The type of the node.
    pub node_type: NodeType,
    /// The number of names of the node; for a directory, its name, its `.` and the `..` of each directory in it are
    /// counted. 0 once the node is unlinked.
    pub link_count: u64,
    /// The bytes in a file, or in the target of a symbolic link; 0 for anything else.
    pub size: u64,
    /// When the node was last read, as set by [`FileSystem::set_times`](crate::FileSystem::set_times), or else when it
    /// was made. Reading does not change this timestamp.
    pub accessed: Timestamp,
    /// When the contents last changed.
    pub modified: Timestamp,
    /// When the contents or anything in this structure last changed.
    pub changed: Timestamp,
}

/// The new value of a timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewTimestamp {
    /// The value that the timestamp has already.
    NoChange,
    /// The time of the call.
    Now,
    /// This time. A second or more of nanoseconds is carried over.
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
