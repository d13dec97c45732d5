//! `wasi:clocks`.

use interpose_adapter::{trap, with};
use interpose_config::Clocks;
use interpose_filesystem::Timestamp;
use interpose_time::{Clock, Duration, Instant, Motion, Outcome, Waiting};

use crate::Adapter;
use crate::bindings::exports::wasi::clocks::{monotonic_clock, wall_clock};
use crate::bindings::exports::wasi::io::poll;
use crate::bindings::wasi::clocks as host;
use crate::poll::Pollable;
use crate::state::STATE;

/// Where time comes from.
pub enum Time {
    /// The host.
    Host {
        /// Whether its wall clock may be read.
        wall_clock: bool,
    },
    /// A clock of our own.
    Virtual(Clock),
    /// Nowhere: asking traps.
    Denied,
}

impl Time {
    /// The time that the policy says; `wall_clock` tells whether the host's wall clock may be read.
    pub fn new(config: Clocks, wall_clock: bool) -> Result<Self, String> {
        let clock = |start: interpose_config::Timestamp, tick, motion| {
            if start.nanoseconds >= 1_000_000_000 {
                return Err("the clock's start has more than 999,999,999 nanoseconds".into());
            }
            Ok(Self::Virtual(Clock::new(
                Duration::new(start.seconds, start.nanoseconds),
                tick,
                motion,
            )))
        };
        match config {
            Clocks::Host | Clocks::Offset { .. } | Clocks::Coarse { .. } => {
                Ok(Self::Host { wall_clock })
            }
            Clocks::Virtual { start, tick } => clock(start, tick, Motion::Jumps),
            Clocks::Frozen { start, tick } => clock(start, tick, Motion::Frozen),
            Clocks::Deny => Ok(Self::Denied),
        }
    }

    /// Waits for one of `things`. Without a clock of our own there are no deadlines among them.
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

    /// [`Clock::is_due`]. Without a clock of our own there are no deadlines.
    pub fn is_due(&self, deadline: Instant) -> bool {
        match self {
            Self::Virtual(clock) => clock.is_due(deadline),
            Self::Host { .. } | Self::Denied => true,
        }
    }

    /// [`Clock::check`]. Without a clock of our own there are no deadlines.
    pub fn check(&mut self, deadline: Instant) -> bool {
        match self {
            Self::Virtual(clock) => clock.check(deadline),
            Self::Host { .. } | Self::Denied => true,
        }
    }
}

/// Asks our own clock; `None` if the host's is to be asked.
fn ask<R>(question: impl FnOnce(&mut Clock) -> R) -> Option<R> {
    with(&STATE, |kernel| match &mut kernel.time {
        Time::Host { .. } => None,
        Time::Virtual(clock) => Some(question(clock)),
        Time::Denied => trap!(clocks_are_denied_by_the_policy),
    })
}

/// What the timestamps of files are set to now. That is no reading of the clock by the guest, so virtual time does not
/// tick. Where there is no clock to ask, it is [`WITHOUT_CLOCK`](interpose_config::Timestamp::WITHOUT_CLOCK).
#[inline(never)] // It is called in many places, and not where a nanosecond counts.
pub fn timestamp() -> Timestamp {
    let virtual_time = with(&STATE, |kernel| match &kernel.time {
        Time::Host { wall_clock: true } => None,
        Time::Virtual(clock) => Some(clock.peek_wall()),
        Time::Host { wall_clock: false } | Time::Denied => {
            let interpose_config::Timestamp {
                seconds,
                nanoseconds,
            } = interpose_config::Timestamp::WITHOUT_CLOCK;
            Some(Duration::new(seconds, nanoseconds))
        }
    });
    match virtual_time {
        Some(time) => Timestamp {
            seconds: time.as_secs(),
            nanoseconds: time.subsec_nanos(),
        },
        None => {
            let now = host::wall_clock::now();
            Timestamp {
                seconds: now.seconds,
                nanoseconds: now.nanoseconds,
            }
        }
    }
}

impl monotonic_clock::Guest for Adapter {
    fn now() -> monotonic_clock::Instant {
        ask(Clock::monotonic).unwrap_or_else(host::monotonic_clock::now)
    }

    fn resolution() -> monotonic_clock::Duration {
        ask(|clock| clock.resolution()).unwrap_or_else(host::monotonic_clock::resolution)
    }

    fn subscribe_instant(when: monotonic_clock::Instant) -> poll::Pollable {
        match ask(|_| ()) {
            Some(()) => Pollable::Deadline(when).into(),
            None => Pollable::host(|| host::monotonic_clock::subscribe_instant(when)),
        }
    }

    fn subscribe_duration(when: monotonic_clock::Duration) -> poll::Pollable {
        match ask(|clock| clock.deadline(when)) {
            Some(deadline) => Pollable::Deadline(deadline).into(),
            None => Pollable::host(|| host::monotonic_clock::subscribe_duration(when)),
        }
    }
}

impl wall_clock::Guest for Adapter {
    fn now() -> wall_clock::Datetime {
        ask(Clock::wall).map_or_else(host::wall_clock::now, datetime)
    }

    fn resolution() -> wall_clock::Datetime {
        ask(|clock| clock.resolution()).map_or_else(host::wall_clock::resolution, |step| {
            datetime(Duration::from_nanos(step))
        })
    }
}

fn datetime(time: Duration) -> wall_clock::Datetime {
    wall_clock::Datetime {
        seconds: time.as_secs(),
        nanoseconds: time.subsec_nanos(),
    }
}
