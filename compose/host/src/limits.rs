//! Holding what a run may take: time by interrupting it, memory by ending it where it would grow, fuel by counting.

use std::future::Future;
use std::time::Duration;

use interpose_policy::model::{Bytes, Limit, Limits};
use miette::Diagnostic;
use thiserror::Error;
use wasmtime::{AsContextMut, ResourceLimiter, Store};

use super::State;

/// A limit that a run has exceeded; the run was ended for that.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum Exceeded {
    /// It took too long.
    #[error("the application was ended: it ran for longer than {:?}, the limit that {} sets", .0.value, .0.place)]
    #[diagnostic(code("limits::timeout"))]
    Timeout(Limit<Duration>),
    /// It asked for too much memory.
    #[error("the application was ended: with its adapters, it asked for more than {} of memory, the limit that {} sets", .0.value, .0.place)]
    #[diagnostic(code("limits::memory"))]
    Memory(Limit<Bytes>),
    /// It computed too much.
    #[error("the application was ended: with its adapters, it burned more than {} units of fuel, the limit that {} sets", .0.value, .0.place)]
    #[diagnostic(code("limits::fuel"))]
    Fuel(Limit<u64>),
}

/// Counts the memory of all instances of a store, and ends what would have more than its limit.
#[derive(Default)]
pub(super) struct Memory {
    limit: Option<Limit<Bytes>>,
    used: u64,
    /// What was counted last, and is taken back if there is no memory after all.
    last: u64,
}

impl Memory {
    fn grow(&mut self, bytes: u64) -> wasmtime::Result<bool> {
        let used = self.used.saturating_add(bytes);
        if let Some(limit) = &self.limit
            && used > limit.value.0
        {
            return Err(Exceeded::Memory(limit.clone()).into());
        }
        self.used = used;
        self.last = bytes;
        Ok(true)
    }

    fn take_back(&mut self) {
        self.used = self.used.saturating_sub(std::mem::take(&mut self.last));
    }
}

/// Bytes that an element of a table takes, as the documentation of [`ResourceLimiter::table_growing`] says.
const ELEMENT: u64 = size_of::<usize>() as u64;

impl ResourceLimiter for Memory {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.grow(desired.saturating_sub(current) as u64)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.take_back();
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.grow((desired.saturating_sub(current) as u64).saturating_mul(ELEMENT))
    }

    fn table_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.take_back();
        Ok(())
    }
}

/// Has a store hold the limits of memory and fuel, before anything is instantiated in it.
///
/// # Errors
/// When the engine does not count fuel and has to.
pub(super) fn hold(store: &mut Store<State>, limits: &Limits) -> wasmtime::Result<()> {
    if limits.max_memory.is_some() {
        store.data_mut().memory.limit.clone_from(&limits.max_memory);
        store.limiter(|state| &mut state.memory);
    }
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
