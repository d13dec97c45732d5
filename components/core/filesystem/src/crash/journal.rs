//! Everything that the disk may not have.

use alloc::{
    boxed::Box,
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use super::{history::History, operation::Operation};
use crate::{
    FileSystem,
    image::view::Times,
    model::{ids::NodeId, node::Kind},
};

/// How many bytes of memory the journal may take. Beyond that, everything counts as written, as a system writes what has
/// waited for long.
const MAX_COST: usize = 64 << 20;

/// The changes that the disk may not have. Nodes that it refers to are kept from ending by counting as open.
#[derive(Debug, Default)]
pub(super) struct Journal {
    /// The number of the last change.
    last: u64,
    /// On an ordered disk, the last change that is certainly on it.
    floor: u64,
    /// The operations on names, by their numbers.
    operations: BTreeMap<u64, Operation>,
    /// The histories of files.
    histories: BTreeMap<NodeId, History>,
    /// About how many bytes of memory this takes.
    cost: usize,
    /// The last operation on each entry.
    of_entry: BTreeMap<(NodeId, Box<str>), u64>,
    /// The operations that changed an entry or the times of a node.
    of_node: BTreeMap<NodeId, BTreeSet<u64>>,
    /// The operation that gave a directory its name.
    of_name: BTreeMap<NodeId, u64>,
    /// The last move of a directory.
    last_move: u64,
    /// Times that are on the disk although earlier operations on the node may not be, and the operation they are of.
    written_times: BTreeMap<NodeId, (u64, Times)>,
}

/// Keeps a node from ending.
pub(super) fn hold(files: &mut FileSystem, id: NodeId) {
    files.nodes[id].descriptors += 1;
}

/// Undoes [`hold`].
pub(super) fn release(files: &mut FileSystem, id: NodeId) {
    files.nodes[id].descriptors -= 1;
    files.remove_if_unused(id);
}

impl Journal {
    /// The number of the last change.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// On an ordered disk, the last change that is certainly on it.
    pub(super) fn floor(&self) -> u64 {
        self.floor
    }

    /// The operations in their order.
    pub(super) fn operations(&self) -> &BTreeMap<u64, Operation> {
        &self.operations
    }

    /// The histories of files.
    pub(super) fn histories(&self) -> &BTreeMap<NodeId, History> {
        &self.histories
    }

    /// Times of a node that are on the disk, and the operation they are of.
    pub(super) fn written_times(&self) -> &BTreeMap<NodeId, (u64, Times)> {
        &self.written_times
    }

    /// Whether it takes too much memory.
    pub(super) fn is_full(&self) -> bool {
        self.cost > MAX_COST
    }

    /// Whether a node that has no name any more is held.
    pub(super) fn holds_unnamed(&self, files: &FileSystem) -> bool {
        let operations = self.operations.values().flat_map(Operation::nodes);
        let mut nodes = operations.chain(self.histories.keys().copied());
        nodes.any(|id| files.nodes[id].names == 0)
    }

    /// Records an operation, after it was done.
    pub(super) fn record(&mut self, files: &mut FileSystem, mut operation: Operation) {
        self.last += 1;
        let at = self.last;
        self.find_needs(files, &mut operation);
        for entry in &operation.entries {
            self.of_entry
                .insert((entry.directory, entry.name.clone()), at);
            if let Some(id) = entry.after.filter(|id| files.nodes[*id].is_directory()) {
                self.of_name.insert(id, at);
            }
            self.of_node.entry(entry.directory).or_default().insert(at);
        }
        for change in &operation.times {
            self.of_node.entry(change.node).or_default().insert(at);
        }
        self.cost = self.cost.saturating_add(operation.cost);
        operation.nodes().for_each(|id| hold(files, id));
        self.operations.insert(at, operation);
    }

    fn find_needs(&mut self, files: &FileSystem, operation: &mut Operation) {
        let mut needs = BTreeSet::new();
        for entry in &operation.entries {
            let key = (entry.directory, entry.name.clone());
            needs.extend(self.of_entry.get(&key));
            // What was in a directory that is removed must have left it.
            if let Some(removed) = entry.before.filter(|id| files.nodes[*id].names == 0) {
                needs.extend(self.of_node.get(&removed).into_iter().flatten());
            }
            let moved = entry.after.filter(|id| {
                let mut others = operation.entries.iter();
                others.any(|other| other.before == Some(*id))
            });
            let Some(moved) = moved else {
                continue;
            };
            if files.nodes[moved].is_directory() {
                needs.insert(self.last_move);
                self.last_move = self.last;
            }
            let mut around = entry.directory;
            loop {
                needs.extend(self.of_name.get(&around));
                match files.nodes[around].directory() {
                    Ok(directory) if directory.parent() != around => around = directory.parent(),
                    _ => break,
                }
            }
        }
        needs.retain(|need| self.operations.contains_key(need));
        operation.needs = needs.into_iter().collect();
    }

    /// Records a change of a file whose size and times were `base`, with what the changed blocks held before.
    pub(super) fn record_file(
        &mut self,
        files: &mut FileSystem,
        id: NodeId,
        base: (u64, Times),
        before: Vec<(u64, Box<[u8]>)>,
        ordered: bool,
    ) {
        self.last += 1;
        let Kind::File(contents) = &files.nodes[id].kind else {
            return;
        };
        let after = (contents.size(), Times::of(&files.nodes[id]));
        let history = self.histories.entry(id).or_insert_with(|| {
            files.nodes[id].descriptors += 1;
            History::new(base.0, base.1)
        });
        let cost = history.cost();
        history.record(self.last, before, after, ordered);
        self.cost = self.cost.saturating_add(history.cost() - cost);
    }

    /// Forgets the history of a file, if it has one.
    fn forget_history(&mut self, files: &mut FileSystem, id: NodeId) {
        if let Some(history) = self.histories.remove(&id) {
            self.cost = self.cost.saturating_sub(history.cost());
            release(files, id);
        }
    }

    /// The operations that concern a node: in it, or on a name of it.
    fn concerning(&self, id: NodeId) -> impl Iterator<Item = u64> {
        let operations = self.operations.iter();
        let concerning =
            operations.filter(move |(_, operation)| operation.nodes().any(|of| of == id));
        concerning.map(|(&at, _)| at)
    }

    /// The contents of a file are on the disk, with or without its times, or the operations on a directory's entries.
    pub(super) fn sync(&mut self, files: &mut FileSystem, id: NodeId, times: bool, ordered: bool) {
        let last_change = self.histories.get(&id).map_or(0, History::last_change);
        if times || !matches!(files.nodes[id].kind, Kind::File(_)) {
            self.forget_history(files, id);
        } else if let Some(history) = self.histories.get_mut(&id) {
            self.cost = self.cost.saturating_sub(history.cost());
            history.synced_data();
        }
        if ordered {
            let last = self.concerning(id).last().unwrap_or(0).max(last_change);
            self.floor = self.floor.max(last);
            let written = self.operations.range(..=last);
            let written = written.map(|(&at, _)| at).collect();
            self.commit(files, written);
        } else {
            let written = self.of_node.get(&id).into_iter().flatten();
            let written = written.copied().collect();
            self.commit(files, written);
        }
    }

    /// These operations are on the disk, and those that they need.
    fn commit(&mut self, files: &mut FileSystem, mut left: Vec<u64>) {
        let mut released = Vec::new();
        while let Some(at) = left.pop() {
            let Some(operation) = self.operations.remove(&at) else {
                continue;
            };
            left.extend(&operation.needs);
            self.cost = self.cost.saturating_sub(operation.cost);
            for change in &operation.times {
                let written = self.written_times.entry(change.node);
                let written = written.or_insert((at, change.after));
                if written.0 <= at {
                    *written = (at, change.after);
                }
            }
            for entry in &operation.entries {
                let key = (entry.directory, entry.name.clone());
                if self.of_entry.get(&key) == Some(&at) {
                    self.of_entry.remove(&key);
                }
                if let Some(id) = entry.after
                    && self.of_name.get(&id) == Some(&at)
                {
                    self.of_name.remove(&id);
                }
            }
            for id in operation.nodes() {
                if let Some(operations) = self.of_node.get_mut(&id) {
                    operations.remove(&at);
                    if operations.is_empty() {
                        self.of_node.remove(&id);
                    }
                }
                released.push(id);
            }
        }
        self.written_times
            .retain(|id, _| self.of_node.contains_key(id));
        self.forget_unnamed(files, &released);
        for id in released {
            release(files, id);
        }
    }

    /// Forgets the histories of files that have no name, neither now nor on the disk.
    fn forget_unnamed(&mut self, files: &mut FileSystem, candidates: &[NodeId]) {
        for id in candidates.iter().collect::<BTreeSet<_>>() {
            if self.histories.contains_key(id)
                && files.nodes[*id].names == 0
                && self.concerning(*id).next().is_none()
            {
                self.forget_history(files, *id);
            }
        }
    }

    /// Everything is on the disk.
    pub(super) fn write_all(&mut self, files: &mut FileSystem) {
        let Self {
            last,
            operations,
            histories,
            ..
        } = core::mem::take(self);
        (self.last, self.floor) = (last, last);
        for id in operations.values().flat_map(Operation::nodes) {
            release(files, id);
        }
        for &id in histories.keys() {
            release(files, id);
        }
    }
}
