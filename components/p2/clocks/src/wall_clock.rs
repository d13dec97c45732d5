//! `wasi:clocks/wall-clock`.

use std::time::Duration;

use crate::bindings::{
    exports::wasi::clocks::wall_clock::{Datetime, Guest},
    wasi::clocks::wall_clock as host,
};
use crate::{Adapter, ask};

impl Guest for Adapter {
    fn now() -> Datetime {
        datetime(ask("now", |clocks| clocks.wall(|| duration(host::now()))))
    }

    fn resolution() -> Datetime {
        datetime(ask("resolution", |clocks| {
            clocks.wall_resolution(|| duration(host::resolution()))
        }))
    }
}

/// Converts the host's time. Nanoseconds beyond a second, which the WIT excludes, count as seconds.
fn duration(time: host::Datetime) -> Duration {
    Duration::from_secs(time.seconds).saturating_add(Duration::from_nanos(time.nanoseconds.into()))
}

fn datetime(time: Duration) -> Datetime {
    Datetime {
        seconds: time.as_secs(),
        nanoseconds: time.subsec_nanos(),
    }
}
