//! Finds a small set of faults with which a run still fails.
//!
//! Nothing here runs anything: the caller says whether a candidate fails.

/// Delta debugging (ddmin of Zeller and Hildebrandt, 2002): finds a part of `items` for which `fails` still holds, and from
/// which no single item can be left out. The order stays. `fails` is taken to hold for all of them.
///
/// `fails` returns `None` when no more candidates are to be tried; the smallest so far is the result then.
pub fn minimal<T: Clone>(items: &[T], mut fails: impl FnMut(&[T]) -> Option<bool>) -> Vec<T> {
    let mut kept = items.to_vec();
    // Most failures need none of them, or one.
    match fails(&[]) {
        Some(true) => return Vec::new(),
        Some(false) => {}
        None => return kept,
    }
    let mut parts = 2;
    while kept.len() >= 2 {
        let size = kept.len().div_ceil(parts);
        let mut smaller = None;
        // A part alone, then everything without a part; with two parts these are the same.
        let alone = kept.chunks(size).map(<[T]>::to_vec);
        let without = (0..kept.len()).step_by(size).map(|start| {
            let end = (start + size).min(kept.len());
            [&kept[..start], &kept[end..]].concat()
        });
        let without = without.filter(|_| parts > 2);
        for (candidate, is_part) in alone
            .map(|part| (part, true))
            .chain(without.map(|rest| (rest, false)))
        {
            match fails(&candidate) {
                Some(true) => {
                    smaller = Some((candidate, is_part));
                    break;
                }
                Some(false) => {}
                None => return kept,
            }
        }
        match smaller {
            Some((candidate, is_part)) => {
                kept = candidate;
                parts = if is_part { 2 } else { (parts - 1).max(2) };
            }
            None if parts >= kept.len() => break,
            None => parts = (2 * parts).min(kept.len()),
        }
    }
    kept
}

/// Finds a number between `goal` and `number` that is as near to `goal` as can be found by halving, and for which `fails`
/// still holds. `fails` is taken to hold for `number`. Returns `None` in place of an answer as [`minimal`] takes it.
pub fn nearest(number: u64, goal: u64, mut fails: impl FnMut(u64) -> Option<bool>) -> u64 {
    if number == goal {
        return number;
    }
    match fails(goal) {
        Some(true) => return goal,
        Some(false) => {}
        None => return number,
    }
    // `bad` fails and `good` does not.
    let (mut bad, mut good) = (number, goal);
    while bad.abs_diff(good) > 1 {
        let middle = bad.min(good) + bad.abs_diff(good) / 2;
        match fails(middle) {
            Some(true) => bad = middle,
            Some(false) => good = middle,
            None => break,
        }
    }
    bad
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_thousand_items_are_few_candidates() {
        let items: Vec<u32> = (0..1000).collect();
        let mut tried = 0;
        let found = minimal(&items, |part| {
            tried += 1;
            Some([17, 404, 911].iter().all(|item| part.contains(item)))
        });
        assert_eq!(found, [17, 404, 911]);
        assert!(tried < 300, "{tried}");
    }

    #[test]
    fn what_cannot_be_tried_stays() {
        let items: Vec<u32> = (0..10).collect();
        assert_eq!(minimal(&items, |_| None), items);
        assert_eq!(nearest(9, 0, |_| None), 9);
    }

    proptest! {
        #[test]
        fn no_item_can_be_left_out(
            length in 0_usize..60,
            needed in proptest::collection::btree_set(0_usize..60, 0..5),
            others in proptest::collection::btree_set(0_usize..60, 0..5),
        ) {
            // Two sets of which either is enough, so failures are not monotone in one set alone.
            let needed: BTreeSet<usize> = needed.into_iter().filter(|item| *item < length).collect();
            let others: BTreeSet<usize> = others.into_iter().filter(|item| *item < length).collect();
            let fails = |part: &[usize]| {
                let has = |set: &BTreeSet<usize>| set.iter().all(|item| part.contains(item));
                has(&needed) || has(&others)
            };
            let items: Vec<usize> = (0..length).collect();
            let found = minimal(&items, |part| Some(fails(part)));
            prop_assert!(fails(&found));
            prop_assert!(found.is_sorted());
            for left_out in 0..found.len() {
                let mut rest = found.clone();
                rest.remove(left_out);
                prop_assert!(!fails(&rest));
            }
        }

        #[test]
        fn the_nearest_number_is_found(number: u64, goal: u64, limit: u64) {
            // Everything beyond a limit, seen from the goal, fails.
            let limit = limit % (number.abs_diff(goal) + u64::from(number.abs_diff(goal) < u64::MAX));
            let mut tried = 0;
            let found = nearest(number, goal, |candidate| {
                tried += 1;
                Some(candidate.abs_diff(goal) >= limit)
            });
            prop_assert_eq!(found.abs_diff(goal), limit);
            prop_assert!(tried <= 66);
        }
    }
}
