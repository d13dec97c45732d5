//! The history of a file since it was last synced.

use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};

use crate::image::view::Times;

/// How many versions of a block are remembered on a disk that is not in order, besides what it holds now. The versions
/// that come after them are forgotten, so the crash cannot choose them.
const MAX_VERSIONS: usize = 4;

/// The changes of a file since it was last synced.
#[derive(Debug)]
pub(super) struct History {
    /// The size and the times when it was synced.
    base: (u64, Times),
    /// The changes in their order.
    events: Vec<Event>,
    /// The earlier contents of blocks that have changed, by the number of the block.
    blocks: BTreeMap<u64, Versions>,
    /// About how many bytes of memory this takes.
    cost: usize,
}

/// A change of a file.
#[derive(Clone, Copy, Debug)]
struct Event {
    /// When it was, among all changes of the filesystem.
    at: u64,
    /// The size after it.
    size: u64,
    /// The times after it.
    times: Times,
}

/// The contents that a block has had.
#[derive(Debug)]
pub(super) struct Versions {
    /// What it held when the file was synced, and then later contents, in order.
    earlier: Vec<Version>,
    /// When it got what it holds now.
    now_since: u64,
}

/// What a block held from some change on.
#[derive(Debug)]
struct Version {
    /// The change; 0 for the contents when the file was synced.
    since: u64,
    /// The contents without the zeroes at the end.
    bytes: Box<[u8]>,
}

/// Contents that a block may have after a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Candidate<'a> {
    /// What it holds now.
    Now,
    /// These bytes, and zeroes after them.
    Earlier(&'a [u8]),
}

impl History {
    /// The history of a file that was not changed yet.
    pub(super) fn new(size: u64, times: Times) -> Self {
        Self {
            base: (size, times),
            events: Vec::new(),
            blocks: BTreeMap::new(),
            cost: 0,
        }
    }

    /// About how many bytes of memory this takes.
    pub(super) fn cost(&self) -> usize {
        self.cost
    }

    /// Records a change, with what the changed blocks held before.
    pub(super) fn record(
        &mut self,
        at: u64,
        before: Vec<(u64, Box<[u8]>)>,
        (size, times): (u64, Times),
        keep_all: bool,
    ) {
        self.cost += size_of::<Event>();
        for (number, bytes) in before {
            let versions = self.blocks.entry(number).or_insert(Versions {
                earlier: Vec::new(),
                now_since: 0,
            });
            if keep_all || versions.earlier.len() < MAX_VERSIONS {
                // The size of a version, and about that of its place.
                self.cost += bytes.len() + 2 * size_of::<Version>();
                versions.earlier.push(Version {
                    since: versions.now_since,
                    bytes,
                });
            }
            versions.now_since = at;
        }
        self.events.push(Event { at, size, times });
    }

    /// Records that the contents and the size are on the disk, but perhaps not the times.
    pub(super) fn synced_data(&mut self) {
        self.blocks.clear();
        self.cost = 0;
        let last = self.events.pop();
        self.events.clear();
        if let Some(last) = last {
            self.base.0 = last.size;
            self.events.push(last);
        }
    }

    /// The points of the history: 0 for when it was synced, and one after each change.
    pub(super) fn last_point(&self) -> usize {
        self.events.len()
    }

    /// The last point that was not after `at`.
    pub(super) fn point_at(&self, at: u64) -> usize {
        self.events.partition_point(|event| event.at <= at)
    }

    /// When the last change was.
    pub(super) fn last_change(&self) -> u64 {
        self.events.last().map_or(0, |event| event.at)
    }

    /// The size and the times at a point.
    pub(super) fn attributes(&self, point: usize) -> (u64, Times) {
        match self.before(point) {
            Some(event) => (event.size, event.times),
            None => self.base,
        }
    }

    fn before(&self, point: usize) -> Option<&Event> {
        self.events.get(point.checked_sub(1)?)
    }

    /// The blocks that have changed.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (u64, &Versions)> {
        self.blocks
            .iter()
            .map(|(&number, versions)| (number, versions))
    }

    /// What a block from offset `start` to `end` may hold if the size is that of a point, the oldest first. On an ordered
    /// disk, a block that the size has grown over is as new as the size.
    pub(super) fn candidates<'a>(
        &self,
        versions: &'a Versions,
        (start, end): (u64, u64),
        point: usize,
        ordered: bool,
    ) -> Vec<Candidate<'a>> {
        let at = self.before(point).map_or(0, |event| event.at);
        let mut freed = 0;
        let mut next_freed = u64::MAX;
        // The smallest size up to the point: what lies beyond it was allocated since.
        let mut least = self.base.0;
        for (event, cut) in self.cuts() {
            if event.at <= at {
                least = least.min(cut);
                if cut < end {
                    freed = event.at;
                }
            } else if cut < end {
                next_freed = next_freed.min(event.at);
            }
        }
        let was_hole = versions
            .earlier
            .first()
            .is_some_and(|first| first.bytes.is_empty());
        let from = if ordered && (end > least || was_hole) {
            at
        } else {
            freed
        };
        let mut candidates = Vec::new();
        let mut in_force = None;
        for (since, bytes) in versions.all() {
            if since <= from {
                in_force = Some((since, bytes));
            } else if since < next_freed {
                candidates.push(bytes.map_or(Candidate::Now, Candidate::Earlier));
            }
        }
        if let Some((since, bytes)) = in_force {
            let cuts = self.cuts();
            let later = cuts.filter(|(event, _)| since < event.at && event.at <= at);
            let kept = later.map(|(_, cut)| cut).min();
            let oldest = match (bytes, kept) {
                (None, _) => Candidate::Now,
                (Some(bytes), None) => Candidate::Earlier(bytes),
                (Some(bytes), Some(cut)) => {
                    let kept = usize::try_from(cut.saturating_sub(start)).unwrap_or(usize::MAX);
                    Candidate::Earlier(&bytes[..kept.min(bytes.len())])
                }
            };
            candidates.insert(0, oldest);
        }
        candidates
    }

    /// The changes that made the file smaller, with the size after them.
    fn cuts(&self) -> impl Iterator<Item = (&Event, u64)> {
        let mut before = self.base.0;
        self.events.iter().filter_map(move |event| {
            let is_cut = event.size < before;
            before = event.size;
            is_cut.then_some((event, event.size))
        })
    }
}

impl Versions {
    /// All contents that the block has had, in order, and since when; `None` for what it holds now.
    fn all(&self) -> impl Iterator<Item = (u64, Option<&[u8]>)> {
        let earlier = self.earlier.iter();
        earlier
            .map(|version| (version.since, Some(&*version.bytes)))
            .chain([(self.now_since, None)])
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::testing::at as time;

    fn times(seconds: u64) -> Times {
        Times {
            accessed: time(0),
            modified: time(seconds),
            changed: time(seconds),
        }
    }

    fn history(events: &[(u64, &str, u64)]) -> History {
        let mut history = History::new(100, times(0));
        for &(at, before, size) in events {
            let before = match before {
                "" => vec![],
                before => vec![(0, before.as_bytes().into())],
            };
            history.record(at, before, (size, times(at)), false);
        }
        history
    }

    fn candidates(history: &History, point: usize, ordered: bool) -> Vec<Candidate<'_>> {
        let (_, versions) = history.blocks().next().unwrap();
        history.candidates(versions, (0, 512), point, ordered)
    }

    #[test]
    fn an_overwritten_block_is_as_it_was_at_any_time() {
        let history = history(&[(1, "old", 100), (2, "middle", 100)]);
        let all = [
            Candidate::Earlier(b"old"),
            Candidate::Earlier(b"middle"),
            Candidate::Now,
        ];
        for point in 0..=2 {
            assert_eq!(candidates(&history, point, false), all);
        }
    }

    #[test]
    fn an_emptied_file_never_shows_what_it_held() {
        // "old" is cut off, and new contents are written.
        let history = history(&[(1, "old", 0), (2, "", 3)]);
        assert_eq!(candidates(&history, 0, false), [Candidate::Earlier(b"old")]);
        assert_eq!(candidates(&history, 1, false), [Candidate::Now]);
        let rewritten = {
            let mut history = History::new(100, times(0));
            history.record(1, vec![(0, (*b"old").into())], (0, times(1)), false);
            history.record(2, vec![(0, [].into())], (3, times(2)), false);
            history
        };
        assert_eq!(
            candidates(&rewritten, 0, false),
            [Candidate::Earlier(b"old")]
        );
        for point in 1..=2 {
            assert_eq!(
                candidates(&rewritten, point, false),
                [Candidate::Earlier(b""), Candidate::Now]
            );
        }
        // In order, the size 3 shows what was written.
        assert_eq!(candidates(&rewritten, 2, true), [Candidate::Now]);
    }

    #[test]
    fn a_cut_inside_a_block_cuts_what_it_held_before() {
        let history = history(&[(1, "abcdef", 100), (2, "ABCDEF", 4), (3, "ABCD", 4)]);
        assert_eq!(
            candidates(&history, 3, false),
            [Candidate::Earlier(b"ABCD"), Candidate::Now]
        );
    }

    #[test]
    fn synced_data_keeps_the_size_and_perhaps_not_the_times() {
        let mut history = history(&[(1, "old", 200), (2, "older", 150)]);
        history.synced_data();
        assert_eq!(history.last_point(), 1);
        assert_eq!(history.attributes(0), (150, times(0)));
        assert_eq!(history.attributes(1), (150, times(2)));
        assert_eq!(history.blocks().count(), 0);
    }

    #[test]
    fn few_versions_are_kept() {
        let events: Vec<(u64, &str, u64)> = (1..100).map(|at| (at, "x", 100)).collect();
        let history = history(&events);
        assert_eq!(candidates(&history, 99, false).len(), MAX_VERSIONS + 1);
    }
}
