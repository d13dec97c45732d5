//! `wasi:clocks/system-clock`.

use std::time::Duration;

use crate::bindings::{
    exports::wasi::clocks::system_clock::{Guest, Instant},
    wasi::clocks::system_clock as host,
};
use crate::{Adapter, ask};

impl Guest for Adapter {
    fn now() -> Instant {
        let now = ask("now", |clocks| clocks.wall(|| since_1970(host::now())));
        Instant {
            seconds: i64::try_from(now.as_secs()).unwrap_or(i64::MAX),
            nanoseconds: now.subsec_nanos(),
        }
    }

    fn get_resolution() -> u64 {
        let resolution = ask("get-resolution", |clocks| {
            clocks.wall_resolution(|| Duration::from_nanos(host::get_resolution()))
        });
        u64::try_from(resolution.as_nanos()).unwrap_or(u64::MAX)
    }
}

/// Converts the host's time. A time before 1970 counts as 1970, which is the earliest that WASI 0.2 can tell.
/// Nanoseconds beyond a second, which the WIT excludes, count as seconds.
fn since_1970(time: host::Instant) -> Duration {
    let seconds = u64::try_from(time.seconds).unwrap_or_default();
    Duration::from_secs(seconds).saturating_add(Duration::from_nanos(time.nanoseconds.into()))
}
