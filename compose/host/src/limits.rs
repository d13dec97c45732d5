//! Enforces the limits of a run: interrupts it when its time is over, ends it when its memory would grow too much, and
//! counts its fuel.

use std::future::Future;
use std::time::Duration;

use interpose_policy::model::{Limit, Limits};
use wasmtime::{AsContextMut, Store};

use crate::exceeded::Exceeded;
use crate::state::State;

/// Makes a store count memory and keep the limits of memory and fuel; to be called before anything is instantiated in
/// the store.
///
/// # Errors
/// An error when the grant limits fuel and the engine does not count it.
pub(super) fn hold(store: &mut Store<State>, limits: &Limits) -> wasmtime::Result<()> {
    store.data_mut().memory.limit.clone_from(&limits.max_memory);
    store.limiter(|state| &mut state.memory);
    match &limits.fuel {
        Some(fuel) => store.set_fuel(fuel.value),
        None => Ok(()),
    }
}

/// Lifts the limits of memory and fuel for the host's own work after the run.
pub(super) fn lift(mut store: impl AsContextMut<Data = State>) {
    let mut store = store.as_context_mut();
    store.data_mut().memory.limit = None;
    // An error means that the engine does not count fuel.
    let _ = store.set_fuel(u64::MAX);
}

/// Waits until the time of a run is over; without a limit, for ever.
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
