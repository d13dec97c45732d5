//! A node (inode).

use alloc::boxed::Box;

use crate::{
    Device, Error, NodeType, Stat, Timestamp,
    model::{contents::Contents, directory::Directory},
};

/// The contents of a node, by its type.
#[derive(Debug)]
pub(crate) enum Kind {
    File(Contents),
    Directory(Directory),
    Symlink(Box<str>),
    Device(Device),
}

#[derive(Debug)]
pub(crate) struct Node {
    /// The inode number, which a guest can see through a hash. Unlike a [`NodeId`](crate::model::ids::NodeId), it is
    /// never given to another node.
    pub(crate) serial: u64,
    /// The number of names of the node, including those in a lower layer that are not resolved yet. For a directory,
    /// this is 1 or, once it is removed, 0; [`Directory`] counts the subdirectories.
    pub(crate) names: u64,
    /// The number of open descriptors.
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

    /// Takes over the timestamps in `stat`.
    pub(crate) fn set_times(&mut self, stat: &Stat) {
        self.accessed = stat.accessed;
        self.modified = stat.modified;
        self.changed = stat.changed;
    }

    /// Records that the contents of a file, or the entries of a directory, changed.
    pub(crate) fn touch(&mut self, now: Timestamp) {
        self.modified = now;
        self.changed = now;
    }
}
