//! What is known about lower layers: the paths and names of nodes in them, and bytes that were read.

use alloc::{
    boxed::Box,
    collections::{BTreeMap, VecDeque},
    vec::Vec,
};
use core::cell::Cell;

use crate::{
    Error, NodeType, Root, What,
    model::{ids::NodeId, need::Missing, ranges::Ranges},
};

/// All that is known about lower layers.
#[derive(Debug, Default)]
pub(crate) struct Lower {
    /// The nodes that exist in a lower layer, and directories that may exist there, each in the slot of its node.
    pub(crate) nodes: Vec<Option<Box<LowerNode>>>,
    /// The nodes of files that have several names in a lower layer.
    pub(crate) identities: BTreeMap<(Root, (u64, u64)), NodeId>,
    /// Bytes of lower files that were read last, the newest at the end.
    pub(crate) windows: VecDeque<Window>,
    /// What the last operation needed to know. It is in a `Cell` because operations that change nothing set it too.
    missing: Cell<Option<Missing>>,
}

/// What is known about a node's place in the lower layer.
#[derive(Debug)]
pub(crate) struct LowerNode {
    pub(crate) root: Root,
    pub(crate) path: Box<str>,
    /// How many names the node has in the lower layer. As many of its names do not count as entries, wherever they are
    /// now. A node that was made in this layer has 0.
    pub(crate) names: u64,
    /// Whether the node can be opened without a question to the lower layer, because it was opened there before or was
    /// made in this layer.
    pub(crate) opened: bool,
    pub(crate) kind: LowerKind,
}

#[derive(Debug)]
pub(crate) enum LowerKind {
    Directory(LowerDirectory),
    /// A file or a symbolic link.
    Leaf {
        /// The number of names in the lower layer that are not resolved yet. They may be outside the tree.
        unseen: u64,
        identity: Option<(u64, u64)>,
    },
}

#[derive(Debug)]
pub(crate) struct LowerDirectory {
    /// The names of the directory; `None` until it is listed.
    pub(crate) listing: Option<Listing>,
    /// The directory's link count without its subdirectories that are entries. It may be negative where a host does not
    /// count subdirectories.
    pub(crate) links: i64,
    /// Whether `links` began with the lower layer's link count, and not with that of an empty directory made in this
    /// layer.
    pub(crate) is_counted: bool,
}

/// The names of a directory in the lower layer.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// All names in order, with the types of the nodes that they name.
    pub(crate) names: Vec<(Box<str>, NodeType)>,
    /// The places of the names that are resolved.
    resolved: Ranges,
}

#[derive(Debug)]
pub(crate) struct Window {
    pub(crate) node: NodeId,
    pub(crate) offset: u64,
    pub(crate) bytes: Vec<u8>,
}

impl Window {
    pub(crate) fn end(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }
}

impl Listing {
    /// A listing of these names, which are in order and distinct.
    pub(crate) fn new(names: Vec<(Box<str>, NodeType)>) -> Self {
        Self {
            names,
            resolved: Ranges::default(),
        }
    }

    /// The place of a name, if it is not resolved.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        let place = self
            .names
            .binary_search_by(|(other, _)| (**other).cmp(name))
            .ok()?;
        (self.next_place(place) == place).then_some(place)
    }

    /// The first place from `from` on whose name is not resolved, or a place behind the last name.
    fn next_place(&self, from: usize) -> usize {
        usize::try_from(self.resolved.next_gap(from as u64)).unwrap_or(usize::MAX)
    }

    /// The first unresolved name after `after`.
    pub(crate) fn next(&self, after: Option<&str>) -> Option<(&str, NodeType)> {
        let from = after.map_or(0, |after| {
            self.names.partition_point(|(name, _)| **name <= *after)
        });
        let (name, node_type) = self.names.get(self.next_place(from))?;
        Some((name, *node_type))
    }

    /// Marks a name as resolved and returns it, if it was not resolved yet.
    pub(crate) fn resolve(&mut self, place: usize) -> Option<(Box<str>, NodeType)> {
        let found = self.names.get(place)?;
        if self.next_place(place) != place {
            return None;
        }
        let found = found.clone();
        self.resolved.insert(place as u64, place as u64 + 1);
        if self.next_place(0) >= self.names.len() {
            *self = Self::default();
        }
        Some(found)
    }
}

impl LowerNode {
    /// A directory that was made here and may have a lower part.
    pub(crate) fn made_here(root: Root, path: Box<str>) -> Self {
        Self {
            root,
            path,
            names: 0,
            opened: true,
            kind: LowerKind::Directory(LowerDirectory {
                listing: None,
                links: 2,
                is_counted: false,
            }),
        }
    }
}

impl Lower {
    /// Takes what the last operation needed to know.
    pub(crate) fn take_missing(&self) -> Option<Missing> {
        self.missing.take()
    }

    /// Notes what an operation needs to know, and returns [`Error::Lower`].
    pub(crate) fn lacks(&self, node: NodeId, place: usize, what: What) -> Error {
        self.missing.set(Some(Missing { node, place, what }));
        Error::Lower
    }

    pub(crate) fn node(&self, id: NodeId) -> Option<&LowerNode> {
        self.nodes.get(id.slot())?.as_deref()
    }

    pub(crate) fn node_mut(&mut self, id: NodeId) -> Option<&mut LowerNode> {
        self.nodes.get_mut(id.slot())?.as_deref_mut()
    }

    pub(crate) fn insert(&mut self, id: NodeId, node: LowerNode) {
        let slot = id.slot();
        if slot >= self.nodes.len() {
            self.nodes.resize_with(slot + 1, || None);
        }
        self.nodes[slot] = Some(Box::new(node));
    }

    pub(crate) fn directory(&self, node: NodeId) -> Option<&LowerDirectory> {
        match &self.node(node)?.kind {
            LowerKind::Directory(directory) => Some(directory),
            LowerKind::Leaf { .. } => None,
        }
    }

    pub(crate) fn directory_mut(&mut self, node: NodeId) -> Option<&mut LowerDirectory> {
        match &mut self.node_mut(node)?.kind {
            LowerKind::Directory(directory) => Some(directory),
            LowerKind::Leaf { .. } => None,
        }
    }

    /// The listing of a directory; `None` if it has no lower part.
    pub(crate) fn listing(&self, node: NodeId) -> Result<Option<&Listing>, Error> {
        match self.directory(node) {
            None => Ok(None),
            Some(directory) => match &directory.listing {
                Some(listing) => Ok(Some(listing)),
                None => Err(self.lacks(node, 0, What::Listing)),
            },
        }
    }

    /// Forgets a node that nothing refers to any more.
    // This function is not inlined, for the reason that `overlay` gives.
    #[inline(never)]
    pub(crate) fn forget(&mut self, id: NodeId) {
        self.windows.retain(|window| window.node != id);
        let slot = self.nodes.get_mut(id.slot());
        let Some(node) = slot.and_then(Option::take) else {
            return;
        };
        if let LowerKind::Leaf {
            identity: Some(identity),
            ..
        } = node.kind
        {
            self.identities.remove(&(node.root, identity));
        }
    }
}

#[cfg(feature = "crash")]
impl Listing {
    /// The places of the names that are resolved, as ranges.
    pub(crate) fn resolved(&self) -> impl Iterator<Item = (u64, u64)> {
        self.resolved.iter()
    }

    /// Marks the names from place `start` up to `end` as resolved.
    pub(crate) fn mark_resolved(&mut self, start: u64, end: u64) {
        self.resolved.insert(start, end);
    }
}
