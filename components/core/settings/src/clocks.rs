//! Configuration of time: the kernel's clocks and the `clocks` filter.

use serde::{Deserialize, Serialize};

use crate::Configuration;

/// A point in time: seconds and nanoseconds since the Unix epoch, as `wasi:clocks/wall-clock` counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Timestamp {
    /// Whole seconds since 1970-01-01T00:00:00Z.
    pub seconds: u64,
    /// Nanoseconds within the second, below 1,000,000,000.
    pub nanoseconds: u32,
}

impl Timestamp {
    /// The time of files where no clock tells one: 1980-01-01T00:00:00Z. Archives of the ZIP format hold no earlier time, and
    /// programs that write them fail on files that are older.
    pub const WITHOUT_CLOCK: Self = Self {
        seconds: 315_532_800,
        nanoseconds: 0,
    };
}

/// Where time comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Clocks {
    /// The host's clocks (below the kernel: whatever answers its import).
    #[default]
    Host,
    /// Time starts at `start`, advances by `tick` nanoseconds at each reading, and jumps to the earliest deadline
    /// when everything waits. The monotonic clock starts at 0.
    Virtual {
        /// What the wall clock shows at first.
        start: Timestamp,
        /// Nanoseconds that pass at each reading.
        tick: u64,
    },
    /// Time stands still but for `tick` nanoseconds at each reading. A wait moves nothing: in the kernel it ends at
    /// once, in the `clocks` filter it takes as long as on the host.
    Frozen {
        /// What the wall clock shows at first.
        start: Timestamp,
        /// Nanoseconds that pass at each reading.
        tick: u64,
    },
    /// The host's clocks, the wall clock shifted by this many nanoseconds (`clocks` filter only).
    Offset {
        /// Nanoseconds added to the host's wall clock; may be negative.
        nanoseconds: i64,
    },
    /// The host's clocks, readings rounded down to a multiple of `resolution` nanoseconds (`clocks` filter only).
    Coarse {
        /// The step in nanoseconds, at least 1.
        resolution: u64,
    },
    /// Every reading and every subscription traps: clocks have no error to return.
    Deny,
}

impl Clocks {
    /// When virtual time starts; [`Timestamp::WITHOUT_CLOCK`] for all other clocks.
    pub fn start(&self) -> Timestamp {
        match *self {
            Self::Virtual { start, .. } | Self::Frozen { start, .. } => start,
            Self::Host | Self::Offset { .. } | Self::Coarse { .. } | Self::Deny => {
                Timestamp::WITHOUT_CLOCK
            }
        }
    }
}

/// Configuration of the `clocks` filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClocksConfig {
    /// How readings are changed.
    pub mode: Clocks,
}

impl Configuration for ClocksConfig {
    const ADAPTER: &'static str = "clocks";
}
