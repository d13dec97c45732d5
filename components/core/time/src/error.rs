//! Why a clock is not there.

use core::error::Error;
use core::fmt;

/// The policy leaves the application without clocks. The functions of `wasi:clocks` have no error to return for this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denied;

impl fmt::Display for Denied {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("clocks are denied by the policy")
    }
}

impl Error for Denied {}

/// Why a configuration describes no clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigurationError {
    /// The nanoseconds of the start are a second or more.
    InvalidStart,
    /// The step of coarse clocks is 0.
    ResolutionIsZero,
    /// Virtual time is asked of an adapter that does not own the pollables.
    VirtualWithoutPollables,
}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::InvalidStart => "the clock's start has more than 999,999,999 nanoseconds",
            Self::ResolutionIsZero => "the resolution of a coarse clock is at least 1 ns",
            Self::VirtualWithoutPollables => {
                "virtual time needs the kernel, which owns the pollables"
            }
        })
    }
}

impl Error for ConfigurationError {}
