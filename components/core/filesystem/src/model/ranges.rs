//! Sets of whole numbers that are stored as ranges.

use alloc::collections::BTreeMap;

/// A set of numbers. Its cost depends on the number of ranges in it, not on their lengths.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ranges {
    /// For the first number of each range, the number after its last. Ranges neither touch nor overlap.
    ends: BTreeMap<u64, u64>,
}

impl Ranges {
    /// The range that holds `number`.
    fn around(&self, number: u64) -> Option<(u64, u64)> {
        let (&start, &end) = self.ends.range(..=number).next_back()?;
        (number < end).then_some((start, end))
    }

    pub(crate) fn contains(&self, number: u64) -> bool {
        self.around(number).is_some()
    }

    /// Adds the numbers from `start` up to `end`, without `end`.
    pub(crate) fn insert(&mut self, mut start: u64, mut end: u64) {
        if start >= end {
            return;
        }
        // Of the ranges that begin before `start`, only the last can reach this far.
        if let Some((&before, &reaches)) = self.ends.range(..start).next_back()
            && reaches >= start
        {
            start = before;
            end = end.max(reaches);
        }
        while let Some((&next, &reaches)) = self.ends.range(start..=end).next() {
            self.ends.remove(&next);
            end = end.max(reaches);
        }
        self.ends.insert(start, end);
    }

    /// The number of ranges.
    pub(crate) fn count(&self) -> u64 {
        self.ends.len() as u64
    }

    /// Whether the numbers from `start` up to `end` would become part of a range that exists.
    pub(crate) fn meets(&self, start: u64, end: u64) -> bool {
        let last = self.ends.range(..=end).next_back();
        last.is_some_and(|(_, &reaches)| reaches >= start)
    }

    /// Removes the numbers from `end` on.
    pub(crate) fn truncate(&mut self, end: u64) {
        drop(self.ends.split_off(&end));
        if let Some(mut last) = self.ends.last_entry() {
            let reaches = last.get_mut();
            *reaches = end.min(*reaches);
        }
    }

    /// The first number from `from` on that is not in the set.
    pub(crate) fn next_gap(&self, from: u64) -> u64 {
        self.around(from).map_or(from, |(_, end)| end)
    }

    /// The last number up to `to` that is not in the set.
    pub(crate) fn last_gap(&self, to: u64) -> Option<u64> {
        match self.around(to) {
            Some((start, _)) => start.checked_sub(1),
            None => Some(to),
        }
    }

    /// The ranges in their order: the first number of each, and the number after its last.
    #[cfg(feature = "crash")]
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        self.ends.iter().map(|(&start, &end)| (start, end))
    }
}

#[cfg(test)]
mod tests {
    use alloc::{collections::BTreeSet, vec::Vec};

    use proptest::{collection::vec, option::weighted, prelude::*};

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn does_what_a_set_does(ranges in vec((0..60u64, 0..12u64, weighted(0.25, 0..60u64)), 0..20)) {
            let mut found = Ranges::default();
            let mut model = BTreeSet::new();
            for (start, length, cut) in ranges {
                let (before, meets) = (found.count(), found.meets(start, start + length));
                found.insert(start, start + length);
                prop_assert!(length == 0 || meets == (found.count() <= before));
                model.extend(start..start + length);
                if let Some(cut) = cut {
                    found.truncate(cut);
                    model.retain(|number| *number < cut);
                }
                for number in 0..80 {
                    prop_assert_eq!(found.contains(number), model.contains(&number));
                    let next = (number..).find(|at| !model.contains(at));
                    prop_assert_eq!(Some(found.next_gap(number)), next);
                    let last = (0..=number).rev().find(|at| !model.contains(at));
                    prop_assert_eq!(found.last_gap(number), last);
                }
                let ends: Vec<_> = found.ends.iter().collect();
                prop_assert!(ends.windows(2).all(|pair| pair[0].1 < pair[1].0));
            }
        }
    }
}
