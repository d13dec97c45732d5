//! The faults of a run: those that happened, and those that a replayed run is to have.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// A fault of a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Decision {
    /// The position of the rule in [`Plan::rules`](crate::Plan::rules).
    pub rule: u32,
    /// Which of the calls that the rule decides about it hits, counted from 0.
    pub ordinal: u64,
    /// How far it goes, in place of what the seed draws: the nanoseconds of a delay, or the number of bytes or elements that
    /// a short call moves.
    pub parameter: Option<u64>,
}

/// A fault that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happened {
    /// The decision, with the parameter that was drawn or given, if the fault has one. A run in which the same is decided has
    /// the same fault.
    pub decision: Decision,
    /// The position of the called function in [`Table::functions`](interpose_calls::Table::functions).
    pub function: u32,
    /// Which of all calls of the run was hit, counted from 0.
    pub call: u64,
}

impl Happened {
    /// The encoded fault.
    pub fn encode(&self) -> Vec<u8> {
        // A vector grows, so nothing can fail.
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// Reads what [`Happened::encode`] wrote; `None` for other bytes.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }
}

/// What a run begins with, as its host wants it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begin {
    /// The faults that happen, and no others; `None` lets the seed decide.
    pub decisions: Option<Vec<Decision>>,
    /// The power is lost just before the call with this number, counted from 0.
    pub crash: Option<u64>,
    /// The files that an earlier run left; `None` for those of the policy.
    pub files: Option<Vec<u8>>,
    /// Whether the host wants the files if the application exits.
    pub wants_files: bool,
}

impl Begin {
    /// The encoded beginning.
    pub fn encode(&self) -> Vec<u8> {
        // A vector grows, so nothing can fail.
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// Reads what [`Begin::encode`] wrote; `None` for other bytes.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }
}
