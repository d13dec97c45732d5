//! The filesystem as a whole and its trees.

use alloc::vec::Vec;

use crate::{
    Descriptor, Error, Limits, Timestamp, Usage,
    model::{
        directory::Directory,
        ids::{NodeId, Root},
        lower::Lower,
        node::Kind,
        nodes::Nodes,
        of_overlay::OfOverlay,
        quota::Quota,
    },
};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Tree {
    pub(crate) node: NodeId,
    pub(crate) read_only: bool,
}

/// The object of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The contents or times of a file.
    File,
    /// The names in a directory.
    Names,
}

/// The rule that refused an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The tree is read-only.
    ReadOnly,
    /// The files would hold more bytes than [`Limits::max_bytes`].
    MaxBytes,
    /// There would be more entries than [`Limits::max_entries`].
    MaxEntries,
}

/// Files, directories, symbolic links and devices in memory.
#[derive(Debug)]
pub struct FileSystem {
    pub(crate) nodes: Nodes,
    pub(crate) trees: Vec<Tree>,
    pub(crate) quota: Quota,
    /// What is known about the lower layers of those trees that have one.
    pub(crate) lower: OfOverlay<Lower>,
}

impl FileSystem {
    /// A filesystem without any tree.
    pub fn new(limits: Limits) -> Self {
        Self {
            nodes: Nodes::default(),
            trees: Vec::new(),
            quota: Quota::new(limits),
            lower: OfOverlay::none(),
        }
    }

    /// Adds an empty tree, which no path in another tree reaches. The tree counts as one entry. If it is read-only,
    /// every change through a descriptor fails with [`Error::NotPermitted`], except that devices can be opened for
    /// writing.
    ///
    /// Fails with [`Error::InsufficientSpace`] if the number of entries is at its limit.
    pub fn add_root(&mut self, read_only: bool, now: Timestamp) -> Result<Root, Error> {
        self.quota.take_entry()?;
        let node = self
            .nodes
            .add_with(now, |id| Kind::Directory(Directory::new(id)));
        self.trees.push(Tree { node, read_only });
        Ok(Root(self.trees.len() - 1))
    }

    pub(crate) fn tree(&self, root: Root) -> Tree {
        self.trees[root.0]
    }

    /// [`Error::NotPermitted`] if the tree is read-only.
    pub(crate) fn check_writable(&self, root: Root) -> Result<(), Error> {
        if self.tree(root).read_only {
            Err(Error::NotPermitted)
        } else {
            Ok(())
        }
    }

    /// The rule behind the error of an operation that would have changed `what` by means of a descriptor; `None` if no
    /// rule refused it.
    pub fn refusal(&self, descriptor: &Descriptor, what: Change, error: Error) -> Option<Refusal> {
        match error {
            Error::NotPermitted if self.tree(descriptor.root).read_only => Some(Refusal::ReadOnly),
            Error::InsufficientSpace if what == Change::Names && !self.quota.has_entries() => {
                Some(Refusal::MaxEntries)
            }
            Error::InsufficientSpace => Some(Refusal::MaxBytes),
            _ => None,
        }
    }

    /// Whether a descriptor is of the root of its tree.
    pub fn is_root(&self, descriptor: &Descriptor) -> bool {
        self.tree(descriptor.root).node == descriptor.node
    }

    /// How much all trees hold now.
    pub fn usage(&self) -> Usage {
        self.quota.usage()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fixture, NO_LIMITS, at};

    #[test]
    fn trees_do_not_see_each_other() {
        let mut fixture = Fixture::new();
        fixture.file("f", b"");
        let other = fixture.files.add_root(false, at(1)).unwrap();
        assert_ne!(other, fixture.root);
        let other = fixture.files.open_root(other);
        assert_eq!(
            fixture.files.stat_at(&other, "f", true),
            Err(Error::NoEntry)
        );
        assert_eq!(
            fixture.files.stat_at(&other, "..", true),
            Err(Error::NotPermitted)
        );
        assert!(!fixture.files.is_same_object(&fixture.dir, &other));
        assert_eq!(
            fixture.files.usage(),
            Usage {
                bytes: 0,
                entries: 3
            }
        );
        fixture.check();
    }

    #[test]
    fn the_rule_behind_an_error_is_known() {
        let mut files = FileSystem::new(Limits {
            max_bytes: 1,
            max_entries: 3,
        });
        let root = files.add_root(false, at(1)).unwrap();
        let dir = files.open_root(root);
        let read_only = files.add_root(true, at(1)).unwrap();
        let read_only = files.open_root(read_only);
        assert!(files.is_root(&dir) && files.is_root(&read_only));
        let error = files.symlink_at("too long", &dir, "l", at(1)).unwrap_err();
        assert_eq!(
            files.refusal(&dir, Change::Names, error),
            Some(Refusal::MaxBytes)
        );
        files.create_directory_at(&dir, "d", at(1)).unwrap();
        let error = files.create_directory_at(&dir, "e", at(1)).unwrap_err();
        assert_eq!(
            files.refusal(&dir, Change::Names, error),
            Some(Refusal::MaxEntries)
        );
        assert_eq!(
            files.refusal(&dir, Change::File, error),
            Some(Refusal::MaxBytes)
        );
        let error = files.create_directory_at(&read_only, "d", at(1));
        let error = error.unwrap_err();
        assert_eq!(
            files.refusal(&read_only, Change::Names, error),
            Some(Refusal::ReadOnly)
        );
        assert_eq!(
            files.refusal(&dir, Change::Names, Error::NotPermitted),
            None
        );
        assert_eq!(
            files.refusal(&read_only, Change::File, Error::NoEntry),
            None
        );
        files.close(dir);
        files.close(read_only);
    }

    #[test]
    fn a_root_counts_as_an_entry() {
        let mut files = FileSystem::new(Limits {
            max_entries: 1,
            ..NO_LIMITS
        });
        assert!(files.add_root(false, at(1)).is_ok());
        assert_eq!(files.add_root(false, at(1)), Err(Error::InsufficientSpace));
        files.check().unwrap();
    }
}
