//! The clocks that the `clocks` filter shows, as functions of the host's clocks.

use core::num::NonZeroU64;
use core::time::Duration;

use interpose_settings::Clocks;

use crate::virtual_clock::virtual_clock;
use crate::{Clock, Coarse, ConfigurationError, Denied, Instant, Motion, Offset};

/// The clocks that the `clocks` filter shows. Its pollables are the host's, so each wait takes as long as the host's
/// monotonic clock says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilteredClocks {
    /// The host's clocks.
    Host,
    /// The host's clocks, the wall clock shifted.
    Offset(Offset),
    /// A clock that moves only when it is read.
    Frozen(Clock),
    /// The host's clocks, rounded down.
    Coarse(Coarse),
    /// There are no clocks.
    Denied,
}

/// The host's pollable that takes the place of one that the application asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostWait {
    /// The pollable that is ready when the host's monotonic clock shows this instant.
    Until(Instant),
    /// The pollable that is ready after this many nanoseconds.
    For(u64),
}

impl FilteredClocks {
    /// The clocks that a configuration describes, at their beginning.
    ///
    /// # Errors
    /// When the resolution is 0, the start is no valid time, or the clock is virtual, for which the filter would have to own
    /// the pollables.
    pub fn new(config: Clocks) -> Result<Self, ConfigurationError> {
        Ok(match config {
            Clocks::Host => Self::Host,
            Clocks::Offset { nanoseconds } => Self::Offset(Offset { nanoseconds }),
            Clocks::Frozen { start, tick } => {
                Self::Frozen(virtual_clock(start, tick, Motion::Frozen)?)
            }
            Clocks::Coarse { resolution } => Self::Coarse(Coarse {
                resolution: NonZeroU64::new(resolution)
                    .ok_or(ConfigurationError::ResolutionIsZero)?,
            }),
            Clocks::Deny => Self::Denied,
            Clocks::Virtual { .. } => return Err(ConfigurationError::VirtualWithoutPollables),
        })
    }

    /// Reads the monotonic clock; `host` reads the host's.
    ///
    /// # Errors
    /// When there are no clocks.
    pub fn monotonic(&mut self, host: impl FnOnce() -> Instant) -> Result<Instant, Denied> {
        match self {
            Self::Host | Self::Offset(_) => Ok(host()),
            Self::Frozen(clock) => Ok(clock.monotonic()),
            Self::Coarse(clocks) => Ok(clocks.monotonic(host())),
            Self::Denied => Err(Denied),
        }
    }

    /// The resolution of the monotonic clock in nanoseconds; `host` asks for the host's.
    ///
    /// # Errors
    /// When there are no clocks.
    pub fn resolution(&self, host: impl FnOnce() -> u64) -> Result<u64, Denied> {
        match self {
            Self::Host | Self::Offset(_) => Ok(host()),
            Self::Frozen(clock) => Ok(clock.resolution()),
            Self::Coarse(clocks) => Ok(clocks.resolution(host())),
            Self::Denied => Err(Denied),
        }
    }

    /// Reads the wall clock; `host` reads the host's.
    ///
    /// # Errors
    /// When there are no clocks.
    pub fn wall(&mut self, host: impl FnOnce() -> Duration) -> Result<Duration, Denied> {
        match self {
            Self::Host => Ok(host()),
            Self::Offset(clock) => Ok(clock.wall(host())),
            Self::Frozen(clock) => Ok(clock.wall()),
            Self::Coarse(clocks) => Ok(clocks.wall(host())),
            Self::Denied => Err(Denied),
        }
    }

    /// The resolution of the wall clock; `host` asks for the host's.
    ///
    /// # Errors
    /// When there are no clocks.
    pub fn wall_resolution(&self, host: impl FnOnce() -> Duration) -> Result<Duration, Denied> {
        match self {
            Self::Host | Self::Offset(_) => Ok(host()),
            Self::Frozen(clock) => Ok(Duration::from_nanos(clock.resolution())),
            Self::Coarse(clocks) => Ok(clocks.wall_resolution(host())),
            Self::Denied => Err(Denied),
        }
    }

    /// The host's pollable for a wait until the monotonic clock shows `when`. Asking for it is no reading of the clock.
    ///
    /// # Errors
    /// When there are no clocks.
    pub fn wait_until(&self, when: Instant) -> Result<HostWait, Denied> {
        match self {
            Self::Host | Self::Offset(_) => Ok(HostWait::Until(when)),
            Self::Frozen(clock) => Ok(HostWait::For(when.saturating_sub(clock.peek_monotonic()))),
            Self::Coarse(clocks) => Ok(HostWait::Until(clocks.when(when))),
            Self::Denied => Err(Denied),
        }
    }

    /// The host's pollable for a wait of `duration` nanoseconds; `host` reads the host's monotonic clock. Asking for it is
    /// no reading of the clock.
    ///
    /// # Errors
    /// When there are no clocks.
    pub fn wait_for(
        &self,
        duration: u64,
        host: impl FnOnce() -> Instant,
    ) -> Result<HostWait, Denied> {
        match self {
            Self::Host | Self::Offset(_) | Self::Frozen(_) => Ok(HostWait::For(duration)),
            Self::Coarse(clocks) => Ok(HostWait::Until(clocks.after(host(), duration))),
            Self::Denied => Err(Denied),
        }
    }
}

#[cfg(test)]
mod tests {
    use interpose_settings::Timestamp;

    use super::*;

    fn no_host<T>() -> T {
        unreachable!("the host is not asked")
    }

    fn at(seconds: u64, nanoseconds: u32) -> Timestamp {
        Timestamp {
            seconds,
            nanoseconds,
        }
    }

    fn frozen(start: Timestamp, tick: u64) -> FilteredClocks {
        FilteredClocks::new(Clocks::Frozen { start, tick }).unwrap()
    }

    #[test]
    fn frozen_clocks_move_by_a_tick_at_each_reading_of_either() {
        let mut clocks = frozen(at(100, 999_999_995), 10);
        assert_eq!(clocks.wall(no_host), Ok(Duration::new(100, 999_999_995)));
        assert_eq!(clocks.monotonic(no_host), Ok(10));
        assert_eq!(clocks.wall(no_host), Ok(Duration::new(101, 15)));
        assert_eq!(clocks.monotonic(no_host), Ok(30));
        assert_eq!(clocks.resolution(no_host), Ok(10));
        assert_eq!(
            clocks.wall_resolution(no_host),
            Ok(Duration::from_nanos(10))
        );
    }

    #[test]
    fn frozen_clocks_without_a_tick_stand_still() {
        let mut clocks = frozen(at(5, 0), 0);
        for _ in 0..3 {
            assert_eq!(clocks.wall(no_host), Ok(Duration::from_secs(5)));
            assert_eq!(clocks.monotonic(no_host), Ok(0));
        }
        assert_eq!(clocks.resolution(no_host), Ok(1));
    }

    #[test]
    fn frozen_clocks_never_run_backwards() {
        let mut clocks = frozen(at(u64::MAX, 0), u64::MAX);
        let mut last = 0;
        for _ in 0..3 {
            let reading = clocks.monotonic(no_host).unwrap();
            assert!(reading >= last);
            last = reading;
        }
        assert_eq!(clocks.wall(no_host), Ok(Duration::MAX));
    }

    #[test]
    fn waits_for_a_frozen_instant_take_the_difference() {
        let mut clocks = frozen(at(0, 0), 7);
        clocks.monotonic(no_host).unwrap();
        assert_eq!(clocks.wait_until(1_000), Ok(HostWait::For(993)));
        assert_eq!(clocks.wait_until(1_000), Ok(HostWait::For(993)));
        assert_eq!(clocks.wait_until(3), Ok(HostWait::For(0)));
        assert_eq!(clocks.wait_for(12, no_host), Ok(HostWait::For(12)));
    }

    #[test]
    fn the_hosts_clocks_pass_untouched() {
        let mut clocks = FilteredClocks::new(Clocks::Host).unwrap();
        assert_eq!(clocks.monotonic(|| 5), Ok(5));
        assert_eq!(
            clocks.wall(|| Duration::from_secs(6)),
            Ok(Duration::from_secs(6))
        );
        assert_eq!(clocks.wait_until(9), Ok(HostWait::Until(9)));
        assert_eq!(clocks.wait_for(9, no_host), Ok(HostWait::For(9)));
    }

    #[test]
    fn an_offset_leaves_the_monotonic_clock_and_the_waits() {
        let mut clocks = FilteredClocks::new(Clocks::Offset { nanoseconds: 3 }).unwrap();
        assert_eq!(clocks.monotonic(|| 5), Ok(5));
        assert_eq!(
            clocks.wall(|| Duration::from_secs(6)),
            Ok(Duration::new(6, 3))
        );
        assert_eq!(clocks.wait_until(9), Ok(HostWait::Until(9)));
    }

    #[test]
    fn coarse_waits_are_for_instants_of_the_host() {
        let clocks = FilteredClocks::new(Clocks::Coarse { resolution: 100 }).unwrap();
        assert_eq!(clocks.wait_until(101), Ok(HostWait::Until(200)));
        assert_eq!(clocks.wait_for(1, || 150), Ok(HostWait::Until(200)));
    }

    #[test]
    fn nothing_is_told_where_clocks_are_denied() {
        let mut clocks = FilteredClocks::new(Clocks::Deny).unwrap();
        assert_eq!(clocks.monotonic(no_host), Err(Denied));
        assert_eq!(clocks.wall(no_host), Err(Denied));
        assert_eq!(clocks.resolution(no_host), Err(Denied));
        assert_eq!(clocks.wall_resolution(no_host), Err(Denied));
        assert_eq!(clocks.wait_until(1), Err(Denied));
        assert_eq!(clocks.wait_for(1, no_host), Err(Denied));
    }

    #[test]
    fn configurations_that_make_no_sense_are_refused() {
        let (start, tick) = (at(0, 1_000_000_000), 0);
        assert_eq!(
            FilteredClocks::new(Clocks::Frozen { start, tick }),
            Err(ConfigurationError::InvalidStart)
        );
        assert_eq!(
            FilteredClocks::new(Clocks::Coarse { resolution: 0 }),
            Err(ConfigurationError::ResolutionIsZero)
        );
        let start = at(0, 0);
        assert_eq!(
            FilteredClocks::new(Clocks::Virtual { start, tick }),
            Err(ConfigurationError::VirtualWithoutPollables)
        );
    }
}
