//! `wasi:clocks/wall-clock`.

use interpose_adapter::{trap, with};
use interpose_config::Timestamp;

use crate::bindings::{
    exports::wasi::clocks::wall_clock::{Datetime, Guest},
    wasi::clocks::wall_clock as host,
};
use crate::{Adapter, MODE, Mode};

impl Guest for Adapter {
    fn now() -> Datetime {
        with(&MODE, |mode| match mode {
            Mode::Host => host_now(),
            Mode::Offset(clock) => clock.wall(host_now()),
            Mode::Frozen(clocks) => clocks.wall(),
            Mode::Coarse(clocks) => clocks.wall(host_now()),
            Mode::Denied => trap!(clocks_are_denied_by_the_policy),
        })
        .into()
    }

    fn resolution() -> Datetime {
        with(&MODE, |mode| match mode {
            Mode::Host | Mode::Offset(_) => host_resolution(),
            Mode::Frozen(clocks) => clocks.wall_resolution(),
            Mode::Coarse(clocks) => clocks.wall_resolution(host_resolution()),
            Mode::Denied => trap!(clocks_are_denied_by_the_policy),
        })
        .into()
    }
}

fn host_now() -> Timestamp {
    host::now().into()
}

fn host_resolution() -> Timestamp {
    host::resolution().into()
}

impl From<host::Datetime> for Timestamp {
    fn from(time: host::Datetime) -> Self {
        Self {
            seconds: time.seconds,
            nanoseconds: time.nanoseconds,
        }
    }
}

impl From<Timestamp> for Datetime {
    fn from(time: Timestamp) -> Self {
        Self {
            seconds: time.seconds,
            nanoseconds: time.nanoseconds,
        }
    }
}
