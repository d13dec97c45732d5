//! `wasi:clocks/monotonic-clock`.

use interpose_adapter::{trap, with};

use crate::bindings::{
    exports::wasi::clocks::monotonic_clock::{Duration, Guest, Instant},
    wasi::{clocks::monotonic_clock as host, io::poll::Pollable},
};
use crate::{Adapter, MODE, Mode};

impl Guest for Adapter {
    fn now() -> Instant {
        with(&MODE, |mode| match mode {
            Mode::Host | Mode::Offset(_) => host::now(),
            Mode::Frozen(clocks) => clocks.monotonic(),
            Mode::Coarse(clocks) => clocks.monotonic(host::now()),
            Mode::Denied => trap!(clocks_are_denied_by_the_policy),
        })
    }

    fn resolution() -> Duration {
        with(&MODE, |mode| match mode {
            Mode::Host | Mode::Offset(_) => host::resolution(),
            Mode::Frozen(clocks) => clocks.resolution(),
            Mode::Coarse(clocks) => clocks.resolution(host::resolution()),
            Mode::Denied => trap!(clocks_are_denied_by_the_policy),
        })
    }

    fn subscribe_instant(when: Instant) -> Pollable {
        subscribed(|mode| match mode {
            Mode::Host | Mode::Offset(_) => host::subscribe_instant(when),
            Mode::Frozen(clocks) => host::subscribe_duration(clocks.until(when)),
            Mode::Coarse(clocks) => host::subscribe_instant(clocks.when(when)),
            Mode::Denied => trap!(clocks_are_denied_by_the_policy),
        })
    }

    fn subscribe_duration(when: Duration) -> Pollable {
        subscribed(|mode| match mode {
            Mode::Host | Mode::Offset(_) | Mode::Frozen(_) => host::subscribe_duration(when),
            Mode::Coarse(clocks) => host::subscribe_instant(clocks.after(host::now(), when)),
            Mode::Denied => trap!(clocks_are_denied_by_the_policy),
        })
    }
}

#[cfg(feature = "host-poll")]
fn subscribed(subscribe: impl FnOnce(&mut Mode) -> Pollable) -> Pollable {
    with(&MODE, subscribe)
}

#[cfg(not(feature = "host-poll"))]
fn subscribed(_: impl FnOnce(&mut Mode) -> Pollable) -> Pollable {
    trap!(something_waits_that_does_not_import_wasi_io_poll)
}
