//! `wasi:cli/exit`, after which files are saved.

use std::sync::atomic::Ordering;

use wasmtime::component::Linker;
use wasmtime::{Result, StoreContextMut};
use wasmtime_wasi::I32Exit;

use crate::save::walk::save_all;
use crate::state::State;

/// Links `wasi:cli/exit`, in the version of `name`, so that the component can still be called to save files: leaving the
/// component by an error would close its store.
pub(crate) fn link_exit(linker: &mut Linker<State>, name: &str) -> Result<()> {
    let mut exit = linker.instance(name)?;
    exit.func_wrap_async(
        "exit",
        |store: StoreContextMut<'_, State>, (status,): (std::result::Result<(), ()>,)| {
            Box::new(leave(store, i32::from(status.is_err())))
        },
    )?;
    exit.func_wrap_async(
        "exit-with-code",
        |store: StoreContextMut<'_, State>, (status,): (u8,)| {
            Box::new(leave(store, i32::from(status)))
        },
    )
}

async fn leave(mut store: StoreContextMut<'_, State>, status: i32) -> Result<()> {
    store.data().leaving.store(true, Ordering::Release);
    save_all(&mut store).await;
    Err(I32Exit(status).into())
}
