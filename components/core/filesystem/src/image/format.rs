//! The format of an image: `VERSION`, then an [`Image`], in the encoding of postcard.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::{Device, NodeType, Timestamp};

/// The version of the format, which changes with every type of this file.
pub(crate) const VERSION: u16 = 1;

/// A filesystem.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Image<'a> {
    /// The greatest serial that a node has had.
    pub(super) created: u64,
    /// The nodes of the roots of the trees.
    pub(super) trees: Vec<u32>,
    /// All nodes in the order of their serials. Nodes are named by their places here.
    #[serde(borrow)]
    pub(super) nodes: Vec<NodeImage<'a>>,
}

/// A node.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct NodeImage<'a> {
    /// The inode number.
    pub(super) serial: u64,
    /// When it was read, as set or made.
    pub(super) accessed: Time,
    /// When its contents changed.
    pub(super) modified: Time,
    /// When anything of it changed.
    pub(super) changed: Time,
    /// What it holds.
    #[serde(borrow)]
    pub(super) kind: KindImage<'a>,
    /// Its place in the lower layer.
    #[serde(borrow)]
    pub(super) lower: Option<LowerImage<'a>>,
}

/// Seconds and nanoseconds since the epoch.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Time(pub(super) u64, pub(super) u32);

impl From<Timestamp> for Time {
    fn from(time: Timestamp) -> Self {
        Self(time.seconds, time.nanoseconds)
    }
}

/// The contents of a node.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum KindImage<'a> {
    /// A file.
    File {
        /// Its size in bytes.
        size: u64,
        /// What of it is stored.
        #[serde(borrow)]
        chunks: Vec<ChunkImage<'a>>,
        /// What of it is in the lower layer.
        lower: Option<ExtentImage>,
    },
    /// A directory, with its entries in the order of their names.
    Directory(#[serde(borrow)] Vec<(&'a str, u32)>),
    /// A symbolic link to this target.
    Symlink(&'a str),
    /// A device.
    Device(DeviceImage),
}

/// A chunk of a file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ChunkImage<'a> {
    /// Its number.
    pub(super) number: u64,
    /// Its bytes.
    #[serde(borrow, with = "serde_bytes")]
    pub(super) bytes: &'a [u8],
}

/// The part of a file that is in the lower layer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ExtentImage {
    /// Where its bytes end.
    pub(super) extent: u64,
    /// The ranges of chunks that are not there.
    pub(super) taken: Vec<(u64, u64)>,
}

/// A node's place in a lower layer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct LowerImage<'a> {
    /// The tree.
    pub(super) tree: u32,
    /// Its path there.
    pub(super) path: &'a str,
    /// The number of names that it has there.
    pub(super) names: u64,
    /// Whether it was opened there, or made in this layer.
    pub(super) opened: bool,
    /// What is known of it.
    #[serde(borrow)]
    pub(super) kind: LowerKindImage<'a>,
}

/// What is known of a node in a lower layer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum LowerKindImage<'a> {
    /// Of a directory.
    Directory {
        /// Its names, if it was listed.
        #[serde(borrow)]
        listing: Option<ListingImage<'a>>,
        /// Its link count without the subdirectories that are entries.
        links: i64,
        /// Whether the count began with that of the lower layer.
        is_counted: bool,
    },
    /// Of a file or a symbolic link.
    Leaf {
        /// The number of names that are not resolved.
        unseen: u64,
        /// What tells it from other objects there.
        identity: Option<(u64, u64)>,
    },
}

/// The names of a directory in a lower layer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ListingImage<'a> {
    /// All names in order.
    #[serde(borrow)]
    pub(super) names: Vec<(&'a str, TypeImage)>,
    /// The ranges of those that are resolved.
    pub(super) resolved: Vec<(u64, u64)>,
}

/// The type of a node.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) enum TypeImage {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A device.
    Device,
}

impl From<NodeType> for TypeImage {
    fn from(node_type: NodeType) -> Self {
        match node_type {
            NodeType::RegularFile => Self::File,
            NodeType::Directory => Self::Directory,
            NodeType::SymbolicLink => Self::Symlink,
            NodeType::CharacterDevice => Self::Device,
        }
    }
}

impl From<TypeImage> for NodeType {
    fn from(node_type: TypeImage) -> Self {
        match node_type {
            TypeImage::File => Self::RegularFile,
            TypeImage::Directory => Self::Directory,
            TypeImage::Symlink => Self::SymbolicLink,
            TypeImage::Device => Self::CharacterDevice,
        }
    }
}

/// A device.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) enum DeviceImage {
    /// `/dev/null`.
    Null,
    /// `/dev/zero`.
    Zero,
    /// `/dev/urandom`.
    Random,
    /// `/dev/stdin`.
    Stdin,
    /// `/dev/stdout`.
    Stdout,
    /// `/dev/stderr`.
    Stderr,
}

impl From<Device> for DeviceImage {
    fn from(device: Device) -> Self {
        match device {
            Device::Null => Self::Null,
            Device::Zero => Self::Zero,
            Device::Random => Self::Random,
            Device::Stdin => Self::Stdin,
            Device::Stdout => Self::Stdout,
            Device::Stderr => Self::Stderr,
        }
    }
}

impl From<DeviceImage> for Device {
    fn from(device: DeviceImage) -> Self {
        match device {
            DeviceImage::Null => Self::Null,
            DeviceImage::Zero => Self::Zero,
            DeviceImage::Random => Self::Random,
            DeviceImage::Stdin => Self::Stdin,
            DeviceImage::Stdout => Self::Stdout,
            DeviceImage::Stderr => Self::Stderr,
        }
    }
}
