//! What can happen to which calls.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use interpose_http::RequestRule;
use interpose_labels::Of;
use interpose_rules::{Glob, Host};
use serde::{Deserialize, Serialize};

/// The faults that calls of an application may have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// What decides which calls fail.
    pub seed: u64,
    /// The rules.
    pub rules: Vec<Rule>,
    /// For each function, by its position in the table, what can happen to its calls, in the order of the rules.
    pub sites: BTreeMap<u32, Vec<Site>>,
    /// For each function that a closed stream still has, by its position in the table, what it returns then.
    pub closed: BTreeMap<u32, Vec<u8>>,
    /// The resources that errors have in them, which nothing stands behind.
    pub inventions: Vec<Invention>,
    /// The disk under the files in memory; `None` for that of the kernel.
    pub disk: Option<Disk>,
}

/// The disk that a loss of power hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// How many bytes it writes as a whole.
    pub block: u32,
    /// Whether it keeps changes of names and sizes in their order.
    pub ordered: bool,
}

/// A resource that nothing stands behind: for each function that may be called with it, the encoded result.
pub type Invention = BTreeMap<u32, Vec<u8>>;

/// When a fault happens.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// What the calls have to be about.
    pub condition: Condition,
    /// The calls, among those that the rule decides about, on which it fires.
    pub trigger: Trigger,
    /// How often it fires at most; `None` means without end.
    pub limit: Option<u64>,
}

/// What the calls of a rule have to be about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// The paths that the call may be about, as the application sees them.
    pub path: Option<Glob>,
    /// The peers that it may be about: names or addresses.
    pub host: Option<Host>,
    /// The HTTP requests that it may be about.
    pub request: Option<RequestRule>,
}

/// The calls on which a rule fires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Trigger {
    /// Every call.
    #[default]
    Always,
    /// Each call with this probability, from 0 to 1.
    Probability(f64),
    /// The call with this number, counted from 0.
    Nth(u64),
    /// The call with this number, counted from 0, and all later ones.
    From(u64),
    /// Calls made when at least this many nanoseconds have passed since the start.
    After(u64),
}

/// What a rule does to the calls of a function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Site {
    /// The position of the rule in [`Plan::rules`].
    pub rule: u32,
    /// What the first resource among the arguments has to belong to; `None` for anything.
    pub of: Option<Of>,
    /// What happens.
    pub action: Action,
}

/// What happens to a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Action {
    /// The function is not called, and returns this.
    Return {
        /// The result, as [`put`](interpose_calls::put) reads it.
        result: Vec<u8>,
        /// The position in [`Plan::inventions`] of the resource in the result, if it has one.
        invention: Option<u32>,
        /// Whether the first resource among the arguments is a stream that is closed from then on.
        closes: bool,
    },
    /// The parameter at this position, a number or a list, becomes smaller, but not 0.
    ShortArgument(u32),
    /// The number in the `ok` of the result becomes smaller, but not 0.
    ShortResult,
    /// A number of nanoseconds between two bounds passes before the call.
    Delay {
        /// The lower bound, included.
        least: u64,
        /// The upper bound, included.
        most: u64,
    },
    /// Before the call, both clocks go forwards by so many nanoseconds, or the wall clock alone goes backwards.
    Jump(i64),
    /// The power is lost before the call.
    Crash,
}

impl Plan {
    /// The encoded plan.
    pub fn encode(&self) -> Vec<u8> {
        // A vector grows, so nothing can fail.
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// Reads what [`Plan::encode`] wrote; `None` for other bytes.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }
}
