//! Configuration of the `random` filter.

use serde::{Deserialize, Serialize};

use crate::Configuration;

/// Where random bytes come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Random {
    /// The host's generators.
    #[default]
    Host,
    /// Generators seeded with this number: `random`, `insecure` and `insecure-seed` use separate streams.
    Seeded(u64),
    /// Every call traps, because no function of `wasi:random` can return an error.
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
