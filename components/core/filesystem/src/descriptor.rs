//! Making descriptors and closing them.

use crate::{
    Access, Descriptor, Error, FileSystem, NodeType,
    model::ids::{NodeId, Root},
    model::node::Kind,
};

impl FileSystem {
    /// Makes a descriptor of a node that has a name or another descriptor.
    pub(crate) fn open_node(&mut self, node: NodeId, root: Root, access: Access) -> Descriptor {
        let opened = &mut self.nodes[node];
        opened.descriptors += 1;
        Descriptor {
            node,
            root,
            access,
            node_type: opened.node_type(),
            device: opened.device(),
        }
    }

    /// Another descriptor of the same node that permits the same.
    pub fn duplicate(&mut self, descriptor: &Descriptor) -> Descriptor {
        self.open_node(descriptor.node, descriptor.root, descriptor.access)
    }

    /// Ends a descriptor. If it was the last one of an unlinked node, the node ends too.
    pub fn close(&mut self, descriptor: Descriptor) {
        self.nodes[descriptor.node].descriptors -= 1;
        self.remove_if_unused(descriptor.node);
    }

    /// Whether two descriptors are of the same node.
    pub fn is_same_object(&self, a: &Descriptor, b: &Descriptor) -> bool {
        a.node == b.node
    }

    /// Takes away one of a node's names, after its entry was taken out of its directory.
    pub(crate) fn remove_name(&mut self, id: NodeId) {
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

    fn remove_if_unused(&mut self, id: NodeId) {
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

    /// The directory that a path is relative to, or [`Error::NotDirectory`].
    pub(crate) fn start_of(&self, descriptor: &Descriptor) -> Result<NodeId, Error> {
        match descriptor.node_type {
            NodeType::Directory => Ok(descriptor.node),
            _ => Err(Error::NotDirectory),
        }
    }

    /// The directory that a path of something to be changed is relative to: [`Error::NotDirectory`], or
    /// [`Error::NotPermitted`] if its tree is read-only.
    pub(crate) fn writable_start_of(&self, descriptor: &Descriptor) -> Result<NodeId, Error> {
        let start = self.start_of(descriptor)?;
        self.check_writable(descriptor.root)?;
        Ok(start)
    }

    /// [`Error::NotPermitted`] if the tree is read-only.
    pub(crate) fn check_writable(&self, root: Root) -> Result<(), Error> {
        if self.tree(root).read_only {
            Err(Error::NotPermitted)
        } else {
            Ok(())
        }
    }
}
