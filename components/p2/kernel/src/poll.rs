//! `wasi:io/poll`.

use interpose_adapter::{trap, with};
use interpose_time::{Instant, Outcome, Waiting};

use crate::adapter::Adapter;
use crate::bindings::exports::wasi::io::poll::{self, Guest, GuestPollable, PollableBorrow};
#[cfg(feature = "host-poll")]
use crate::bindings::wasi::io::poll as host;
use crate::bindings::wasi::io::poll::Pollable as HostsPollable;
#[cfg(all(feature = "network", not(feature = "forward")))]
use crate::host_resource::Forwarded;
use crate::host_resource::HostResource;
use crate::state::STATE;

/// The host's pollables for an application that has none.
#[cfg(not(feature = "host-poll"))]
mod host {
    pub struct Pollable(std::convert::Infallible);

    impl Pollable {
        pub fn ready(&self) -> bool {
            match self.0 {}
        }

        pub fn block(&self) {
            match self.0 {}
        }
    }

    pub fn poll(pollables: &[&Pollable]) -> Vec<u32> {
        pollables
            .iter()
            .map(|pollable| match pollable.0 {})
            .collect()
    }
}

/// What a guest can wait for.
pub enum Pollable {
    /// Something that has happened already: whatever is in memory is always ready.
    Ready,
    /// A deadline of the virtual clock.
    Deadline(Instant),
    /// Something of the host.
    Host(HostResource<host::Pollable>),
}

#[cfg(feature = "host-poll")]
fn subscribed(subscribe: impl FnOnce() -> HostsPollable) -> host::Pollable {
    subscribe()
}

#[cfg(not(feature = "host-poll"))]
fn subscribed(_: impl FnOnce() -> HostsPollable) -> host::Pollable {
    trap!(something_waits_that_does_not_import_wasi_io_poll)
}

impl Pollable {
    /// Wraps the pollable of the host that `subscribe` returns, which has no parent.
    pub fn host(subscribe: impl FnOnce() -> HostsPollable) -> poll::Pollable {
        Self::Host(HostResource::new(subscribed(subscribe))).into()
    }

    fn waiting(&self) -> Waiting {
        match self {
            Self::Ready => Waiting::Nothing,
            Self::Deadline(deadline) => Waiting::Deadline(*deadline),
            Self::Host(_) => Waiting::Outside,
        }
    }

    fn is_ready(&self) -> bool {
        match self {
            Self::Ready => true,
            Self::Deadline(deadline) => with(&STATE, |kernel| kernel.time.is_due(*deadline)),
            Self::Host(pollable) => pollable.ready(),
        }
    }
}

impl<T: 'static> HostResource<T> {
    /// Wraps the pollable that the host makes from this resource.
    pub fn pollable(&self, subscribe: impl FnOnce(&T) -> HostsPollable) -> poll::Pollable {
        Pollable::Host(self.child(subscribed(|| subscribe(self)))).into()
    }
}

#[cfg(all(feature = "network", not(feature = "forward")))]
impl<T> Forwarded<T> {
    /// There is no way to get here.
    pub fn pollable(&self, _subscribe: impl FnOnce(&T) -> HostsPollable) -> poll::Pollable {
        self.never()
    }
}

impl From<Pollable> for poll::Pollable {
    fn from(pollable: Pollable) -> Self {
        Self::new(pollable)
    }
}

impl Guest for Adapter {
    type Pollable = Pollable;

    fn poll(in_: Vec<PollableBorrow<'_>>) -> Vec<u32> {
        if in_.is_empty() {
            trap!(poll_was_called_with_an_empty_list);
        }
        let pollables = || (0u32..).zip(in_.iter().map(|pollable| pollable.get::<Pollable>()));
        match wait(pollables().map(|(_, pollable)| pollable.waiting())) {
            Outcome::Outside => {
                let (indices, of_host): (Vec<u32>, Vec<&host::Pollable>) = pollables()
                    .filter_map(|(index, pollable)| match pollable {
                        Pollable::Host(pollable) => Some((index, &**pollable)),
                        _ => None,
                    })
                    .unzip();
                let ready = host::poll(&of_host);
                ready
                    .into_iter()
                    .filter_map(|position| indices.get(position as usize).copied())
                    .collect()
            }
            _ => pollables()
                .filter(|(_, pollable)| pollable.is_ready())
                .map(|(index, _)| index)
                .collect(),
        }
    }
}

impl GuestPollable for Pollable {
    fn ready(&self) -> bool {
        match self {
            Self::Deadline(deadline) => with(&STATE, |kernel| kernel.time.check(*deadline)),
            _ => self.is_ready(),
        }
    }

    fn block(&self) {
        match self {
            Self::Host(pollable) => pollable.block(),
            _ => {
                wait([self.waiting()]);
            }
        }
    }
}

/// Waits until one of the things has happened, or there is something of the host to wait for.
fn wait(things: impl IntoIterator<Item = Waiting>) -> Outcome {
    let outcome = with(&STATE, |kernel| kernel.time.wait(things));
    if outcome == Outcome::Deadlock {
        trap!(deadlock__every_pollable_waits_for_something_that_can_never_happen);
    }
    outcome
}
