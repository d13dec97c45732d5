//! `wasi:clocks/monotonic-clock`.

use interpose_time::HostWait;

use crate::bindings::{
    exports::wasi::clocks::monotonic_clock::{Duration, Guest, Mark},
    wasi::clocks::monotonic_clock as host,
};
use crate::{Adapter, ask};

impl Guest for Adapter {
    fn now() -> Mark {
        ask("now", |clocks| clocks.monotonic(host::now))
    }

    fn get_resolution() -> Duration {
        ask("get-resolution", |clocks| {
            clocks.resolution(host::get_resolution)
        })
    }

    async fn wait_until(when: Mark) {
        wait(ask("wait-until", |clocks| clocks.wait_until(when))).await;
    }

    async fn wait_for(how_long: Duration) {
        wait(ask("wait-for", |clocks| {
            clocks.wait_for(how_long, host::now)
        }))
        .await;
    }
}

async fn wait(wait: HostWait) {
    match wait {
        HostWait::Until(mark) => host::wait_until(mark).await,
        HostWait::For(duration) => host::wait_for(duration).await,
    }
}
