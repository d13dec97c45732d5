//! The lower layer of a tree: files that exist elsewhere and are shown here until they are changed.
//!
//! A tree made by [`FileSystem::add_overlay`] shows a tree that somebody else holds, the *lower* one, and keeps every
//! change to itself. Nothing here can read the lower tree. An operation that needs to know more of it has no effect,
//! fails with [`Error::Lower`], and leaves a [`Need`]; whoever called it fetches what is needed, hands it in by one of
//! the `provide_` functions, and calls the operation again.
//!
//! What is known of the lower tree grows by these steps, each of which happens once for each object:
//!
//! 1. A directory of the lower tree is *unlisted* until a name is looked up in it. Then its names are asked for
//!    ([`What::Listing`]) and kept apart from the directory's entries: they are *unresolved*.
//! 2. An unresolved name that is looked up is asked about ([`What::Entry`]), gets a node, and becomes an entry as any
//!    other. From then on nothing tells it from an entry made here: it can be renamed, linked, replaced and removed,
//!    and a removed one does not come back, because the lower directory is not asked again. So there is no mark for a
//!    removed name ("whiteout") and none for a directory that hides a lower one ("opaque"): a directory made here has no
//!    lower part at all.
//! 3. A file or directory that is opened for the first time is asked to be opened below too ([`What::Opening`]): whether it
//!    may be opened, only opening tells. What has been listed was opened for that.
//! 4. A file's contents stay below. What is read passes through a small number of windows ([`What::Bytes`]), which no
//!    limit counts. A write takes the chunks that it changes in part into memory, where they count; see
//!    [`Contents`](crate::model::contents::Contents).
//!
//! Names of one file (hard links) are recognised by the identity that comes with an entry: the second name becomes an
//! entry of the node that the first one made. A node counts all names that the lower tree says it has, also those not
//! met yet, so it lives as long as one of them may still be found.
//!
//! A path below is remembered with each node and never changes: the lower tree does not learn of renames.
//!
//! What is below must not change meanwhile. If it does, the answers mix old and new, but stay answers: names that have
//! gone are absent, bytes that have gone are zero.

use alloc::{
    boxed::Box,
    collections::{BTreeMap, VecDeque},
    format,
    string::String,
    vec::Vec,
};
use core::cell::Cell;

use crate::{
    Error, FileSystem, NodeType, Stat, Timestamp,
    model::directory::Directory,
    model::node::Kind,
    model::ranges::Ranges,
    model::{
        contents::{Contents, lower_part::LowerBytes},
        ids::{NodeId, Root},
        of_overlay::{HAS_OVERLAYS, OfOverlay},
        path::{MAX_NAME_LENGTH, MAX_PATH_LENGTH},
    },
};

/// How many windows on lower files are kept: enough for an operation on two files, and for some that are read in
/// turns.
const WINDOWS: usize = 4;

/// How many bytes of a file that is read from its beginning are asked for at least, if there are as many.
const FIRST_READ: u64 = 64 * 1024;

/// How many bytes are asked for at least where a file is read on.
const READ_AHEAD: u64 = 256 * 1024;

/// What an operation needs of the lower layer: see [`FileSystem::take_need`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The tree whose lower layer is asked.
    pub root: Root,
    /// Where in the lower layer: names with slashes between them, none of which is a symbolic link; empty for its
    /// root. It may be longer than a path can be.
    pub path: String,
    /// What is asked for there.
    pub what: What,
    /// Which node it is for.
    node: NodeId,
    /// Its serial: by the time of the answer, another node may be in its place.
    serial: u64,
    /// The place of an entry's name in its directory's listing.
    place: usize,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The names in a directory, for [`FileSystem::provide_listing`].
    Listing,
    /// What is known about a directory's entry, for [`FileSystem::provide_entry`].
    Entry,
    /// That a file or directory can be opened for reading, for [`FileSystem::provide_opened`]. If it cannot, the operation
    /// fails with the reason, and is not called again.
    Opening,
    /// Bytes of a file, for [`FileSystem::provide_bytes`].
    Bytes {
        /// The offset of the first.
        offset: u64,
        /// How many there must be.
        least: u64,
        /// How many there may be: more than `least` if they are likely to be needed next.
        most: u64,
    },
}

/// What is known about an object of the lower layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LowerEntry {
    /// Equal for two names of the tree if and only if both are of the same object. `None` for one that has no other name,
    /// and for a directory.
    pub identity: Option<(u64, u64)>,
    /// Of a symbolic link the link itself.
    pub stat: Stat,
    /// Of a symbolic link, what it leads to. `None` if that cannot be known, because it is absolute: such a link can
    /// neither be read nor followed.
    pub target: Option<String>,
}

/// [`Need`] before anybody asks for it.
#[derive(Clone, Copy, Debug)]
struct Missing {
    node: NodeId,
    place: usize,
    what: What,
}

/// All that is known about lower layers.
#[derive(Debug, Default)]
pub(crate) struct Lower {
    /// The nodes that exist below, and directories that may, each in the slot that its node has.
    nodes: Vec<Option<Box<LowerNode>>>,
    /// The nodes of files that have several names below.
    identities: BTreeMap<(Root, (u64, u64)), NodeId>,
    /// Bytes of lower files that were read last, the newest at the end.
    windows: VecDeque<Window>,
    /// What the last operation lacked. Operations that change nothing can lack something too.
    missing: Cell<Option<Missing>>,
}

/// What is known about a node's place in the lower layer.
#[derive(Debug)]
struct LowerNode {
    root: Root,
    path: Box<str>,
    /// How many names the node has below: as many do not count as entries, wherever they are now. 0 for what was made
    /// here.
    names: u64,
    /// Whether nothing has to be asked before it is opened, because it was opened below before, or was made here.
    opened: bool,
    kind: LowerKind,
}

#[derive(Debug)]
enum LowerKind {
    Directory(LowerDirectory),
    /// A file or a symbolic link.
    Leaf {
        /// Names that it has below and that were not resolved yet. They may be outside the tree.
        unseen: u64,
        identity: Option<(u64, u64)>,
    },
}

#[derive(Debug)]
struct LowerDirectory {
    /// `None` until it is listed.
    listing: Option<Listing>,
    /// The directory's link count without its subdirectories that are entries. It may be negative where a host does not
    /// count subdirectories.
    links: i64,
    /// Whether `links` began with what the lower layer says, and not with that of an empty directory made here.
    is_counted: bool,
}

/// The names of a directory in the lower layer.
#[derive(Debug, Default)]
struct Listing {
    /// All of them, in order, and what they name.
    names: Vec<(Box<str>, NodeType)>,
    /// The places of those that are resolved.
    resolved: Ranges,
}

#[derive(Debug)]
struct Window {
    node: NodeId,
    offset: u64,
    bytes: Vec<u8>,
}

impl Window {
    fn end(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }
}

fn join(directory: &str, name: &str) -> Box<str> {
    if directory.is_empty() {
        name.into()
    } else {
        format!("{directory}/{name}").into_boxed_str()
    }
}

impl Listing {
    /// The place of a name that is not resolved.
    fn place(&self, name: &str) -> Option<usize> {
        let place = self
            .names
            .binary_search_by(|(other, _)| (**other).cmp(name))
            .ok()?;
        (self.next_place(place) == place).then_some(place)
    }

    /// The first place from `from` on whose name is not resolved; behind the last if there is none.
    fn next_place(&self, from: usize) -> usize {
        usize::try_from(self.resolved.next_gap(from as u64)).unwrap_or(usize::MAX)
    }

    /// The first unresolved name after `after`.
    fn next(&self, after: Option<&str>) -> Option<(&str, NodeType)> {
        let from = after.map_or(0, |after| {
            self.names.partition_point(|(name, _)| **name <= *after)
        });
        let (name, node_type) = self.names.get(self.next_place(from))?;
        Some((name, *node_type))
    }

    /// Takes a name out, if it is there.
    fn resolve(&mut self, place: usize) -> Option<(Box<str>, NodeType)> {
        let found = self.names.get(place)?;
        if self.next_place(place) != place {
            return None;
        }
        let found = found.clone();
        self.resolved.insert(place as u64, place as u64 + 1);
        if self.next_place(0) >= self.names.len() {
            *self = Self::default();
        }
        Some(found)
    }
}

// What only trees with a lower layer need is not inlined: that would make the operations of all others larger.
impl Lower {
    /// Notes what is missing and says so.
    fn lacks(&self, node: NodeId, place: usize, what: What) -> Error {
        self.missing.set(Some(Missing { node, place, what }));
        Error::Lower
    }

    fn node(&self, id: NodeId) -> Option<&LowerNode> {
        self.nodes.get(id.slot())?.as_deref()
    }

    fn node_mut(&mut self, id: NodeId) -> Option<&mut LowerNode> {
        self.nodes.get_mut(id.slot())?.as_deref_mut()
    }

    fn insert(&mut self, id: NodeId, node: LowerNode) {
        let slot = id.slot();
        if slot >= self.nodes.len() {
            self.nodes.resize_with(slot + 1, || None);
        }
        self.nodes[slot] = Some(Box::new(node));
    }

    fn directory(&self, node: NodeId) -> Option<&LowerDirectory> {
        match &self.node(node)?.kind {
            LowerKind::Directory(directory) => Some(directory),
            LowerKind::Leaf { .. } => None,
        }
    }

    fn directory_mut(&mut self, node: NodeId) -> Option<&mut LowerDirectory> {
        match &mut self.node_mut(node)?.kind {
            LowerKind::Directory(directory) => Some(directory),
            LowerKind::Leaf { .. } => None,
        }
    }

    /// The listing of a directory; `None` if it has no lower part.
    fn listing(&self, node: NodeId) -> Result<Option<&Listing>, Error> {
        match self.directory(node) {
            None => Ok(None),
            Some(directory) => match &directory.listing {
                Some(listing) => Ok(Some(listing)),
                None => Err(self.lacks(node, 0, What::Listing)),
            },
        }
    }

    /// [`Error::Lower`] unless it is known that the lower part of a directory has no such name that is unresolved.
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

    /// [`Error::Lower`] unless a node exists here alone, or was opened below before.
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

    /// The link count of a directory with so many subdirectories among its entries.
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

    /// How many names of a node may exist that are no entries yet.
    pub(crate) fn unseen(&self, node: NodeId) -> u64 {
        match self.node(node).map(|node| &node.kind) {
            Some(LowerKind::Leaf { unseen, .. }) => *unseen,
            _ => 0,
        }
    }

    /// The bytes of a lower file from `start` up to `end`.
    #[inline(never)]
    fn bytes(
        &self,
        node: NodeId,
        (start, end): (u64, u64),
        extent: u64,
    ) -> Result<LowerBytes<'_>, Error> {
        let mut windows = self.windows.iter().filter(|window| window.node == node);
        if let Some(window) = windows.find(|window| window.offset <= start && end <= window.end()) {
            return Ok(LowerBytes {
                offset: window.offset,
                bytes: &window.bytes,
            });
        }
        let goes_on = self
            .windows
            .iter()
            .any(|window| window.node == node && window.offset <= start && start <= window.end());
        let ahead = match (start, goes_on) {
            (0, _) => FIRST_READ,
            (_, true) => READ_AHEAD,
            (_, false) => 0,
        };
        let least = end - start;
        let most = least.max(ahead.min(extent - start));
        Err(self.lacks(
            node,
            0,
            What::Bytes {
                offset: start,
                least,
                most,
            },
        ))
    }

    /// Forgets a node that nothing refers to any more.
    #[inline(never)]
    pub(crate) fn forget(&mut self, id: NodeId) {
        self.windows.retain(|window| window.node != id);
        let slot = self.nodes.get_mut(id.slot());
        let Some(node) = slot.and_then(Option::take) else {
            return;
        };
        if let LowerKind::Leaf {
            identity: Some(identity),
            ..
        } = node.kind
        {
            self.identities.remove(&(node.root, identity));
        }
    }
}

impl FileSystem {
    /// Adds a tree that shows a lower one, as [`FileSystem::add_root`] adds an empty one. What is baked into it hides
    /// what the lower one has of the same names; directories are merged. Before anything else is done with the tree,
    /// [`FileSystem::provide_root`] must be called.
    ///
    /// Names that exist below do not count as entries, wherever they are moved, nor do the bytes of files as long as
    /// they are not changed.
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

    /// Tells what is known about the root of the lower tree. Only the first call has an effect.
    pub fn provide_root(&mut self, root: Root, stat: &Stat) {
        let node = self.tree(root).node;
        if let Some(lower) = self.lower.get_mut()
            && let Some(directory) = lower.directory_mut(node)
            && !directory.is_counted
        {
            directory.is_counted = true;
            // Before anything is listed, what entries there are was baked.
            directory.links = i64::try_from(stat.link_count).unwrap_or(i64::MAX);
            self.nodes[node].set_times(stat);
        }
    }

    /// What the last operation that failed with [`Error::Lower`] needs.
    pub fn take_need(&mut self) -> Option<Need> {
        let lower = self.lower.get()?;
        let Missing { node, place, what } = lower.missing.take()?;
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

    /// Whether the node that a need is of still exists.
    fn is_current(&self, need: &Need) -> bool {
        self.nodes
            .get(need.node)
            .is_some_and(|node| node.serial == need.serial)
    }

    /// Answers [`What::Listing`] with the names in the directory, in any order and without `.` and `..`. No names if it
    /// turns out that there is no such directory.
    ///
    /// Devices are left out, and with them everything that has a name which no path can contain.
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
        directory.listing = Some(Listing {
            names,
            resolved: Ranges::default(),
        });
        self.provide_opened(need);
    }

    /// Answers [`What::Opening`]: it was opened.
    pub fn provide_opened(&mut self, need: &Need) {
        if self.is_current(need)
            && let Some(lower) = self.lower.get_mut()
            && let Some(below) = lower.node_mut(need.node)
        {
            below.opened = true;
        }
    }

    /// [`Error::Lower`] as long as it is not known whether a node can be opened in the lower layer.
    pub(crate) fn check_opened_below(&self, id: NodeId) -> Result<(), Error> {
        self.lower
            .get()
            .map_or(Ok(()), |lower| lower.check_opened(id))
    }

    /// Answers [`What::Entry`]; `None` if it turns out that there is no such entry, or none that can be shown.
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
            // A subdirectory is now counted as an entry, if it is one.
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
        // Only fails for what is no directory, which the node of a listing is.
        let _ = self.nodes.insert_entry(need.node, name, node);
    }

    /// The node that another name of the same file made.
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
                // There are more names than it said.
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

    /// Answers [`What::Bytes`]. What is missing of `least` reads as zeroes; what exceeds `most` is ignored.
    pub fn provide_bytes(&mut self, need: &Need, mut bytes: Vec<u8>) {
        let What::Bytes {
            offset,
            least,
            most,
        } = need.what
        else {
            return;
        };
        if !self.is_current(need) {
            return;
        }
        let length = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        bytes.truncate(length(most));
        if bytes.len() < length(least) {
            bytes.resize(length(least), 0);
        }
        if let Some(lower) = self.lower.get_mut() {
            if lower.windows.len() == WINDOWS {
                lower.windows.pop_front();
            }
            lower.windows.push_back(Window {
                node: need.node,
                offset,
                bytes,
            });
        }
    }

    /// What must be lent to read `length` bytes of a file at `offset`.
    pub(crate) fn lower_bytes(
        &self,
        node: NodeId,
        contents: &Contents,
        offset: u64,
        length: u64,
    ) -> Result<LowerBytes<'_>, Error> {
        match (self.lower.get(), contents.lower_span(offset, length)) {
            (Some(lower), Some(span)) => lower.bytes(node, span, contents.lower_extent()),
            _ => Ok(LowerBytes::default()),
        }
    }

    /// Takes into memory what a change of the bytes from `offset` up to `end` leaves of the chunks at either end, and
    /// returns up to where they can be changed: `end`, or less if the quota does not allow for the last chunk. What is
    /// taken stays, also if the change then fails: nobody sees a difference but in what is used.
    pub(crate) fn take_lower_chunks(
        &mut self,
        id: NodeId,
        offset: u64,
        end: u64,
    ) -> Result<u64, Error> {
        let Some(lower) = self.lower.get() else {
            return Ok(end);
        };
        let Kind::File(contents) = &mut self.nodes[id].kind else {
            return Ok(end);
        };
        while let Some((number, start, lower_end)) = contents.lower_chunk_to_keep(offset, end) {
            let bytes = lower.bytes(id, (start, lower_end), contents.lower_extent())?;
            match contents.take_chunk(number, bytes, &mut self.quota) {
                Ok(()) => {}
                Err(_) if start > offset => return Ok(start),
                Err(error) => return Err(error),
            }
        }
        Ok(end)
    }

    /// Makes a baked directory of an overlay show what the lower tree has of the same path.
    pub(crate) fn merge_baked(&mut self, parent: NodeId, name: &str, id: NodeId) {
        if let Some(lower) = self.lower.get_mut()
            && let Some(above) = lower.node(parent)
        {
            let merged = LowerNode::made_here(above.root, join(&above.path, name));
            lower.insert(id, merged);
        }
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

    /// How many of a node's names do not count as entries: those that it has below.
    pub(crate) fn names_below(&self, id: NodeId) -> u64 {
        self.lower.get().map_or(0, |lower| lower.names(id))
    }
}

impl LowerNode {
    /// A directory that was made here and may have a lower part.
    fn made_here(root: Root, path: Box<str>) -> Self {
        Self {
            root,
            path,
            names: 0,
            opened: true,
            kind: LowerKind::Directory(LowerDirectory {
                listing: None,
                links: 2,
                is_counted: false,
            }),
        }
    }
}

/// Stands for an absolute target of this length that cannot be known.
fn absolute(length: u64) -> String {
    let length = usize::try_from(length).unwrap_or(MAX_PATH_LENGTH);
    "/".repeat(length.clamp(1, MAX_PATH_LENGTH))
}
