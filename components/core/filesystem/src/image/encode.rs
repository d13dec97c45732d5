//! Encoding a filesystem.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use super::{
    format::{
        ChunkImage, ExtentImage, Image, KindImage, ListingImage, LowerImage, LowerKindImage,
        NodeImage, VERSION,
    },
    view::View,
};
use crate::{
    FileSystem,
    model::{
        ids::NodeId,
        lower::{LowerKind, LowerNode},
        node::Kind,
    },
};

impl FileSystem {
    /// All trees as bytes, for [`FileSystem::restore`]. Nodes that are open but have no name any more are left out. Equal
    /// filesystems give equal bytes.
    pub fn files(&self) -> Vec<u8> {
        encode(self, &View::default())
    }
}

/// A filesystem with some differences, as bytes.
pub(crate) fn encode(files: &FileSystem, view: &View) -> Vec<u8> {
    let nodes = nodes(files, view);
    let places: BTreeMap<NodeId, u32> = (0..)
        .zip(&nodes)
        .map(|(place, &(_, id))| (id, place))
        .collect();
    let image = Image {
        created: files.nodes.created(),
        trees: files.trees.iter().map(|tree| places[&tree.node]).collect(),
        nodes: (nodes.iter())
            .map(|&(serial, id)| node(files, view, &places, serial, id))
            .collect(),
    };
    // Encoding into memory cannot fail: every type has a length that is known, and there is no other error.
    postcard::to_allocvec(&(VERSION, image)).unwrap_or_default()
}

/// The nodes that have a name, and those of which a lower layer may have one, in the order of their serials.
fn nodes(files: &FileSystem, view: &View) -> BTreeSet<(u64, NodeId)> {
    let mut found = BTreeSet::new();
    let mut left: Vec<NodeId> = Vec::new();
    let mut add = |id: NodeId, left: &mut Vec<NodeId>| {
        if found.insert((files.nodes[id].serial, id)) && files.nodes[id].is_directory() {
            left.push(id);
        }
    };
    for tree in &files.trees {
        add(tree.node, &mut left);
    }
    while let Some(directory) = left.pop() {
        for (_, id) in view.entries(files, directory) {
            add(id, &mut left);
        }
    }
    if let Some(lower) = files.lower.get() {
        for (id, _) in files.nodes.iter().filter(|(id, _)| lower.unseen(*id) > 0) {
            add(id, &mut left);
        }
    }
    found
}

fn node<'a>(
    files: &'a FileSystem,
    view: &'a View,
    places: &BTreeMap<NodeId, u32>,
    serial: u64,
    id: NodeId,
) -> NodeImage<'a> {
    let kind = match &files.nodes[id].kind {
        Kind::File(contents) => {
            let contents = view.contents.get(&id).unwrap_or(contents);
            KindImage::File {
                size: contents.size(),
                chunks: (contents.chunks())
                    .map(|(number, bytes)| ChunkImage { number, bytes })
                    .collect(),
                lower: contents.lower_parts().map(|lower| ExtentImage {
                    extent: lower.extent,
                    taken: lower.taken,
                }),
            }
        }
        Kind::Directory(_) => KindImage::Directory(
            (view.entries(files, id))
                .map(|(name, id)| (name, places[&id]))
                .collect(),
        ),
        Kind::Symlink(target) => KindImage::Symlink(target),
        Kind::Device(device) => KindImage::Device((*device).into()),
    };
    let times = view.times(files, id);
    NodeImage {
        serial,
        accessed: times.accessed.into(),
        modified: times.modified.into(),
        changed: times.changed.into(),
        kind,
        lower: files
            .lower
            .get()
            .and_then(|lower| Some(below(lower.node(id)?))),
    }
}

fn below(node: &LowerNode) -> LowerImage<'_> {
    LowerImage {
        // There are not as many trees.
        tree: node.root.place() as u32,
        path: &node.path,
        names: node.names,
        opened: node.opened,
        kind: match &node.kind {
            LowerKind::Directory(directory) => LowerKindImage::Directory {
                listing: directory.listing.as_ref().map(|listing| ListingImage {
                    names: (listing.names.iter())
                        .map(|(name, node_type)| (&**name, (*node_type).into()))
                        .collect(),
                    resolved: listing.resolved().collect(),
                }),
                links: directory.links,
                is_counted: directory.is_counted,
            },
            LowerKind::Leaf { unseen, identity } => LowerKindImage::Leaf {
                unseen: *unseen,
                identity: *identity,
            },
        },
    }
}
