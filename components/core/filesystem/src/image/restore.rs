//! Making a filesystem of an image.

use alloc::vec::Vec;

use super::{
    format::{Image, KindImage, LowerImage, LowerKindImage, NodeImage, VERSION},
    shape::{check, demand, timestamp, unseen},
};
use crate::{
    Error, FileSystem, RestoreError,
    model::{
        contents::{
            Contents,
            parts::{LowerExtent, PartsError},
        },
        directory::Directory,
        filesystem::Tree,
        ids::{NodeId, Root},
        lower::{Listing, Lower, LowerDirectory, LowerKind, LowerNode},
        node::Kind,
        of_overlay::OfOverlay,
        quota::Quota,
    },
};

impl FileSystem {
    /// Replaces all files by those of [`FileSystem::files`], or of what a crash leaves. The image must be of a filesystem
    /// with the same trees. The limits and which trees are read-only do not change. If this fails, nothing has changed.
    ///
    /// Fails with [`RestoreError::Open`] while a descriptor is open, and with other errors for bytes that are no image, or
    /// not one for this filesystem.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), RestoreError> {
        if self.nodes.iter().any(|(_, node)| node.descriptors > 0) {
            return Err(RestoreError::Open);
        }
        let malformed = |_| RestoreError::Malformed;
        let (version, bytes) = postcard::take_from_bytes::<u16>(bytes).map_err(malformed)?;
        if version != VERSION {
            return Err(RestoreError::Version { found: version });
        }
        let (image, rest) = postcard::take_from_bytes::<Image<'_>>(bytes).map_err(malformed)?;
        demand(rest.is_empty())?;
        if image.trees.len() != self.trees.len() {
            return Err(RestoreError::Trees);
        }
        let overlays = self.trees.iter().map(|tree| match self.lower.get() {
            Some(lower) => lower.node(tree.node).is_some(),
            None => false,
        });
        let overlays: Vec<bool> = overlays.collect();
        check(&image, &overlays)?;
        let restored = self.of_image(&image, overlays.contains(&true))?;
        restored.check().map_err(|_| RestoreError::Malformed)?;
        *self = restored;
        Ok(())
    }

    fn of_image(&self, image: &Image<'_>, has_lower: bool) -> Result<Self, RestoreError> {
        let mut files = Self::new(self.quota.limits());
        files.lower = OfOverlay::from(has_lower.then(Lower::default));
        let mut ids = Vec::with_capacity(image.nodes.len());
        for node in &image.nodes {
            ids.push(files.add_node(node)?);
        }
        for (&place, tree) in image.trees.iter().zip(&self.trees) {
            let node = ids[place as usize];
            files.nodes[node].names = 1;
            // `add_node` cannot know the place of a directory's parent; a root is its own.
            files.nodes[node]
                .directory_mut()
                .map_err(|_| RestoreError::Malformed)?
                .set_parent(node);
            files.trees.push(Tree { node, ..*tree });
        }
        for (node, &id) in image.nodes.iter().zip(&ids) {
            if let KindImage::Directory(entries) = &node.kind {
                for &(name, child) in entries {
                    let child = ids[child as usize];
                    files
                        .nodes
                        .insert_entry(id, name.into(), child)
                        .map_err(|_| RestoreError::Malformed)?;
                    files.nodes[child].names += 1;
                }
            }
        }
        for (node, &id) in image.nodes.iter().zip(&ids) {
            files.nodes[id].names += unseen(node.lower.as_ref());
            files.count_entries(id)?;
        }
        files.nodes.set_created(image.created);
        Ok(files)
    }

    /// Adds a node without names.
    fn add_node(&mut self, image: &NodeImage<'_>) -> Result<NodeId, RestoreError> {
        let times = [image.accessed, image.modified, image.changed];
        let [accessed, modified, changed] = times.map(timestamp);
        let kind = match &image.kind {
            KindImage::File {
                size,
                chunks,
                lower,
            } => {
                demand(lower.is_none() || image.lower.is_some())?;
                let chunks = chunks.iter().map(|chunk| (chunk.number, chunk.bytes));
                let lower = lower.as_ref().map(|lower| LowerExtent {
                    extent: lower.extent,
                    taken: lower.taken.clone(),
                });
                let contents = Contents::of_parts(*size, chunks, lower, &mut self.quota);
                Kind::File(contents.map_err(|error| match error {
                    PartsError::Malformed => RestoreError::Malformed,
                    PartsError::NoRoom => RestoreError::Limits,
                })?)
            }
            KindImage::Symlink(target) => {
                if image.lower.is_none() {
                    take(&mut self.quota, |quota| {
                        quota.take_bytes(target.len() as u64)
                    })?;
                }
                Kind::Symlink((*target).into())
            }
            KindImage::Device(device) => Kind::Device((*device).into()),
            KindImage::Directory(_) => Kind::Directory(Directory::new(NodeId::default())),
        };
        let id = self.nodes.add_with(modified?, |_| kind);
        let node = &mut self.nodes[id];
        (node.accessed, node.changed) = (accessed?, changed?);
        (node.serial, node.names) = (image.serial, 0);
        if let Some(lower) = &image.lower {
            self.add_below(id, lower)?;
        }
        Ok(id)
    }

    fn add_below(&mut self, id: NodeId, image: &LowerImage<'_>) -> Result<(), RestoreError> {
        let root = Root::at(image.tree as usize);
        let kind = match &image.kind {
            LowerKindImage::Directory {
                listing,
                links,
                is_counted,
            } => {
                let listing = listing.as_ref().map(|image| {
                    let names = image.names.iter();
                    let names = names.map(|&(name, node_type)| (name.into(), node_type.into()));
                    let mut listing = Listing::new(names.collect());
                    for &(start, end) in &image.resolved {
                        listing.mark_resolved(start, end);
                    }
                    listing
                });
                LowerKind::Directory(LowerDirectory {
                    listing,
                    links: *links,
                    is_counted: *is_counted,
                })
            }
            LowerKindImage::Leaf { unseen, identity } => LowerKind::Leaf {
                unseen: *unseen,
                identity: *identity,
            },
        };
        let lower = self.lower.get_mut().ok_or(RestoreError::Malformed)?;
        if let LowerKind::Leaf {
            identity: Some(identity),
            ..
        } = kind
        {
            let other = lower.identities.insert((root, identity), id);
            demand(other.is_none())?;
        }
        lower.insert(
            id,
            LowerNode {
                root,
                path: image.path.into(),
                names: image.names,
                opened: image.opened,
                kind,
            },
        );
        Ok(())
    }

    /// Counts the names of a node against the quota.
    fn count_entries(&mut self, id: NodeId) -> Result<(), RestoreError> {
        let names = self.nodes[id].names;
        let entries = match self.names_below(id) {
            0 => names.max(1),
            below => names.saturating_sub(below),
        };
        (0..entries).try_for_each(|_| take(&mut self.quota, Quota::take_entry))
    }
}

fn take(
    quota: &mut Quota,
    amount: impl FnOnce(&mut Quota) -> Result<(), Error>,
) -> Result<(), RestoreError> {
    amount(quota).map_err(|_| RestoreError::Limits)
}
