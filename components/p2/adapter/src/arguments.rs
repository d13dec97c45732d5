//! A limit on the memory that the arguments of one call may take in an adapter.
//!
//! Before an exported function runs, the runtime copies every text and list of its arguments into the adapter's memory.
//! It asks `cabi_export_realloc` for space, one request after the other, and this function can only return a pointer:
//! it cannot refuse. A caller may let thousands of list entries point at the same text, so that the copies take
//! thousands of times as much memory as the caller uses.
//!
//! So there is a [`Budget`] for each call. Requests beyond it get space that is given out again and again, where each
//! copy overwrites the one before. The call goes on, with meaningless texts, up to the exported function, which calls
//! [`fit`] and returns the error that WASI has for this. A function whose arguments hold at most one text or list
//! cannot exceed the budget and need not call `fit`: see [`Budget::take`].
//!
//! Results of imported functions come through `cabi_realloc`, which has no budget, because the components that return
//! them are trusted.

#[cfg(target_arch = "wasm32")]
mod memory;

use std::cell::Cell;

/// How many bytes the texts and lists of one call may have together, not counting the largest of them.
///
/// One call moves at most as many bytes (`MAX_BYTES` of the kernel's streams), and no call that a host accepts needs
/// more: fields are limited to 128 KiB, paths to 4 KiB, and Wasmtime's host permits sixteen datagrams of at most 64 KiB
/// at once.
pub const BUDGET: usize = 1024 * 1024;

/// Counts the bytes that the arguments of one call ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// The largest request.
    largest: usize,
    /// The sum of all other requests.
    others: usize,
}

impl Budget {
    /// A budget before the first request.
    pub const fn new() -> Self {
        Self {
            largest: 0,
            others: 0,
        }
    }

    /// Counts a request, and returns whether it and all earlier requests are within [`BUDGET`].
    ///
    /// The largest request is free: its text or list lies in the caller's memory as a whole, so the copy takes no more
    /// memory than the caller has spent itself.
    pub fn take(&mut self, size: usize) -> bool {
        let smaller = size.min(self.largest);
        self.largest = self.largest.max(size);
        self.others = self.others.saturating_add(smaller);
        self.others <= BUDGET
    }

    /// Counts that a request of `before` bytes has become a request of `after` bytes: a text that is converted from
    /// another encoding grows and shrinks while it is copied.
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
    /// Whether the arguments of the running function are those that its caller passed.
    static FIT: Cell<bool> = const { Cell::new(true) };
    /// The budget of the next function's arguments, and whether they are within it.
    static NEXT: Cell<(Budget, bool)> = const { Cell::new((Budget::new(), true)) };
}

/// Whether the arguments of the running function are those that its caller passed. If not, they were too large
/// together: the function has to return its error, and must neither read nor keep any text or list.
pub fn fit() -> bool {
    FIT.get()
}

/// Notes that an exported function begins. Requests from now on belong to the next call.
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
