//! Configuration of the `random` filter.

use serde::{Deserialize, Serialize};

use crate::Configuration;

/// Where random bytes come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Random {
    /// The host's generators.
    #[default]
    Host,
    /// One generator seeded with this number; `random`, `insecure` and `insecure-seed` are separate streams of it.
    Seeded(u64),
    /// Every call traps: `wasi:random` has no error to return.
    Deny,
}

/// Configuration of the `random` filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RandomConfig {
    /// Where random bytes come from.
    pub mode: Random,
}

impl Configuration for RandomConfig {
    const ADAPTER: &'static str = "random";
}
