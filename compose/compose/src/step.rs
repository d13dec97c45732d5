//! The steps of composing, for progress messages.

use std::fmt;

use interpose_policy::model::Bytes;

use crate::adapters::Adapter;

/// A step of composing. Steps can take long if a policy bakes in many files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The policy and the application's surface become a plan, and the files that mounts start with are read.
    Planning,
    /// An adapter is configured and becomes a component.
    Configuring {
        /// The adapter.
        adapter: Adapter,
        /// The size of its configuration in bytes; files are the largest part.
        bytes: u64,
    },
    /// The parts are connected to one component.
    Connecting,
    /// The component is decoded and compared with the plan.
    Checking,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Planning => f.write_str("reading files"),
            Self::Configuring { adapter, bytes } => match bytes >> 20 {
                0 => write!(f, "configuring `{adapter}`"),
                mebibytes => {
                    let bytes = Bytes(mebibytes << 20);
                    write!(f, "configuring `{adapter}` with {bytes}")
                }
            },
            Self::Connecting => f.write_str("connecting"),
            Self::Checking => f.write_str("checking the result"),
        }
    }
}
