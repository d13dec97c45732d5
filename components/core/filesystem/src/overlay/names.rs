//! The names in the lower layer: which names there are, how many, and whether their nodes were opened.

use crate::{
    Error, FileSystem, NodeType, What,
    model::{
        directory::Directory,
        ids::NodeId,
        lower::{Lower, LowerKind},
    },
};

impl Lower {
    /// [`Error::Lower`] unless it is known that the lower part of a directory has no unresolved name `name`.
    #[inline(never)]
    pub(crate) fn check_absent(&self, directory: NodeId, name: &str) -> Result<(), Error> {
        let place = self
            .listing(directory)?
            .and_then(|listing| listing.place(name));
        match place {
            Some(place) => Err(self.lacks(directory, place, What::Entry)),
            None => Ok(()),
        }
    }

    /// [`Error::Lower`] unless a node exists in this layer alone, or was opened in the lower layer before.
    #[inline(never)]
    fn check_opened(&self, node: NodeId) -> Result<(), Error> {
        match self.node(node) {
            Some(below) if !below.opened => Err(self.lacks(node, 0, What::Opening)),
            _ => Ok(()),
        }
    }

    /// Whether the lower part of a directory has no unresolved name.
    #[inline(never)]
    pub(crate) fn is_empty(&self, directory: NodeId) -> Result<bool, Error> {
        let listing = self.listing(directory)?;
        Ok(listing.is_none_or(|listing| listing.next(None).is_none()))
    }

    /// The first unresolved name after `after` in the lower part of a directory.
    #[inline(never)]
    pub(crate) fn next(
        &self,
        directory: NodeId,
        after: Option<&str>,
    ) -> Result<Option<(&str, NodeType)>, Error> {
        let listing = self.listing(directory)?;
        Ok(listing.and_then(|listing| listing.next(after)))
    }

    /// The link count of a directory that has `subdirectories` directories among its entries.
    #[inline(never)]
    pub(crate) fn link_count(&self, directory: NodeId, subdirectories: u64) -> Option<u64> {
        let links = self.directory(directory)?.links;
        Some(subdirectories.saturating_add_signed(links).max(1))
    }

    /// How many of a node's names do not count as entries.
    #[inline(never)]
    pub(crate) fn names(&self, node: NodeId) -> u64 {
        self.node(node).map_or(0, |node| node.names)
    }

    /// How many names of a node may exist in the lower layer that are not entries yet.
    pub(crate) fn unseen(&self, node: NodeId) -> u64 {
        match self.node(node).map(|node| &node.kind) {
            Some(LowerKind::Leaf { unseen, .. }) => *unseen,
            _ => 0,
        }
    }
}

impl FileSystem {
    /// [`Error::Lower`] as long as it is not known whether a node can be opened in the lower layer.
    pub(crate) fn check_opened_below(&self, id: NodeId) -> Result<(), Error> {
        self.lower
            .get()
            .map_or(Ok(()), |lower| lower.check_opened(id))
    }

    /// Whether a directory has no entries, be they resolved or not.
    pub(crate) fn is_empty_directory(
        &self,
        id: NodeId,
        directory: &Directory,
    ) -> Result<bool, Error> {
        if !directory.is_empty() {
            return Ok(false);
        }
        self.lower
            .get()
            .map_or(Ok(true), |lower| lower.is_empty(id))
    }

    /// How many of a node's names do not count as entries: as many as the node has in the lower layer.
    pub(crate) fn names_below(&self, id: NodeId) -> u64 {
        self.lower.get().map_or(0, |lower| lower.names(id))
    }
}
