//! Making overlays, asking about their lower layers, and taking in the answers.

use alloc::{boxed::Box, format, string::String, vec::Vec};

use crate::{
    Error, FileSystem, LowerEntry, MAX_NAME_LENGTH, MAX_PATH_LENGTH, Need, NodeType, Root, Stat,
    Timestamp, What,
    model::{
        contents::Contents,
        directory::Directory,
        ids::NodeId,
        lower::{Listing, Lower, LowerDirectory, LowerKind, LowerNode},
        need::Missing,
        node::Kind,
        of_overlay::{HAS_OVERLAYS, OfOverlay},
    },
};

fn join(directory: &str, name: &str) -> Box<str> {
    if directory.is_empty() {
        name.into()
    } else {
        format!("{directory}/{name}").into_boxed_str()
    }
}

impl FileSystem {
    /// Adds a tree that shows a lower tree, as [`FileSystem::add_root`] adds an empty tree. Nodes that are baked into
    /// it hide nodes of the lower tree that have the same names; directories are merged. Before anything else is done
    /// with the tree, [`FileSystem::provide_root`] must be called.
    ///
    /// Names that exist in the lower tree do not count as entries, wherever they are moved, and bytes of its files do
    /// not count as long as they are not changed.
    ///
    /// Fails as [`FileSystem::add_root`], and with [`Error::Unsupported`] in a build without the feature `overlay`.
    pub fn add_overlay(&mut self, read_only: bool, now: Timestamp) -> Result<Root, Error> {
        if !HAS_OVERLAYS {
            return Err(Error::Unsupported);
        }
        let root = self.add_root(read_only, now)?;
        if self.lower.get().is_none() {
            self.lower = OfOverlay::from(Some(Lower::default()));
        }
        let node = self.tree(root).node;
        if let Some(lower) = self.lower.get_mut() {
            lower.insert(node, LowerNode::made_here(root, "".into()));
        }
        Ok(root)
    }

    /// Provides the metadata of the root of the lower tree. Only the first call has an effect.
    pub fn provide_root(&mut self, root: Root, stat: &Stat) {
        let node = self.tree(root).node;
        if let Some(lower) = self.lower.get_mut()
            && let Some(directory) = lower.directory_mut(node)
            && !directory.is_counted
        {
            directory.is_counted = true;
            // Before the root is listed, its only entries are baked ones.
            directory.links = i64::try_from(stat.link_count).unwrap_or(i64::MAX);
            self.nodes[node].set_times(stat);
        }
    }

    /// Takes what the last operation that failed with [`Error::Lower`] needs to know.
    pub fn take_need(&mut self) -> Option<Need> {
        let lower = self.lower.get()?;
        let Missing { node, place, what } = lower.take_missing()?;
        let below = lower.node(node)?;
        let path = match (what, lower.directory(node)) {
            (What::Entry, Some(directory)) => {
                let (name, _) = directory.listing.as_ref()?.names.get(place)?;
                join(&below.path, name)
            }
            _ => below.path.clone(),
        };
        Some(Need {
            root: below.root,
            path: path.into_string(),
            what,
            node,
            serial: self.nodes[node].serial,
            place,
        })
    }

    /// Whether the node that `need` asks about still exists.
    pub(super) fn is_current(&self, need: &Need) -> bool {
        self.nodes
            .get(need.node)
            .is_some_and(|node| node.serial == need.serial)
    }

    /// Answers [`What::Listing`] with the names in the directory, in any order and without `.` and `..`. There are no
    /// names if the lower layer turns out to have no such directory.
    ///
    /// Devices are left out, and so are nodes with names that no path can contain.
    pub fn provide_listing(
        &mut self,
        need: &Need,
        names: impl IntoIterator<Item = (String, NodeType)>,
    ) {
        if !self.is_current(need) {
            return;
        }
        let (Some(lower), Ok(entries)) = (self.lower.get_mut(), self.nodes[need.node].directory())
        else {
            return;
        };
        let Some(directory) = lower
            .directory_mut(need.node)
            .filter(|directory| directory.listing.is_none())
        else {
            return;
        };
        let mut names: Vec<(Box<str>, NodeType)> = names
            .into_iter()
            .map(|(name, node_type)| (name.into_boxed_str(), node_type))
            .collect();
        names.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        names.dedup_by(|one, other| one.0 == other.0);
        names.retain(|(name, node_type)| {
            if matches!(&**name, "" | "." | "..")
                || name.len() > MAX_NAME_LENGTH
                || name.contains(['/', '\0'])
            {
                return false;
            }
            let is_shown = entries.get(name).is_none() && *node_type != NodeType::CharacterDevice;
            if *node_type == NodeType::Directory {
                match (is_shown, directory.is_counted) {
                    (false, true) => directory.links -= 1,
                    (true, false) => directory.links += 1,
                    _ => {}
                }
            }
            is_shown
        });
        directory.listing = Some(Listing::new(names));
        self.provide_opened(need);
    }

    /// Answers [`What::Opening`]: the file or directory was opened.
    pub fn provide_opened(&mut self, need: &Need) {
        if self.is_current(need)
            && let Some(lower) = self.lower.get_mut()
            && let Some(below) = lower.node_mut(need.node)
        {
            below.opened = true;
        }
    }

    /// Answers [`What::Entry`]; `None` if the lower layer turns out to have no such entry, or none that can be shown.
    pub fn provide_entry(&mut self, need: &Need, entry: Option<LowerEntry>) {
        if !self.is_current(need) {
            return;
        }
        let Some(lower) = self.lower.get_mut() else {
            return;
        };
        let resolved = lower
            .directory_mut(need.node)
            .and_then(|directory| directory.listing.as_mut())
            .and_then(|listing| listing.resolve(need.place));
        let Some((name, listed)) = resolved else {
            return;
        };
        if let Some(directory) = lower.directory_mut(need.node) {
            // A subdirectory is from now on counted among the entries.
            directory.links -= i64::from(listed == NodeType::Directory);
        }
        let Some(entry) = entry.filter(|entry| entry.stat.node_type != NodeType::CharacterDevice)
        else {
            return;
        };
        let node = match self.known_name(need.root, &entry) {
            Some(node) => node,
            None => self.add_lower(need, entry),
        };
        // This fails only for a node that is no directory, and the node of a listing is a directory.
        let _ = self.nodes.insert_entry(need.node, name, node);
    }

    /// The node that was made for another name of the same file.
    fn known_name(&mut self, root: Root, entry: &LowerEntry) -> Option<NodeId> {
        let identity = entry
            .identity
            .filter(|_| entry.stat.node_type != NodeType::Directory)?;
        let lower = self.lower.get_mut()?;
        let node = *lower.identities.get(&(root, identity))?;
        let below = lower.node_mut(node)?;
        if let LowerKind::Leaf { unseen, .. } = &mut below.kind {
            if *unseen > 0 {
                *unseen -= 1;
            } else {
                // The file has more names than its link count said.
                below.names += 1;
                self.nodes[node].names += 1;
            }
        }
        Some(node)
    }

    /// Makes the node of an entry, without its name.
    fn add_lower(&mut self, need: &Need, entry: LowerEntry) -> NodeId {
        let LowerEntry {
            identity,
            stat,
            target,
        } = entry;
        let parent = need.node;
        let id = self
            .nodes
            .add_with(stat.modified, |_| match stat.node_type {
                NodeType::Directory => Kind::Directory(Directory::new(parent)),
                NodeType::SymbolicLink => {
                    Kind::Symlink(target.unwrap_or_else(|| absolute(stat.size)).into())
                }
                NodeType::RegularFile | NodeType::CharacterDevice => {
                    Kind::File(Contents::of_lower(stat.size))
                }
            });
        let (names, kind) = if stat.node_type == NodeType::Directory {
            let directory = LowerDirectory {
                listing: None,
                links: i64::try_from(stat.link_count).unwrap_or(i64::MAX),
                is_counted: true,
            };
            (1, LowerKind::Directory(directory))
        } else {
            let names = identity.map_or(1, |_| stat.link_count.max(1));
            let leaf = LowerKind::Leaf {
                unseen: names - 1,
                identity,
            };
            (names, leaf)
        };
        let node = &mut self.nodes[id];
        node.set_times(&stat);
        node.names = names;
        if let Some(lower) = self.lower.get_mut() {
            if let LowerKind::Leaf {
                identity: Some(identity),
                ..
            } = kind
            {
                lower.identities.insert((need.root, identity), id);
            }
            lower.insert(
                id,
                LowerNode {
                    root: need.root,
                    path: need.path.as_str().into(),
                    names,
                    opened: false,
                    kind,
                },
            );
        }
        id
    }

    /// Makes a baked directory of an overlay show the lower tree's directory of the same path.
    pub(crate) fn merge_baked(&mut self, parent: NodeId, name: &str, id: NodeId) {
        if let Some(lower) = self.lower.get_mut()
            && let Some(above) = lower.node(parent)
        {
            let merged = LowerNode::made_here(above.root, join(&above.path, name));
            lower.insert(id, merged);
        }
    }
}

/// A target that stands for an absolute one of this length, which cannot be known.
fn absolute(length: u64) -> String {
    let length = usize::try_from(length).unwrap_or(MAX_PATH_LENGTH);
    "/".repeat(length.clamp(1, MAX_PATH_LENGTH))
}

#[cfg(all(test, not(feature = "overlay")))]
mod tests {
    use super::*;
    use crate::testing::{NO_LIMITS, at};

    #[test]
    fn a_build_without_overlays_refuses_them() {
        let mut files = FileSystem::new(NO_LIMITS);
        assert_eq!(files.add_overlay(false, at(1)), Err(Error::Unsupported));
        assert_eq!(files.usage().entries, 0);
        files.check().unwrap();
    }
}
