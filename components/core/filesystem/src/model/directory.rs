//! What is in a directory.

use alloc::{boxed::Box, collections::BTreeMap};
use core::ops::Bound;

use crate::{NodeType, model::ids::NodeId};

/// A directory's entries.
#[derive(Debug)]
pub(crate) struct Directory {
    /// Ordered, so that a listing that knows the last name it gave can go on after any change.
    pub(super) entries: BTreeMap<Box<str>, NodeId>,
    /// The directory that holds this one; this one itself if none does, be it a root or removed.
    pub(super) parent: NodeId,
    /// Entries that are directories: each is a link to this one by its `..`.
    pub(super) subdirectories: u64,
}

impl Directory {
    pub(crate) fn new(parent: NodeId) -> Self {
        Self {
            entries: BTreeMap::new(),
            parent,
            subdirectories: 0,
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<NodeId> {
        self.entries.get(name).copied()
    }

    pub(crate) fn parent(&self) -> NodeId {
        self.parent
    }

    pub(crate) fn set_parent(&mut self, parent: NodeId) {
        self.parent = parent;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn subdirectories(&self) -> u64 {
        self.subdirectories
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, NodeId)> {
        self.entries.iter().map(|(name, id)| (&**name, *id))
    }

    /// The first entry whose name comes after `after`, or the first.
    pub(crate) fn next(&self, after: Option<&str>) -> Option<(&str, NodeId)> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let (name, id) = self
            .entries
            .range::<str, _>((from, Bound::Unbounded))
            .next()?;
        Some((name, *id))
    }
}

/// An entry of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it names; of a symbolic link the link itself.
    pub node_type: NodeType,
}
