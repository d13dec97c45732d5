//! Making nodes with their first names, and removing names and the nodes that nothing refers to any more.

use alloc::boxed::Box;

use crate::{
    Error, FileSystem, Timestamp,
    model::{ids::NodeId, node::Kind},
};

impl FileSystem {
    /// Makes a node and its first name, which must be free. The directory's timestamps do not change.
    pub(crate) fn create(
        &mut self,
        directory: NodeId,
        name: Box<str>,
        kind: Kind,
        time: Timestamp,
    ) -> Result<NodeId, Error> {
        self.quota.take_entry()?;
        let id = self.nodes.add_with(time, |_| kind);
        self.nodes.insert_entry(directory, name, id)?;
        Ok(id)
    }

    /// Removes an entry, and its node if nothing else refers to it. A directory must be empty.
    pub(crate) fn remove_entry(
        &mut self,
        directory: NodeId,
        name: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let id = self.nodes.take_entry(directory, name)?;
        self.nodes[directory].touch(now);
        let node = &mut self.nodes[id];
        node.changed = now;
        if let Kind::Directory(removed) = &mut node.kind {
            // The removed directory may stay open longer than its parent exists.
            removed.set_parent(id);
        }
        self.remove_name(id);
        Ok(())
    }

    /// Counts one name of a node less, after its entry was taken out of its directory.
    fn remove_name(&mut self, id: NodeId) {
        let below = self.names_below(id);
        let node = &mut self.nodes[id];
        node.names -= 1;
        if node.names > 0 {
            if node.names >= below {
                self.quota.return_entry();
            }
        } else {
            self.remove_if_unused(id);
        }
    }

    /// Ends a node if nothing refers to it any more.
    pub(crate) fn remove_if_unused(&mut self, id: NodeId) {
        let node = &self.nodes[id];
        if node.names > 0 || node.descriptors > 0 {
            return;
        }
        let is_below = self.names_below(id) > 0;
        if let Some(lower) = self.lower.get_mut() {
            lower.forget(id);
        }
        let bytes = match self.nodes.remove(id).map(|node| node.kind) {
            Some(Kind::File(contents)) => contents.stored(),
            Some(Kind::Symlink(target)) if !is_below => target.len() as u64,
            Some(Kind::Symlink(_) | Kind::Directory(_) | Kind::Device(_)) | None => 0,
        };
        self.quota.return_bytes(bytes);
        if !is_below {
            self.quota.return_entry();
        }
    }
}
