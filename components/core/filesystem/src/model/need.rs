//! What an operation needs to know of a lower layer, and what is told about an object there.

use alloc::string::String;

use crate::{Root, Stat, model::ids::NodeId};

/// What an operation needs of the lower layer: see [`FileSystem::take_need`](crate::FileSystem::take_need).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The tree whose lower layer is asked.
    pub root: Root,
    /// Where in the lower layer: names with slashes between them, none of which is a symbolic link; empty for its
    /// root. It may be longer than a path can be.
    pub path: String,
    /// What is asked for there.
    pub what: What,
    /// Which node it is for.
    pub(crate) node: NodeId,
    /// Its serial: by the time of the answer, another node may be in its place.
    pub(crate) serial: u64,
    /// The place of an entry's name in its directory's listing.
    pub(crate) place: usize,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The names in a directory, for [`FileSystem::provide_listing`](crate::FileSystem::provide_listing).
    Listing,
    /// What is known about a directory's entry, for
    /// [`FileSystem::provide_entry`](crate::FileSystem::provide_entry).
    Entry,
    /// That a file or directory can be opened for reading, for
    /// [`FileSystem::provide_opened`](crate::FileSystem::provide_opened). If it cannot, the operation fails with the
    /// reason, and is not called again.
    Opening,
    /// Bytes of a file, for [`FileSystem::provide_bytes`](crate::FileSystem::provide_bytes).
    Bytes {
        /// The offset of the first.
        offset: u64,
        /// How many there must be.
        least: u64,
        /// How many there may be: more than `least` if they are likely to be needed next.
        most: u64,
    },
}

/// What is known about an object of the lower layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LowerEntry {
    /// Equal for two names of the tree if and only if both are of the same object. `None` for one that has no other name,
    /// and for a directory.
    pub identity: Option<(u64, u64)>,
    /// Of a symbolic link the link itself.
    pub stat: Stat,
    /// Of a symbolic link, what it leads to. `None` if that cannot be known, because it is absolute: such a link can
    /// neither be read nor followed.
    pub target: Option<String>,
}

/// [`Need`] before anybody asks for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Missing {
    pub(crate) node: NodeId,
    pub(crate) place: usize,
    pub(crate) what: What,
}
