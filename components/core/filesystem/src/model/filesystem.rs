//! The filesystem as a whole and its trees.

use alloc::vec::Vec;

use crate::{
    Error, Limits, Timestamp, Usage,
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
