//! A node (inode).

use alloc::boxed::Box;

use crate::{
    Device, Error, NodeType, Stat, Timestamp,
    model::{contents::Contents, directory::Directory},
};

/// What a node holds.
#[derive(Debug)]
pub(crate) enum Kind {
    File(Contents),
    Directory(Directory),
    Symlink(Box<str>),
    Device(Device),
}

#[derive(Debug)]
pub(crate) struct Node {
    /// Never given to another node, unlike the [`NodeId`](crate::model::ids::NodeId): the inode number
    /// that a guest can see through a hash.
    pub(crate) serial: u64,
    /// Names of the node, also those in a lower layer that were not met yet; for a directory, names of other nodes are
    /// counted in [`Directory`] instead, and this is 1 or, once it is removed, 0.
    pub(crate) names: u64,
    /// Open descriptors.
    pub(crate) descriptors: usize,
    pub(crate) accessed: Timestamp,
    pub(crate) modified: Timestamp,
    pub(crate) changed: Timestamp,
    pub(crate) kind: Kind,
}

impl Node {
    pub(crate) fn node_type(&self) -> NodeType {
        match self.kind {
            Kind::File(_) => NodeType::RegularFile,
            Kind::Directory(_) => NodeType::Directory,
            Kind::Symlink(_) => NodeType::SymbolicLink,
            Kind::Device(_) => NodeType::CharacterDevice,
        }
    }

    pub(crate) fn device(&self) -> Option<Device> {
        match self.kind {
            Kind::Device(device) => Some(device),
            _ => None,
        }
    }

    /// The directory that the node is, or [`Error::NotDirectory`].
    pub(crate) fn directory(&self) -> Result<&Directory, Error> {
        match &self.kind {
            Kind::Directory(directory) => Ok(directory),
            _ => Err(Error::NotDirectory),
        }
    }

    /// The directory that the node is, or [`Error::NotDirectory`].
    pub(crate) fn directory_mut(&mut self) -> Result<&mut Directory, Error> {
        match &mut self.kind {
            Kind::Directory(directory) => Ok(directory),
            _ => Err(Error::NotDirectory),
        }
    }

    pub(crate) fn is_directory(&self) -> bool {
        matches!(self.kind, Kind::Directory(_))
    }

    /// Takes over the timestamps of something else.
    pub(crate) fn set_times(&mut self, stat: &Stat) {
        self.accessed = stat.accessed;
        self.modified = stat.modified;
        self.changed = stat.changed;
    }

    /// Records that the contents changed, of a directory its entries.
    pub(crate) fn touch(&mut self, now: Timestamp) {
        self.modified = now;
        self.changed = now;
    }
}
