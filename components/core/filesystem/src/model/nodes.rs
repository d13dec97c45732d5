//! The table of nodes, and the entries by which directories name them.

use alloc::{boxed::Box, vec::Vec};
use core::ops::{Index, IndexMut};

use crate::{
    Error, Timestamp,
    model::{
        ids::NodeId,
        node::{Kind, Node},
    },
};

/// All nodes of a filesystem.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    slots: Vec<Option<Node>>,
    free: Vec<usize>,
    created: u64,
}

impl Nodes {
    /// Adds a node that has one name, which the caller enters, and no descriptors. `kind` receives the id of the new
    /// node.
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

    /// Enters a node, which may be a directory, under a name. The name is free, or its old node is replaced.
    pub(crate) fn insert_entry(
        &mut self,
        directory: NodeId,
        name: Box<str>,
        id: NodeId,
    ) -> Result<(), Error> {
        let is_directory = match &mut self[id].kind {
            Kind::Directory(entered) => {
                entered.parent = directory;
                true
            }
            _ => false,
        };
        let directory = self[directory].directory_mut()?;
        directory.entries.insert(name, id);
        directory.subdirectories += u64::from(is_directory);
        Ok(())
    }

    /// Takes an entry out of its directory, but leaves its node as it is.
    pub(crate) fn take_entry(&mut self, directory: NodeId, name: &str) -> Result<NodeId, Error> {
        let id = self[directory]
            .directory_mut()?
            .entries
            .remove(name)
            .ok_or(Error::NoEntry)?;
        let is_directory = self[id].is_directory();
        self[directory].directory_mut()?.subdirectories -= u64::from(is_directory);
        Ok(id)
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

#[cfg(feature = "crash")]
impl Nodes {
    /// The greatest serial that a node has had.
    pub(crate) fn created(&self) -> u64 {
        self.created
    }

    /// Takes over the greatest serial that a node has had, so that no node gets it again.
    pub(crate) fn set_created(&mut self, created: u64) {
        self.created = created;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Device;

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
