//! What composing is doing, for those who wait.

use std::fmt;

use interpose_policy::model::Bytes;

use crate::adapters::Adapter;

/// A step of composing that can take long where a policy bakes in many files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The application and the policy are compared, and the files that mounts begin with are read.
    Planning,
    /// An adapter is configured, and a component made of it.
    Configuring {
        /// The adapter.
        adapter: Adapter,
        /// The size of its configuration, of which files are the largest part.
        bytes: u64,
    },
    /// The parts become one component.
    Connecting,
    /// That component is read back and compared with the plan.
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
