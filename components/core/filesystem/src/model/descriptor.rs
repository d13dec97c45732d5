//! Open files and directories, and how they are opened.

use crate::{
    Device, NodeType,
    model::ids::{NodeId, Root},
};

/// The operations that a descriptor permits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Reading the contents of a file, listing a directory.
    pub read: bool,
    /// Changing the contents and the size of a file.
    pub write: bool,
    /// Changing the entries of a directory. As on Wasmtime's host, operations do not check this flag: whether a
    /// directory can be changed depends on its tree alone.
    pub mutate_directory: bool,
}

/// The options with which a file or directory is opened, like the flags of POSIX `open`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// Make an empty file if the path leads to nothing (`O_CREAT`).
    pub create: bool,
    /// Only open a directory (`O_DIRECTORY`).
    pub directory: bool,
    /// With `create`, fail if the path leads to anything, even a symbolic link (`O_EXCL`).
    pub exclusive: bool,
    /// Make a file's size 0 (`O_TRUNC`).
    pub truncate: bool,
    /// Follow a symbolic link at the end of the path (without `O_NOFOLLOW`).
    pub follow: bool,
    /// Make writes synchronized (`O_SYNC` and its kin), which Wasmtime's host does not support.
    pub synchronized: bool,
    /// The operations that the descriptor shall permit.
    pub access: Access,
}

/// An open file or directory. [`FileSystem::duplicate`] makes another descriptor of the same node, and
/// [`FileSystem::close`] ends a descriptor. A descriptor that is dropped instead keeps its node alive as long as the
/// filesystem.
///
/// An unlinked node lives until its last descriptor is closed, and its bytes count until then. A descriptor is valid
/// only for the filesystem that made it.
///
/// [`FileSystem::duplicate`]: crate::FileSystem::duplicate
/// [`FileSystem::close`]: crate::FileSystem::close
#[derive(Debug)]
#[must_use = "a descriptor that is not closed keeps its node alive"]
pub struct Descriptor {
    pub(crate) node: NodeId,
    pub(crate) root: Root,
    pub(crate) access: Access,
    pub(crate) node_type: NodeType,
    pub(crate) device: Option<Device>,
}

impl Descriptor {
    /// The tree of the descriptor's node.
    pub fn root(&self) -> Root {
        self.root
    }

    /// The operations that the descriptor permits.
    pub fn access(&self) -> Access {
        self.access
    }

    /// The type of the descriptor's node.
    pub fn node_type(&self) -> NodeType {
        self.node_type
    }

    /// The device that the descriptor's node stands for, if it is a device.
    pub fn device(&self) -> Option<Device> {
        self.device
    }
}
