//! The clock that a configuration describes.

use core::time::Duration;

use interpose_settings::Timestamp;

use crate::{Clock, ConfigurationError, Motion};

/// The clock that shows `start` and 0 at first.
///
/// # Errors
/// When the nanoseconds of `start` are a second or more.
pub(crate) fn virtual_clock(
    start: Timestamp,
    tick: u64,
    motion: Motion,
) -> Result<Clock, ConfigurationError> {
    if start.nanoseconds >= 1_000_000_000 {
        return Err(ConfigurationError::InvalidStart);
    }
    let start = Duration::new(start.seconds, start.nanoseconds);
    Ok(Clock::new(start, tick, motion))
}
