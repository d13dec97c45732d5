//! The entries of directories.

use alloc::{boxed::Box, collections::BTreeMap};
use core::ops::Bound;

use crate::{NodeType, model::ids::NodeId};

/// A directory's entries.
#[derive(Debug)]
pub(crate) struct Directory {
    /// The entries in the order of their names, so that a listing that remembers its last name can go on after any
    /// change.
    pub(super) entries: BTreeMap<Box<str>, NodeId>,
    /// The directory that holds this one; a root and a removed directory are their own parents.
    pub(super) parent: NodeId,
    /// The number of entries that are directories. The `..` of each is a link to this directory.
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

    /// The first entry whose name comes after `after`, or the first of all if `after` is `None`.
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
    /// The type of the node; a symbolic link is not followed.
    pub node_type: NodeType,
}
