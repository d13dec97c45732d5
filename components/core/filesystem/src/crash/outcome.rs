//! Choosing what a loss of power leaves.

use alloc::{collections::BTreeMap, vec::Vec};

use super::{
    choice::Choices,
    disk::Disk,
    history::{Candidate, History, Versions},
    journal::Journal,
};
use crate::{
    FileSystem, Limits,
    image::view::{Times, View},
    model::{contents::Contents, ids::NodeId, node::Kind, quota::Quota},
};

/// Which of the operations are kept.
enum Kept {
    /// Those up to a number.
    Until(u64),
    /// Each with this chance in 256.
    Each(u64),
    /// All but this one, and those that need it.
    AllBut(u64),
}

/// What is kept of files.
#[derive(Clone, Copy)]
enum OfFiles {
    /// Of each, all or nothing.
    Whole(u64),
    /// The sizes, but no bytes; or the bytes, but no sizes.
    Half { sizes: bool },
    /// Any point and any block.
    Any,
}

/// What a loss of power leaves of `files`, chosen by a seed.
pub(super) fn outcome(files: &FileSystem, journal: &Journal, disk: Disk, seed: u64) -> View {
    let mut choices = Choices::new(seed);
    // The extremes are much more likely than by chance alone, because most mistakes show there.
    let (first, last) = (journal.floor(), journal.last());
    let until = match choices.below(4) {
        0 => first,
        1 => last,
        _ => first + choices.below(last - first + 1),
    };
    let kept = match choices.below(8) {
        _ if disk.ordered => Kept::Until(until),
        0..4 => Kept::Until(until),
        4 => Kept::Each(32),
        5 => Kept::Each(128),
        6 => Kept::Each(224),
        _ => Kept::AllBut(until),
    };
    let of_files = match choices.below(8) {
        0 => OfFiles::Whole(0),
        1 => OfFiles::Whole(256),
        2 => OfFiles::Whole(128),
        3 => OfFiles::Half { sizes: true },
        4 => OfFiles::Half { sizes: false },
        _ => OfFiles::Any,
    };
    let mut view = View::default();
    names(files, journal, &kept, &mut choices, &mut view);
    for (&id, history) in journal.histories() {
        let Kind::File(now) = &files.nodes[id].kind else {
            continue;
        };
        let whole = match of_files {
            OfFiles::Whole(chance) => Some(choices.chance(chance)),
            _ => None,
        };
        let point = match (disk.ordered, of_files, whole) {
            (true, ..) => history.point_at(until),
            (false, OfFiles::Half { sizes }, _) => usize::from(sizes) * history.last_point(),
            (false, _, Some(whole)) => usize::from(whole) * history.last_point(),
            (false, ..) => match choices.below(3) {
                0 => history.last_point(),
                _ => choices.place(history.last_point() + 1),
            },
        };
        let mut pick = |count: usize| match (of_files, whole) {
            (OfFiles::Half { sizes: true }, _) | (_, Some(false)) => 0,
            (OfFiles::Half { sizes: false }, _) | (_, Some(true)) => count - 1,
            _ => match choices.below(4) {
                0 => 0,
                1 => count - 1,
                _ => choices.place(count),
            },
        };
        let (size, times) = history.attributes(point);
        let contents = contents(now, history, point, disk, &mut pick);
        view.times.insert(id, times);
        view.contents.insert(id, resized(contents, size));
    }
    view
}

/// Chooses the operations, and changes the view's entries and times by them.
fn names(
    files: &FileSystem,
    journal: &Journal,
    kept: &Kept,
    choices: &mut Choices,
    view: &mut View,
) {
    let operations = journal.operations();
    let mut times: BTreeMap<NodeId, (u64, Times)> = BTreeMap::new();
    for operation in operations.values().rev() {
        for entry in &operation.entries {
            let entries = view.entries.entry(entry.directory).or_insert_with(|| {
                let directory = files.nodes[entry.directory].directory();
                let entries = directory.into_iter().flat_map(|directory| directory.iter());
                entries.map(|(name, id)| (name.into(), id)).collect()
            });
            match entry.before {
                Some(id) => entries.insert(entry.name.clone(), id),
                None => entries.remove(&entry.name),
            };
        }
        for change in &operation.times {
            times.insert(change.node, (0, change.before));
        }
    }
    for (id, written) in journal.written_times() {
        times.insert(*id, *written);
    }
    // In their order, so that what an operation needs was decided before it.
    let mut chosen: Vec<u64> = Vec::new();
    for (&at, operation) in operations {
        let is_wanted = match kept {
            Kept::Until(last) => at <= *last,
            Kept::Each(chance) => choices.chance(*chance),
            Kept::AllBut(one) => at != *one,
        };
        let mut needs = operation.needs.iter();
        if !is_wanted
            || needs
                .any(|need| operations.contains_key(need) && chosen.binary_search(need).is_err())
        {
            continue;
        }
        chosen.push(at);
        for entry in &operation.entries {
            if let Some(entries) = view.entries.get_mut(&entry.directory) {
                match entry.after {
                    Some(id) => entries.insert(entry.name.clone(), id),
                    None => entries.remove(&entry.name),
                };
            }
        }
        for change in &operation.times {
            if times.get(&change.node).is_none_or(|(known, _)| *known < at) {
                times.insert(change.node, (at, change.after));
            }
        }
    }
    view.times
        .extend(times.into_iter().map(|(id, (_, times))| (id, times)));
}

/// What a file holds at a point of its history, where `pick` chooses among the candidates of each block by their number.
fn contents(
    now: &Contents,
    history: &History,
    point: usize,
    disk: Disk,
    pick: &mut impl FnMut(usize) -> usize,
) -> Contents {
    let mut contents = now.clone();
    let mut quota = unlimited(now);
    let (size, _) = history.attributes(point);
    let length = disk.block.bytes();
    for (number, versions) in history.blocks() {
        let start = number * length;
        // A block that is not in the file is chosen too, so that a choice does not depend on the size.
        let candidate = choose(
            history,
            versions,
            (start, start + length),
            point,
            disk,
            pick,
        );
        let end = size.min(start.saturating_add(length));
        let Candidate::Earlier(bytes) = candidate else {
            continue;
        };
        if start >= end {
            continue;
        }
        // The block ends at most `length` bytes after its start.
        let stored = &bytes[..bytes.len().min((end - start) as usize)];
        let zeroes = start + stored.len() as u64;
        // Without a limit this fails only if memory is exhausted. The block then is as it is now, which is permitted.
        let _ = contents.write(start, stored, &mut quota);
        let _ = contents.write_zeroes(zeroes, end - zeroes, &mut quota);
    }
    contents
}

fn choose<'a>(
    history: &History,
    versions: &'a Versions,
    bounds: (u64, u64),
    point: usize,
    disk: Disk,
    pick: &mut impl FnMut(usize) -> usize,
) -> Candidate<'a> {
    let candidates = history.candidates(versions, bounds, point, disk.ordered);
    let picked = candidates.get(pick(candidates.len().max(1)));
    picked.copied().unwrap_or(Candidate::Now)
}

fn resized(mut contents: Contents, size: u64) -> Contents {
    let mut quota = unlimited(&contents);
    contents.set_size(size, &mut quota);
    contents
}

/// A quota without limits that counts what the contents have.
fn unlimited(contents: &Contents) -> Quota {
    let mut quota = Quota::new(Limits {
        max_bytes: u64::MAX,
        max_entries: u64::MAX,
    });
    // Nothing is too much.
    let _ = quota.take_bytes(contents.stored());
    quota
}
