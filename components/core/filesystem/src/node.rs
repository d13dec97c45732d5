//! Nodes (inodes) and the table that holds them.

use alloc::{boxed::Box, vec::Vec};
use core::ops::{Index, IndexMut};

use crate::{
    Device, Error, NodeType, Stat, Timestamp, directory::Directory, model::contents::Contents,
    model::ids::NodeId,
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
    /// Never given to another node, unlike the [`NodeId`]: the inode number that a guest can see through a hash.
    pub(crate) serial: u64,
    /// Names of the node, also those in a lower layer that were not met yet; for a directory, names of other nodes are counted in [`Directory`] instead, and this is 1
    /// or, once it is removed, 0.
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

/// All nodes of a filesystem.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    slots: Vec<Option<Node>>,
    free: Vec<usize>,
    created: u64,
}

impl Nodes {
    /// Adds a node that has one name, which the caller enters, and no descriptors. `kind` is told the node's own id.
    pub(crate) fn add_with(
        &mut self,
        time: Timestamp,
        kind: impl FnOnce(NodeId) -> Kind,
    ) -> NodeId {
        self.created += 1;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        let node = Node {
            serial: self.created,
            names: 1,
            descriptors: 0,
            accessed: time,
            modified: time,
            changed: time,
            kind: kind(NodeId(slot)),
        };
        self.slots[slot] = Some(node);
        NodeId(slot)
    }

    /// Forgets a node that nothing refers to any more.
    pub(crate) fn remove(&mut self, id: NodeId) -> Option<Node> {
        let node = self.slots[id.0].take();
        self.free.push(id.0);
        node
    }

    /// The node of this id, if there is one.
    pub(crate) fn get(&self, id: NodeId) -> Option<&Node> {
        self.slots.get(id.0)?.as_ref()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.slots
            .iter()
            .enumerate()
            .filter_map(|(slot, node)| Some((NodeId(slot), node.as_ref()?)))
    }
}

const DANGLING: &str = "a node lives as long as a name or a descriptor refers to it";

impl Index<NodeId> for Nodes {
    type Output = Node;

    fn index(&self, id: NodeId) -> &Node {
        self.slots[id.0].as_ref().expect(DANGLING)
    }
}

impl IndexMut<NodeId> for Nodes {
    fn index_mut(&mut self, id: NodeId) -> &mut Node {
        self.slots[id.0].as_mut().expect(DANGLING)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_used_again_but_never_a_serial() {
        let mut nodes = Nodes::default();
        let first = nodes.add_with(Timestamp::default(), |_| Kind::Device(Device::Null));
        let serial = nodes[first].serial;
        assert!(nodes.remove(first).is_some());
        let second = nodes.add_with(Timestamp::default(), |_| Kind::Device(Device::Zero));
        assert_eq!(first, second);
        assert_ne!(serial, nodes[second].serial);
        assert_eq!(nodes.iter().count(), 1);
    }
}
