//! A virtual clock that ticks when it is read and jumps when everything waits.
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
//! The crate knows nothing of streams or of how a program waits, and it never reads a clock of the machine.
#![no_std]

mod clock;
mod wait;

pub use clock::{Clock, Instant, Motion, NEVER};
pub use core::time::Duration;
pub use wait::{Outcome, Waiting};
