//! `wasi:clocks` in virtual time. The tool connects nothing to these exports under other clocks.

use std::cell::RefCell;
use std::future::pending;

use interpose_adapter::rt::async_support::yield_async;
use interpose_adapter::{trap, with};
use interpose_time::{Clock, NEVER, Timer, Timers};

use super::bindings::exports::wasi::clocks::{monotonic_clock, system_clock};
use crate::adapter::Adapter;
use crate::clocks::ask;
use crate::state::STATE;

thread_local! {
    /// The waits of the application. They are no part of the configured state, because calls are counted before there is one.
    static TIMERS: RefCell<Timers> = RefCell::default();
}

/// Notes that the application, or a task for it, does something.
pub fn used() {
    TIMERS.with_borrow_mut(Timers::used);
}

/// The answer of the virtual clock.
fn answer<R>(function: &str, question: impl FnOnce(&mut Clock) -> R) -> R {
    match ask(function, question) {
        Some(answer) => answer,
        None => trap!(the_host_s_clocks_are_asked_here),
    }
}

/// A wait, which ends also if its task is cancelled.
struct Wait(Timer);

impl Drop for Wait {
    fn drop(&mut self) {
        TIMERS.with_borrow_mut(|timers| timers.end(self.0));
    }
}

async fn wait(deadline: u64) {
    if deadline == NEVER {
        return pending().await;
    }
    let mut wait = Wait(TIMERS.with_borrow_mut(|timers| timers.begin(deadline)));
    loop {
        let is_over = TIMERS.with_borrow_mut(|timers| {
            with(&STATE, |kernel| timers.turn(&mut wait.0, &mut kernel.time))
        });
        if is_over {
            return;
        }
        yield_async().await;
    }
}

impl monotonic_clock::Guest for Adapter {
    fn now() -> monotonic_clock::Mark {
        answer("now", Clock::monotonic)
    }

    fn get_resolution() -> monotonic_clock::Duration {
        answer("get-resolution", |clock| clock.resolution())
    }

    async fn wait_until(when: monotonic_clock::Mark) {
        wait(when).await;
    }

    async fn wait_for(how_long: monotonic_clock::Duration) {
        wait(answer("wait-for", |clock| clock.deadline(how_long))).await;
    }
}

impl system_clock::Guest for Adapter {
    fn now() -> system_clock::Instant {
        let now = answer("now", Clock::wall);
        system_clock::Instant {
            seconds: now.as_secs().try_into().unwrap_or(i64::MAX),
            nanoseconds: now.subsec_nanos(),
        }
    }

    fn get_resolution() -> system_clock::Duration {
        answer("get-resolution", |clock| clock.resolution())
    }
}
