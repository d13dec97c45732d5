//! Directories: making, removing and listing them.

use alloc::{boxed::Box, collections::BTreeMap};
use core::ops::Bound;

use crate::{
    Descriptor, Error, FileSystem, NodeType, Timestamp,
    node::{Kind, NodeId},
    resolve::without_trailing_slashes,
};

/// A directory's entries.
#[derive(Debug)]
pub(crate) struct Directory {
    /// Ordered, so that a listing that knows the last name it gave can go on after any change.
    entries: BTreeMap<Box<str>, NodeId>,
    /// The directory that holds this one; this one itself if none does, be it a root or removed.
    parent: NodeId,
    /// Entries that are directories: each is a link to this one by its `..`.
    subdirectories: u64,
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

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn subdirectories(&self) -> u64 {
        self.subdirectories
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, NodeId)> {
        self.entries.iter().map(|(name, id)| (&**name, *id))
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

impl FileSystem {
    /// Makes an empty directory, as POSIX `mkdirat`. Slashes at the end of `path` are ignored.
    ///
    /// Fails with [`Error::Exist`] if there is anything of that name, with [`Error::InsufficientSpace`] if there are
    /// as many entries as there may be, or as resolving the path fails.
    pub fn create_directory_at(
        &mut self,
        dir: &Descriptor,
        path: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let start = self.writable_start_of(dir)?;
        let (parent, name) = self.resolve_parent(start, without_trailing_slashes(path))?;
        self.check_vacant(parent, name)?;
        self.create(
            parent,
            name.into(),
            Kind::Directory(Directory::new(parent)),
            now,
        )?;
        self.nodes[parent].touch(now);
        Ok(())
    }

    /// Removes an empty directory, as POSIX `rmdir`.
    ///
    /// Fails with [`Error::NotEmpty`], with [`Error::NotDirectory`] for anything else than a directory, with
    /// [`Error::Invalid`] if `path` ends in `.`, `..` or a slash, as on Wasmtime's host, or as resolving the path
    /// fails.
    pub fn remove_directory_at(
        &mut self,
        dir: &Descriptor,
        path: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let start = self.writable_start_of(dir)?;
        let (parent, name) = self.resolve_parent(start, path)?;
        if name == "." {
            return Err(Error::Invalid);
        }
        let id = self.entry(parent, name)?;
        if !self.nodes[id].directory()?.is_empty() {
            return Err(Error::NotEmpty);
        }
        self.remove_entry(parent, name, now)
    }

    /// The entry of a directory that follows the one named `after` in the order of their names' bytes, or the first;
    /// `None` at the end. `.` and `..` are not given.
    ///
    /// An entry that exists from before the listing began to after it ended is given exactly once, whatever else
    /// changes. Each step costs the logarithm of the number of entries.
    ///
    /// Fails with [`Error::NotDirectory`], or with [`Error::BadDescriptor`] if the descriptor does not permit reading.
    pub fn next_entry(
        &self,
        dir: &Descriptor,
        after: Option<&str>,
    ) -> Result<Option<Entry<'_>>, Error> {
        let directory = self.nodes[dir.node].directory()?;
        if !dir.access().read {
            return Err(Error::BadDescriptor);
        }
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let next = directory
            .entries
            .range::<str, _>((from, Bound::Unbounded))
            .next();
        Ok(next.map(|(name, id)| Entry {
            name,
            node_type: self.nodes[*id].node_type(),
        }))
    }

    /// Makes a node and its first name, which is free. The directory's timestamps are left alone.
    pub(crate) fn create(
        &mut self,
        directory: NodeId,
        name: Box<str>,
        kind: Kind,
        time: Timestamp,
    ) -> Result<NodeId, Error> {
        self.quota.take_entry()?;
        let id = self.nodes.add_with(time, |_| kind);
        self.insert_entry(directory, name, id)?;
        Ok(id)
    }

    /// Enters a node, which may be a directory, under a name that is free or whose node it replaces.
    pub(crate) fn insert_entry(
        &mut self,
        directory: NodeId,
        name: Box<str>,
        id: NodeId,
    ) -> Result<(), Error> {
        let is_directory = match &mut self.nodes[id].kind {
            Kind::Directory(entered) => {
                entered.parent = directory;
                true
            }
            _ => false,
        };
        let directory = self.nodes[directory].directory_mut()?;
        directory.entries.insert(name, id);
        directory.subdirectories += u64::from(is_directory);
        Ok(())
    }

    /// Takes an entry out of its directory, but leaves its node as it is.
    pub(crate) fn take_entry(&mut self, directory: NodeId, name: &str) -> Result<NodeId, Error> {
        let id = self.nodes[directory]
            .directory_mut()?
            .entries
            .remove(name)
            .ok_or(Error::NoEntry)?;
        let is_directory = self.nodes[id].is_directory();
        self.nodes[directory].directory_mut()?.subdirectories -= u64::from(is_directory);
        Ok(id)
    }

    /// Removes an entry, and its node if nothing else refers to it. A directory must be empty.
    pub(crate) fn remove_entry(
        &mut self,
        directory: NodeId,
        name: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let id = self.take_entry(directory, name)?;
        self.nodes[directory].touch(now);
        let node = &mut self.nodes[id];
        node.changed = now;
        if let Kind::Directory(removed) = &mut node.kind {
            // It may stay open longer than its parent exists.
            removed.parent = id;
        }
        self.remove_name(id);
        Ok(())
    }
}
