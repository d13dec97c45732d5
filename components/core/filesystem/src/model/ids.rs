//! The keys by which nodes and trees are found in a filesystem.

/// The root of a tree: see [`FileSystem::add_root`](crate::FileSystem::add_root).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Root(pub(super) usize);

/// A node's place in the table of nodes. It is valid as long as a name or a descriptor refers to the node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NodeId(pub(super) usize);

impl NodeId {
    /// The node's place in other tables that have one slot for each node.
    pub(crate) fn slot(self) -> usize {
        self.0
    }
}

#[cfg(feature = "crash")]
impl Root {
    /// The tree of this place among all trees.
    pub(crate) fn at(place: usize) -> Self {
        Self(place)
    }

    /// The tree's place among all trees.
    pub(crate) fn place(self) -> usize {
        self.0
    }
}
