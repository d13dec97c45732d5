//! `wasi:clocks`.

use interpose_adapter::refusals::{Subject, refused};
use interpose_adapter::{trap, with};
use interpose_filesystem::Timestamp;
use interpose_settings::Reason;
#[cfg(feature = "responses")]
use interpose_time::Instant;
use interpose_time::{Clock, Denied, Duration};

use crate::adapter::Adapter;
use crate::bindings::exports::wasi::clocks::{monotonic_clock, wall_clock};
use crate::bindings::exports::wasi::io::poll;
use crate::bindings::wasi::clocks as host;
use crate::poll::Pollable;
use crate::state::STATE;

/// Asks the virtual clock on behalf of a function; `None` if the host's clock is to be asked.
pub fn ask<R>(function: &str, question: impl FnOnce(&mut Clock) -> R) -> Option<R> {
    let answer = with(&STATE, |kernel| {
        kernel.time.clock().map(|clock| clock.map(question))
    });
    match answer {
        Ok(answer) => answer,
        Err(Denied) => {
            refused(Reason::Clocks, function, Subject::Text(&[]));
            trap!(clocks_are_denied_by_the_policy)
        }
    }
}

/// The time to which timestamps of files are set now.
#[inline(never)] // It is called in many places, and not where a nanosecond counts.
pub fn timestamp() -> Timestamp {
    match with(&STATE, |kernel| kernel.time.timestamp()) {
        Some(time) => Timestamp {
            seconds: time.as_secs(),
            nanoseconds: time.subsec_nanos(),
        },
        #[cfg(feature = "p3")]
        None if with(&STATE, |kernel| kernel.system_clock) => crate::p3::timestamp(),
        None => {
            let now = host::wall_clock::now();
            Timestamp {
                seconds: now.seconds,
                nanoseconds: now.nanoseconds,
            }
        }
    }
}

/// A moment for which something of the kernel waits, on the clock that the application sees.
#[cfg(feature = "responses")]
#[derive(Clone, Copy)]
pub enum Moment {
    /// It has come already.
    Past,
    /// A moment of the virtual clock.
    Virtual(Instant),
    /// A moment of the host's clock.
    Host(monotonic_clock::Instant),
}

#[cfg(feature = "responses")]
impl Moment {
    /// The moment in this many nanoseconds. Without clocks nothing takes time, and neither does it if the host's clock
    /// must not be asked.
    pub fn after(nanoseconds: u64, may_ask_host: bool) -> Self {
        if nanoseconds == 0 {
            return Self::Past;
        }
        let deadline = with(&STATE, |kernel| {
            let clock = kernel.time.clock().ok()?;
            Some(clock.map(|clock| clock.deadline(nanoseconds)))
        });
        match deadline {
            Some(Some(deadline)) => Self::Virtual(deadline),
            Some(None) if may_ask_host => {
                Self::Host(host::monotonic_clock::now().saturating_add(nanoseconds))
            }
            Some(None) | None => Self::Past,
        }
    }

    /// Whether the moment has come. Asking for one that has not come is a reading of the virtual clock.
    pub fn has_come(self) -> bool {
        match self {
            Self::Past => true,
            Self::Virtual(deadline) => with(&STATE, |kernel| kernel.time.check(deadline)),
            Self::Host(deadline) => host::monotonic_clock::now() >= deadline,
        }
    }

    /// A pollable that is ready when the moment has come.
    pub fn pollable(self) -> poll::Pollable {
        match self {
            Self::Past => Pollable::Ready.into(),
            Self::Virtual(deadline) => Pollable::Deadline(deadline).into(),
            Self::Host(deadline) => {
                Pollable::host(|| host::monotonic_clock::subscribe_instant(deadline))
            }
        }
    }
}

impl monotonic_clock::Guest for Adapter {
    fn now() -> monotonic_clock::Instant {
        ask("now", Clock::monotonic).unwrap_or_else(host::monotonic_clock::now)
    }

    fn resolution() -> monotonic_clock::Duration {
        ask("resolution", |clock| clock.resolution())
            .unwrap_or_else(host::monotonic_clock::resolution)
    }

    fn subscribe_instant(when: monotonic_clock::Instant) -> poll::Pollable {
        match ask("subscribe-instant", |_| ()) {
            Some(()) => Pollable::Deadline(when).into(),
            None => Pollable::host(|| host::monotonic_clock::subscribe_instant(when)),
        }
    }

    fn subscribe_duration(when: monotonic_clock::Duration) -> poll::Pollable {
        match ask("subscribe-duration", |clock| clock.deadline(when)) {
            Some(deadline) => Pollable::Deadline(deadline).into(),
            None => Pollable::host(|| host::monotonic_clock::subscribe_duration(when)),
        }
    }
}

impl wall_clock::Guest for Adapter {
    fn now() -> wall_clock::Datetime {
        ask("now", Clock::wall).map_or_else(host::wall_clock::now, datetime)
    }

    fn resolution() -> wall_clock::Datetime {
        ask("resolution", |clock| clock.resolution())
            .map_or_else(host::wall_clock::resolution, |step| {
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
