//! Operations on names.

use alloc::{boxed::Box, vec::Vec};

use crate::{
    FileSystem,
    image::view::Times,
    model::{ids::NodeId, node::Kind},
};

/// An operation on names that is not on the disk yet.
#[derive(Debug)]
pub(super) struct Operation {
    /// The entries that it changed.
    pub(super) entries: Vec<EntryChange>,
    /// The times that it changed.
    pub(super) times: Vec<TimesChange>,
    /// The operations without which the disk cannot have it.
    pub(super) needs: Vec<u64>,
    /// About how many bytes of memory it takes, with the files that it removed.
    pub(super) cost: usize,
}

/// A changed entry.
#[derive(Debug)]
pub(super) struct EntryChange {
    pub(super) directory: NodeId,
    pub(super) name: Box<str>,
    pub(super) before: Option<NodeId>,
    pub(super) after: Option<NodeId>,
}

/// Changed times of a node that is no file.
#[derive(Debug)]
pub(super) struct TimesChange {
    pub(super) node: NodeId,
    pub(super) before: Times,
    pub(super) after: Times,
}

impl Operation {
    /// Every node that it refers to, some of them more than once.
    pub(super) fn nodes(&self) -> impl Iterator<Item = NodeId> {
        let entries = self.entries.iter();
        let entries = entries.flat_map(|entry| {
            [Some(entry.directory), entry.before, entry.after]
                .into_iter()
                .flatten()
        });
        entries.chain(self.times.iter().map(|change| change.node))
    }
}

/// Entries and times before an operation.
pub(super) struct Before {
    entries: Vec<EntryChange>,
    times: Vec<(NodeId, Times)>,
}

impl Before {
    /// The entries of these names, and the times of their directories and of `others`.
    pub(super) fn of(
        files: &FileSystem,
        places: Vec<(NodeId, Box<str>)>,
        others: impl IntoIterator<Item = NodeId>,
    ) -> Self {
        let mut nodes: Vec<NodeId> = places.iter().map(|(directory, _)| *directory).collect();
        nodes.extend(others);
        nodes.sort_unstable();
        nodes.dedup();
        let entries = places.into_iter().map(|(directory, name)| {
            let before = entry(files, directory, &name);
            EntryChange {
                directory,
                name,
                before,
                after: before,
            }
        });
        Self {
            entries: entries.collect(),
            times: (nodes.into_iter())
                .map(|id| (id, Times::of(&files.nodes[id])))
                .collect(),
        }
    }

    /// Every node that it refers to, some of them more than once.
    pub(super) fn nodes(&self) -> Vec<NodeId> {
        let entries = self.entries.iter().filter_map(|entry| entry.before);
        entries
            .chain(self.times.iter().map(|(id, _)| *id))
            .collect()
    }

    /// What is different now; `None` if nothing is. Nothing is needed yet.
    pub(super) fn compare(self, files: &FileSystem) -> Option<Operation> {
        let entries = self.entries.into_iter().map(|change| EntryChange {
            after: entry(files, change.directory, &change.name),
            ..change
        });
        let entries: Vec<_> = entries
            .filter(|change| change.before != change.after)
            .collect();
        let times = self.times.into_iter().map(|(node, before)| TimesChange {
            node,
            before,
            after: Times::of(&files.nodes[node]),
        });
        let times: Vec<_> = times
            .filter(|change| change.before != change.after)
            .collect();
        let is_something = !entries.is_empty() || !times.is_empty();
        let cost = size_of::<Operation>()
            + entries
                .iter()
                .map(|entry| cost(files, entry))
                .sum::<usize>();
        is_something.then_some(Operation {
            entries,
            times,
            needs: Vec::new(),
            cost,
        })
    }
}

fn entry(files: &FileSystem, directory: NodeId, name: &str) -> Option<NodeId> {
    files.nodes[directory].directory().ok()?.get(name)
}

/// About how many bytes of memory a changed entry takes, with the file that it removed.
fn cost(files: &FileSystem, change: &EntryChange) -> usize {
    let removed = change.before.map(|id| &files.nodes[id]);
    let removed = removed.filter(|node| node.names == 0);
    let bytes = match removed.map(|node| &node.kind) {
        Some(Kind::File(contents)) => usize::try_from(contents.stored()).unwrap_or(usize::MAX / 2),
        _ => 0,
    };
    // The name is in the operation and in an index.
    bytes.saturating_add(2 * (size_of::<EntryChange>() + change.name.len()))
}
