//! Where the time of the kernel comes from.

use core::time::Duration;

use interpose_settings::{Clocks, Timestamp};

use crate::virtual_clock::virtual_clock;
use crate::{Clock, ConfigurationError, Denied, Instant, Motion, Outcome, Waiting};

/// Where the time of the kernel comes from, which owns the pollables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// The clocks of the host.
    Host {
        /// Whether the host's wall clock may be read.
        wall_clock: bool,
    },
    /// A virtual clock.
    Virtual(Clock),
    /// There are no clocks.
    Denied,
}

impl Time {
    /// The time that a configuration describes; `wall_clock` tells whether the host's wall clock may be read. Clocks of the
    /// host that a filter below changes are the host's here.
    ///
    /// # Errors
    /// When the start of a virtual clock is no valid time.
    pub fn new(config: Clocks, wall_clock: bool) -> Result<Self, ConfigurationError> {
        Ok(match config {
            Clocks::Host | Clocks::Offset { .. } | Clocks::Coarse { .. } => {
                Self::Host { wall_clock }
            }
            Clocks::Virtual { start, tick } => {
                Self::Virtual(virtual_clock(start, tick, Motion::Jumps)?)
            }
            Clocks::Frozen { start, tick } => {
                Self::Virtual(virtual_clock(start, tick, Motion::Frozen)?)
            }
            Clocks::Deny => Self::Denied,
        })
    }

    /// The clock that answers the application; `None` if the host's does.
    ///
    /// # Errors
    /// When there are no clocks.
    pub fn clock(&mut self) -> Result<Option<&mut Clock>, Denied> {
        match self {
            Self::Host { .. } => Ok(None),
            Self::Virtual(clock) => Ok(Some(clock)),
            Self::Denied => Err(Denied),
        }
    }

    /// The time to which timestamps of files are set now; `None` if the host's wall clock tells it. Setting a timestamp is
    /// no reading of the clock by the application, so virtual time does not tick. Where there is no clock to ask, the time
    /// is [`Timestamp::WITHOUT_CLOCK`].
    pub fn timestamp(&self) -> Option<Duration> {
        match self {
            Self::Host { wall_clock: true } => None,
            Self::Virtual(clock) => Some(clock.peek_wall()),
            Self::Host { wall_clock: false } | Self::Denied => {
                let Timestamp {
                    seconds,
                    nanoseconds,
                } = Timestamp::WITHOUT_CLOCK;
                Some(Duration::new(seconds, nanoseconds))
            }
        }
    }

    /// [`Clock::wait`]. Without a virtual clock there are no deadlines among `things`.
    pub fn wait(&mut self, things: impl IntoIterator<Item = Waiting>) -> Outcome {
        match self {
            Self::Virtual(clock) => clock.wait(things),
            Self::Host { .. } | Self::Denied => {
                let over = things.into_iter().any(|thing| thing == Waiting::Nothing);
                if over {
                    Outcome::Over
                } else {
                    Outcome::Outside
                }
            }
        }
    }

    /// [`Clock::is_due`]. Without a virtual clock there are no deadlines.
    pub fn is_due(&self, deadline: Instant) -> bool {
        match self {
            Self::Virtual(clock) => clock.is_due(deadline),
            Self::Host { .. } | Self::Denied => true,
        }
    }

    /// [`Clock::check`]. Without a virtual clock there are no deadlines.
    pub fn check(&mut self, deadline: Instant) -> bool {
        match self {
            Self::Virtual(clock) => clock.check(deadline),
            Self::Host { .. } | Self::Denied => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp {
        seconds: 7,
        nanoseconds: 5,
    };

    fn without_clock() -> Option<Duration> {
        Some(Duration::from_secs(Timestamp::WITHOUT_CLOCK.seconds))
    }

    #[test]
    fn virtual_time_answers_and_does_not_tick_for_timestamps() {
        let (start, tick) = (START, 10);
        let mut time = Time::new(Clocks::Virtual { start, tick }, true).unwrap();
        assert_eq!(time.timestamp(), Some(Duration::new(7, 5)));
        assert_eq!(time.timestamp(), Some(Duration::new(7, 5)));
        assert_eq!(time.clock().unwrap().map(Clock::monotonic), Some(0));
        assert_eq!(time.timestamp(), Some(Duration::new(7, 15)));
        assert_eq!(time.wait([Waiting::Deadline(500)]), Outcome::Over);
        assert!(time.is_due(500) && !time.check(505) && time.check(510));
    }

    #[test]
    fn the_host_answers_where_its_clocks_are_passed_on() {
        for config in [
            Clocks::Host,
            Clocks::Offset { nanoseconds: 1 },
            Clocks::Coarse { resolution: 5 },
        ] {
            let mut time = Time::new(config, true).unwrap();
            assert_eq!(time.clock(), Ok(None));
            assert_eq!(time.timestamp(), None);
            assert_eq!(time.wait([Waiting::Outside]), Outcome::Outside);
            assert_eq!(
                time.wait([Waiting::Outside, Waiting::Nothing]),
                Outcome::Over
            );
            assert_eq!(
                Time::new(config, false).unwrap().timestamp(),
                without_clock()
            );
        }
    }

    #[test]
    fn denied_clocks_tell_nothing_and_files_have_the_time_without_one() {
        let mut time = Time::new(Clocks::Deny, true).unwrap();
        assert_eq!(time.clock(), Err(Denied));
        assert_eq!(time.timestamp(), without_clock());
    }

    #[test]
    fn a_frozen_clock_ends_every_wait() {
        let (start, tick) = (START, 0);
        let mut time = Time::new(Clocks::Frozen { start, tick }, true).unwrap();
        assert_eq!(time.wait([Waiting::Deadline(500)]), Outcome::Over);
        assert!(time.is_due(Instant::MAX));
        assert_eq!(time.clock().unwrap().map(Clock::monotonic), Some(0));
    }

    #[test]
    fn a_start_with_too_many_nanoseconds_is_refused() {
        let start = Timestamp {
            seconds: 0,
            nanoseconds: 1_000_000_000,
        };
        let config = Clocks::Virtual { start, tick: 0 };
        assert_eq!(
            Time::new(config, true),
            Err(ConfigurationError::InvalidStart)
        );
    }
}
