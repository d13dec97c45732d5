//! The same random operations on a tree over a lower tree and on a tree in memory that began as a copy of it:
//! results, errors and the whole tree must be the same, and the lower tree must stay as it was. The fuzz target `overlay`
//! compares the same.
//!
//! `PROPTEST_CASES` says how many sequences to try.

mod below;
mod compare;
mod directed;
#[path = "../differential/memory.rs"]
mod memory;
#[path = "../differential/operation.rs"]
mod operation;
#[path = "../differential/random.rs"]
mod random;

use proptest::{collection::vec, prelude::*};

use crate::random::operation;

proptest! {
    #![proptest_config(ProptestConfig {
        max_shrink_iters: 20_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn does_what_a_copy_does(
        before in vec(operation(), 0..120),
        operations in vec(operation(), 1..120),
    ) {
        compare::does_what_a_copy_does(&before, &operations).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn keeps_to_its_limit(
        before in vec(operation(), 0..80),
        operations in vec(operation(), 1..80),
        max_bytes in 0..200_000u64,
    ) {
        compare::keeps_to_its_limit(&before, &operations, max_bytes).map_err(TestCaseError::fail)?;
    }
}
