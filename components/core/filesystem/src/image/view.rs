//! A filesystem with differences: what of it an image shall show otherwise than it is.

use alloc::{boxed::Box, collections::BTreeMap};

use crate::{
    FileSystem, Stat, Timestamp,
    model::{contents::Contents, ids::NodeId, node::Node},
};

/// The timestamps of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) accessed: Timestamp,
    pub(crate) modified: Timestamp,
    pub(crate) changed: Timestamp,
}

impl Times {
    /// The times of a node.
    pub(crate) fn of(node: &Node) -> Self {
        Self {
            accessed: node.accessed,
            modified: node.modified,
            changed: node.changed,
        }
    }
}

impl From<&Stat> for Times {
    fn from(stat: &Stat) -> Self {
        Self {
            accessed: stat.accessed,
            modified: stat.modified,
            changed: stat.changed,
        }
    }
}

/// The differences. What is absent here is as the filesystem has it.
#[derive(Debug, Default)]
pub(crate) struct View {
    /// All entries of some directories.
    pub(crate) entries: BTreeMap<NodeId, BTreeMap<Box<str>, NodeId>>,
    /// The times of some nodes.
    pub(crate) times: BTreeMap<NodeId, Times>,
    /// The contents of some files.
    pub(crate) contents: BTreeMap<NodeId, Contents>,
}

impl View {
    /// The entries of a directory, in the order of their names.
    pub(crate) fn entries<'a>(
        &'a self,
        files: &'a FileSystem,
        directory: NodeId,
    ) -> Box<dyn Iterator<Item = (&'a str, NodeId)> + 'a> {
        match (
            self.entries.get(&directory),
            files.nodes[directory].directory(),
        ) {
            (Some(entries), _) => Box::new(entries.iter().map(|(name, id)| (&**name, *id))),
            (None, Ok(directory)) => Box::new(directory.iter()),
            (None, Err(_)) => Box::new(core::iter::empty()),
        }
    }

    /// The times of a node.
    pub(crate) fn times(&self, files: &FileSystem, id: NodeId) -> Times {
        let other = self.times.get(&id).copied();
        other.unwrap_or_else(|| Times::of(&files.nodes[id]))
    }
}
