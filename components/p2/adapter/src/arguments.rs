//! What the arguments of one call may cost an adapter's memory.
//!
//! Before an exported function runs, the runtime copies every text and list of its arguments into the adapter's memory.
//! It asks `cabi_export_realloc` for space, one request after the other, and that function can return nothing but a
//! pointer: it cannot refuse. A caller may let thousands of list entries point at one and the same text, so that copies
//! take thousands of times as much as the caller has itself.
//!
//! So there is a [`Budget`] for each call. What is beyond it gets space that is given out again and again: each copy
//! overwrites the one before. The call goes on, with texts that mean nothing, up to the exported function, which asks
//! [`fit`] and returns the error that WASI has for it. A function of which the arguments hold at most one text or list
//! cannot get there and need not ask: see [`Budget::take`].
//!
//! Results of imported functions come through `cabi_realloc`, which has no budget: whoever gives them is trusted.

#[cfg(target_arch = "wasm32")]
mod memory;

use std::cell::Cell;

/// How many bytes the texts and lists of one call may have together, not counting the largest of them.
///
/// As much as one call moves at most (`MAX_BYTES` of the kernel's streams), and more than any call needs that a host
/// takes: fields are limited to 128 KiB, paths to 4 KiB, and Wasmtime's host permits sixteen datagrams of at most 64 KiB
/// at once.
pub const BUDGET: usize = 1024 * 1024;

/// Counts what the arguments of one call ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// The largest request.
    largest: usize,
    /// What all others have together.
    others: usize,
}

impl Budget {
    /// Nothing was asked for yet.
    pub const fn new() -> Self {
        Self {
            largest: 0,
            others: 0,
        }
    }

    /// Counts a request, and returns whether it and all before are within [`BUDGET`].
    ///
    /// The largest request is free: it has to lie in the caller's memory as a whole, so that it costs no more than the
    /// caller has spent itself.
    pub fn take(&mut self, size: usize) -> bool {
        let smaller = size.min(self.largest);
        self.largest = self.largest.max(size);
        self.others = self.others.saturating_add(smaller);
        self.others <= BUDGET
    }

    /// Counts that a request of `before` bytes has become one of `after`: a text that is converted from another encoding
    /// grows and shrinks while it is copied.
    pub fn replace(&mut self, before: usize, after: usize) -> bool {
        if before == self.largest {
            self.largest = 0;
        } else {
            self.others = self.others.saturating_sub(before);
        }
        self.take(after)
    }
}

thread_local! {
    /// Whether the arguments of the function that runs are what its caller gave.
    static FIT: Cell<bool> = const { Cell::new(true) };
    /// What the arguments of the next function have asked for.
    static NEXT: Cell<(Budget, bool)> = const { Cell::new((Budget::new(), true)) };
}

/// Whether the arguments of the function that runs are what its caller gave. If not, they were too large together: the
/// function has to return its error without looking at any text or list, and without keeping one.
pub fn fit() -> bool {
    FIT.get()
}

/// Notes that an exported function begins: what is asked for from now on belongs to the next one.
#[inline]
pub(crate) fn enter() {
    let (_, fit) = NEXT.replace((Budget::new(), true));
    FIT.set(fit);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_is_free_however_large_it_is() {
        let mut budget = Budget::new();
        assert!(budget.take(usize::MAX));
        let mut budget = Budget::new();
        assert!(budget.take(1) && budget.take(2 * BUDGET) && budget.take(BUDGET - 1));
        assert!(!budget.take(1));
    }

    #[test]
    fn many_texts_are_counted_in_any_order() {
        for sizes in [
            [BUDGET, BUDGET, 1],
            [BUDGET, 1, BUDGET],
            [1, BUDGET, BUDGET],
        ] {
            let mut budget = Budget::new();
            assert!(budget.take(sizes[0]) && budget.take(sizes[1]), "{sizes:?}");
            assert!(!budget.take(sizes[2]), "{sizes:?}");
        }
    }

    #[test]
    fn what_is_beyond_stays_beyond() {
        let mut budget = Budget::new();
        assert!(budget.take(BUDGET + 1));
        for size in [BUDGET + 1, 0, 1, usize::MAX, usize::MAX, 7 * BUDGET] {
            assert!(!budget.take(size), "{size}");
        }
    }

    #[test]
    fn a_text_that_grows_or_shrinks_counts_once() {
        let mut budget = Budget::new();
        assert!(budget.take(2 * BUDGET));
        assert!(budget.replace(2 * BUDGET, 6 * BUDGET));
        assert!(budget.replace(6 * BUDGET, 3 * BUDGET));
        assert!(budget.take(BUDGET));
        assert!(!budget.replace(BUDGET, BUDGET + 1));
        let mut budget = Budget::new();
        assert!(budget.take(100) && budget.take(50) && budget.replace(50, 25));
        assert_eq!(
            budget,
            Budget {
                largest: 100,
                others: 25
            }
        );
    }
}
