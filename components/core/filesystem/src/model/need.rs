//! What an operation needs to know about a lower layer, and the answer about an object there.

use alloc::string::String;

use crate::{Root, Stat, model::ids::NodeId};

/// What an operation needs to know about a lower layer: see [`FileSystem::take_need`](crate::FileSystem::take_need).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The tree whose lower layer is asked.
    pub root: Root,
    /// The place in the lower layer: names with slashes between them, none of which is a symbolic link; empty for its
    /// root. The text may be longer than a path can be.
    pub path: String,
    /// What the operation needs to know about this place.
    pub what: What,
    /// The node that the operation asks about.
    pub(crate) node: NodeId,
    /// The node's serial: by the time of the answer, another node may be in its slot.
    pub(crate) serial: u64,
    /// For [`What::Entry`], the place of the entry's name in its directory's listing.
    pub(crate) place: usize,
}

/// The kinds of questions about a lower layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The names in a directory, for [`FileSystem::provide_listing`](crate::FileSystem::provide_listing).
    Listing,
    /// The metadata and the target of a directory's entry, for
    /// [`FileSystem::provide_entry`](crate::FileSystem::provide_entry).
    Entry,
    /// Whether a file or directory can be opened for reading, for
    /// [`FileSystem::provide_opened`](crate::FileSystem::provide_opened). If it cannot be opened, the operation fails
    /// with the reason and is not called again.
    Opening,
    /// Bytes of a file, for [`FileSystem::provide_bytes`](crate::FileSystem::provide_bytes).
    Bytes {
        /// The offset of the first byte.
        offset: u64,
        /// How many bytes the operation needs.
        least: u64,
        /// How many bytes the answer may have: more than `least` if the next ones are likely to be needed soon.
        most: u64,
    },
}

/// The answer about an object of the lower layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LowerEntry {
    /// The identity of the object, equal for two names of the tree if and only if both name the same object. `None` for
    /// an object that has no other name, and for a directory.
    pub identity: Option<(u64, u64)>,
    /// The attributes of the object; a symbolic link is not followed.
    pub stat: Stat,
    /// The target of a symbolic link. `None` if the target cannot be known, because it is absolute: such a link can
    /// neither be read nor followed.
    pub target: Option<String>,
}

/// What an operation needs to know, from which [`FileSystem::take_need`](crate::FileSystem::take_need) makes a
/// [`Need`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Missing {
    pub(crate) node: NodeId,
    pub(crate) place: usize,
    pub(crate) what: What,
}
