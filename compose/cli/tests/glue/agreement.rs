//! Wired and fused programs agree on random cases.

use proptest::prelude::*;

use crate::compare::compare;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn wired_and_fused_agree(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
        compare(&bytes);
    }
}
