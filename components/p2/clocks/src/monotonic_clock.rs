//! `wasi:clocks/monotonic-clock`.

use interpose_time::{Denied, FilteredClocks, HostWait};

use crate::bindings::{
    exports::wasi::clocks::monotonic_clock::{Duration, Guest, Instant},
    wasi::{clocks::monotonic_clock as host, io::poll::Pollable},
};
use crate::{Adapter, ask};

impl Guest for Adapter {
    fn now() -> Instant {
        ask("now", |clocks| clocks.monotonic(host::now))
    }

    fn resolution() -> Duration {
        ask("resolution", |clocks| clocks.resolution(host::resolution))
    }

    fn subscribe_instant(when: Instant) -> Pollable {
        subscribed("subscribe-instant", |clocks| clocks.wait_until(when))
    }

    fn subscribe_duration(when: Duration) -> Pollable {
        subscribed("subscribe-duration", |clocks| {
            clocks.wait_for(when, host::now)
        })
    }
}

#[cfg(feature = "host-poll")]
fn subscribed(
    function: &str,
    wait: impl FnOnce(&mut FilteredClocks) -> Result<HostWait, Denied>,
) -> Pollable {
    match ask(function, wait) {
        HostWait::Until(instant) => host::subscribe_instant(instant),
        HostWait::For(duration) => host::subscribe_duration(duration),
    }
}

#[cfg(not(feature = "host-poll"))]
fn subscribed(
    _: &str,
    _: impl FnOnce(&mut FilteredClocks) -> Result<HostWait, Denied>,
) -> Pollable {
    interpose_adapter::trap!(something_waits_that_does_not_import_wasi_io_poll)
}
