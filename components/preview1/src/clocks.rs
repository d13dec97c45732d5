//! The two clocks that WASI 0.2 has.

use interpose_preview1::{Clock, Errno, Memory};

use crate::bindings::wasi::clocks::wall_clock::Datetime;
use crate::bindings::wasi::clocks::{monotonic_clock, wall_clock};
use crate::program::Program;

/// `clock_res_get`.
pub fn resolution(clock: u32, out: u32) -> Result<(), Errno> {
    let resolution = match Clock::parse(clock)? {
        Clock::Realtime => nanoseconds(wall_clock::resolution())?,
        Clock::Monotonic => monotonic_clock::resolution(),
        Clock::ProcessorTime => return Err(Errno::BadDescriptor),
    };
    Program.store_u64(out, resolution)
}

/// `clock_time_get`.
pub fn time(clock: u32, out: u32) -> Result<(), Errno> {
    let now = match Clock::parse(clock)? {
        Clock::Realtime => nanoseconds(wall_clock::now())?,
        Clock::Monotonic => monotonic_clock::now(),
        Clock::ProcessorTime => return Err(Errno::BadDescriptor),
    };
    Program.store_u64(out, now)
}

/// Nanoseconds since 1970.
///
/// # Errors
/// [`Errno::Overflow`] when they need more than 64 bits, after the year 2554.
pub fn nanoseconds(time: Datetime) -> Result<u64, Errno> {
    let nanoseconds = time.seconds.checked_mul(1_000_000_000);
    nanoseconds
        .and_then(|seconds| seconds.checked_add(time.nanoseconds.into()))
        .ok_or(Errno::Overflow)
}
