//! The clocks that an application sees: a virtual one that ticks when it is read and jumps when everything waits, and the
//! host's clocks changed.
//!
//! [`Clock`] replaces the clocks of a machine for one program. It has the two views that WASI has: a monotonic one,
//! an [`Instant`] in nanoseconds that starts at 0, and the wall clock, a [`Duration`] since the Unix epoch. Both are
//! one time: the wall clock is always its start plus the monotonic reading.
//!
//! Time passes in two ways only. Each reading advances it by a fixed tick, so that a program which loops until some
//! time has come gets there. And when a program waits for nothing but deadlines, [`Clock::wait`] moves time to the
//! earliest of them, so that no wait ever takes real time. What a program sees therefore depends on what it does and
//! on nothing else. A [frozen](Motion::Frozen) clock keeps the tick but never jumps: its waits end at once.
//!
//! [`Time`] is what the kernel asks: a virtual clock, the host's, or none. [`FilteredClocks`] is what the `clocks` filter
//! asks, whose pollables are the host's: the host's clocks [shifted](Offset), [rounded down](Coarse), frozen, or none.
//!
//! The crate knows nothing of streams or of how a program waits, and it never reads a clock of the machine: where the
//! host's reading decides, the caller gives it.
#![no_std]

mod clock;
mod coarse;
mod error;
mod filtered;
mod kernel;
mod offset;
mod virtual_clock;
mod wait;

pub use clock::{Clock, Instant, Motion, NEVER};
pub use coarse::Coarse;
pub use core::time::Duration;
pub use error::{ConfigurationError, Denied};
pub use filtered::{FilteredClocks, HostWait};
pub use kernel::Time;
pub use offset::Offset;
pub use wait::{Outcome, Waiting};
