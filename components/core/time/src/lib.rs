//! The clocks that an application sees: a virtual one that ticks when it is read and jumps when everything waits, and the
//! host's clocks changed.
//!
//! [`Clock`] replaces the clocks of a machine for one program. It has the two views that WASI has: the monotonic clock,
//! an [`Instant`] in nanoseconds that starts at 0, and the wall clock, a [`Duration`] since the Unix epoch. Both show
//! the same time: the wall clock always shows its start plus the monotonic reading.
//!
//! Time passes in two ways only. Each reading advances it by a fixed tick, so that a program which loops until a
//! certain time does not loop forever. And when a program waits only for deadlines, [`Clock::wait`] moves time to the
//! earliest of them, so that such a wait takes no real time. The times that a program sees therefore depend only on its
//! own calls. A [frozen](Motion::Frozen) clock keeps the tick but never jumps: its waits end at once.
//!
//! [`Time`] is the time of the kernel: a virtual clock, the host's clocks, or none. [`FilteredClocks`] are the clocks
//! of the `clocks` filter, whose pollables are the host's: the host's clocks [shifted](Offset), [rounded down](Coarse),
//! frozen, or none.
//!
//! [`Timers`] are the waits of tasks that go on beside each other.
//!
//! The crate knows nothing of streams or of how a program waits, and it never reads a clock of the machine: where the
//! host's reading is needed, the caller passes it.
#![no_std]

extern crate alloc;

mod clock;
mod coarse;
mod error;
mod filtered;
mod kernel;
mod offset;
mod timers;
mod virtual_clock;
mod wait;

pub use clock::{Clock, Instant, Motion, NEVER};
pub use coarse::Coarse;
pub use core::time::Duration;
pub use error::{ConfigurationError, Denied};
pub use filtered::{FilteredClocks, HostWait};
pub use kernel::Time;
pub use offset::Offset;
pub use timers::{Timer, Timers};
pub use wait::{Outcome, Waiting};
