//! By what nodes and trees are found in a filesystem.

/// The root of a tree: see [`FileSystem::add_root`](crate::FileSystem::add_root).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Root(pub(super) usize);

/// Where a node is in the table. Valid as long as a name or a descriptor refers to the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NodeId(pub(super) usize);

impl NodeId {
    /// The place in a table of what is kept apart from the nodes.
    pub(crate) fn slot(self) -> usize {
        self.0
    }
}
