//! Making descriptors and closing them.

use crate::{
    Access, Descriptor, FileSystem, Root,
    model::{filesystem::Tree, ids::NodeId},
};

impl FileSystem {
    /// A descriptor of a tree's root directory. It permits reading and, unless the tree is read-only, mutating
    /// directories.
    pub fn open_root(&mut self, root: Root) -> Descriptor {
        let Tree { node, read_only } = self.tree(root);
        self.open_node(
            node,
            root,
            Access {
                read: true,
                write: false,
                mutate_directory: !read_only,
            },
        )
    }

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

    /// Makes another descriptor of the same node that permits the same operations.
    pub fn duplicate(&mut self, descriptor: &Descriptor) -> Descriptor {
        self.open_node(descriptor.node, descriptor.root, descriptor.access)
    }

    /// Closes a descriptor. If it was the last descriptor of an unlinked node, the node ends too.
    pub fn close(&mut self, descriptor: Descriptor) {
        self.nodes[descriptor.node].descriptors -= 1;
        self.remove_if_unused(descriptor.node);
    }

    /// Whether two descriptors refer to the same node.
    pub fn is_same_object(&self, a: &Descriptor, b: &Descriptor) -> bool {
        a.node == b.node
    }
}
