//! Holding what a run may take: time by interrupting it, memory by ending it where it would grow, fuel by counting.

use std::future::Future;
use std::time::Duration;

use interpose_policy::model::{Limit, Limits};
use wasmtime::{AsContextMut, Store};

use crate::exceeded::Exceeded;
use crate::state::State;

/// Has a store count memory, and hold the limits of memory and fuel, before anything is instantiated in it.
///
/// # Errors
/// When the engine does not count fuel and has to.
pub(super) fn hold(store: &mut Store<State>, limits: &Limits) -> wasmtime::Result<()> {
    store.data_mut().memory.limit.clone_from(&limits.max_memory);
    store.limiter(|state| &mut state.memory);
    match &limits.fuel {
        Some(fuel) => store.set_fuel(fuel.value),
        None => Ok(()),
    }
}

/// Lifts the limits of memory and fuel: what is done from now on is the host's own.
pub(super) fn lift(mut store: impl AsContextMut<Data = State>) {
    let mut store = store.as_context_mut();
    store.data_mut().memory.limit = None;
    // An error says that the engine counts no fuel.
    let _ = store.set_fuel(u64::MAX);
}

/// Waits until the time of a run is over; for ever if there is no limit.
pub(super) fn time_is_over(
    limit: Option<&Limit<Duration>>,
) -> impl Future<Output = Exceeded> + use<> {
    let limit = limit.cloned();
    async move {
        match limit {
            Some(limit) => {
                tokio::time::sleep(limit.value).await;
                Exceeded::Timeout(limit)
            }
            None => std::future::pending().await,
        }
    }
}
