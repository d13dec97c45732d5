//! Which states POSIX permits after a crash.
//!
//! The reference knows no journal. It keeps what the filesystem showed after each operation, and from when on that was
//! not synced, and says of a state after a crash whether it could come of that.

use std::collections::{BTreeMap, BTreeSet};

use crate::snapshot::{Identity, Node, Snapshot};

/// The smallest block.
const BLOCK: usize = 512;

/// What was seen since the beginning.
pub struct Reference {
    seen: Vec<Snapshot>,
    /// For each node that was synced, the snapshot that shows what was synced.
    synced: BTreeMap<Identity, usize>,
    /// Nodes that a name on the disk led to when their directory was synced, and that have lost no name since.
    pinned: BTreeSet<Identity>,
}

impl Reference {
    /// All that this shows is on the disk.
    pub fn new(first: Snapshot) -> Self {
        Self {
            pinned: first.nodes.keys().copied().collect(),
            synced: first.nodes.keys().map(|identity| (*identity, 0)).collect(),
            seen: vec![first],
        }
    }

    pub fn last(&self) -> &Snapshot {
        self.seen.last().unwrap()
    }

    /// Takes in what an operation led to.
    pub fn see(&mut self, now: Snapshot) {
        let before = self.last().clone();
        self.pinned
            .retain(|node| *node == now.root || now.names(*node) >= before.names(*node).max(1));
        self.seen.push(now);
    }

    /// The node that a path leads to was synced.
    pub fn sync(&mut self, path: &str) {
        let last = self.seen.len() - 1;
        let Some(node) = self.last().find(path) else {
            return;
        };
        self.synced.insert(node, last);
        if self.pinned.contains(&node)
            && let Some(entries) = self.last().entries(node)
        {
            let entries: Vec<Identity> = entries.values().copied().collect();
            self.pinned.extend(entries);
        }
    }

    /// What a node was like since it was synced, or ever, in order.
    fn history(&self, node: Identity) -> impl Iterator<Item = &Node> {
        let from = self.synced.get(&node).copied().unwrap_or(0);
        self.seen[from..]
            .iter()
            .filter_map(move |seen| seen.nodes.get(&node))
    }

    /// Why a state cannot be what a crash leaves on a disk that keeps no order; nothing if it can.
    pub fn check(&self, after: &Snapshot) -> Result<(), String> {
        for node in &self.pinned {
            if !after.nodes.contains_key(node) {
                return Err(format!("{node:?} had a name on the disk, and has none now"));
            }
        }
        for (directory, entries) in after.directories() {
            self.check_entries(directory, entries)?;
        }
        for identity in after.nodes.keys() {
            if let Some(contents) = after.file(*identity) {
                self.check_file(*identity, contents)?;
            }
        }
        Ok(())
    }

    fn check_entries(
        &self,
        directory: Identity,
        entries: &BTreeMap<String, Identity>,
    ) -> Result<(), String> {
        let empty = BTreeMap::new();
        let history = self.history(directory).filter_map(|node| match node {
            Node::Directory(entries) => Some(entries),
            _ => None,
        });
        let mut history: Vec<_> = history.collect();
        if !self.synced.contains_key(&directory) {
            history.push(&empty);
        }
        let names = history.iter().flat_map(|entries| entries.keys());
        let names: BTreeSet<&String> = names.chain(entries.keys()).collect();
        for name in names {
            let value = entries.get(name);
            if !history.iter().any(|entries| entries.get(name) == value) {
                return Err(format!("{directory:?} never had {value:?} as {name:?}"));
            }
        }
        Ok(())
    }

    fn check_file(&self, file: Identity, contents: &[u8]) -> Result<(), String> {
        let history = self.history(file).filter_map(|node| match node {
            Node::File(contents) => Some(contents.as_slice()),
            _ => None,
        });
        let mut history: Vec<&[u8]> = history.collect();
        if !self.synced.contains_key(&file) {
            history.insert(0, &[]);
        }
        if !history.iter().any(|seen| seen.len() == contents.len()) {
            return Err(format!("{file:?} never had {} bytes", contents.len()));
        }
        for start in (0..contents.len()).step_by(BLOCK) {
            let end = contents.len().min(start + BLOCK);
            let is_seen = (0..history.len()).any(|then| {
                // Nothing is cut off, or what a later truncation did.
                let cuts = history[then + 1..].iter().map(|later| later.len());
                cuts.chain([usize::MAX]).any(|cut| {
                    (start..end).all(|at| {
                        let seen = history[then].get(at).filter(|_| at < cut);
                        contents[at] == seen.copied().unwrap_or(0)
                    })
                })
            });
            if !is_seen {
                return Err(format!("{file:?} never had what it holds at {start}"));
            }
        }
        Ok(())
    }

    /// Why a state cannot be what a crash leaves on a disk that keeps the order; nothing if it can. The names and the sizes
    /// must be those of one time, not before the last time that something with changes was synced.
    pub fn check_ordered(&self, after: &Snapshot) -> Result<(), String> {
        self.check(after)?;
        let is_of = |then: &Snapshot| {
            let same_names = after.nodes.len() == then.nodes.len()
                && after
                    .directories()
                    .all(|(directory, entries)| then.entries(directory) == Some(entries));
            let is_as_large = |file: &Identity| match (after.file(*file), then.file(*file)) {
                (Some(after), Some(then)) => after.len() == then.len(),
                (None, None) => true,
                _ => false,
            };
            same_names && after.nodes.keys().all(is_as_large)
        };
        if !self.seen.iter().any(is_of) {
            return Err("the names and sizes are not those of one time".into());
        }
        // What was only ever appended to is complete.
        for identity in after.nodes.keys() {
            let Some(contents) = after.file(*identity) else {
                continue;
            };
            let history: Vec<_> = self
                .seen
                .iter()
                .filter_map(|seen| seen.file(*identity))
                .collect();
            let appended = history.windows(2).all(|pair| pair[1].starts_with(pair[0]));
            if appended && !history.contains(&contents) {
                return Err(format!("{identity:?} lacks what was appended"));
            }
        }
        Ok(())
    }
}
