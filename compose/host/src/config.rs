//! Implements `wasi:config` with the values of a grant, under every name that drafts of WASI gave to the same
//! interface.

use wasmtime::component::{ComponentType, Linker, Lower};
use wasmtime::{Result, StoreContextMut};

use crate::state::State;
use wasi_interpose::surface::Item;

/// The error of the interface, which `store` calls `error` and `runtime` called `config-error`. It never occurs,
/// because a grant's values are in memory.
#[derive(ComponentType, Lower)]
#[component(variant)]
enum Error {
    #[component(name = "upstream")]
    #[expect(dead_code, reason = "the variant has to have the cases of the WIT")]
    Upstream(String),
    #[component(name = "io")]
    #[expect(dead_code, reason = "the variant has to have the cases of the WIT")]
    Io(String),
}

/// Links the functions of `wasi:config/store` under the name of an import. `wasmtime-wasi-config` is not used because
/// it knows a single version and lists the values in another order in each run.
pub(crate) fn link(linker: &mut Linker<State>, import: &Item) -> Result<()> {
    type Get = std::result::Result<Option<String>, Error>;
    type All = std::result::Result<Vec<(String, String)>, Error>;
    let mut instance = linker.instance(&import.name)?;
    instance.func_wrap(
        "get",
        |store: StoreContextMut<'_, State>, (key,): (String,)| -> Result<(Get,)> {
            Ok((Ok(store.data().config.get(&key).cloned()),))
        },
    )?;
    instance.func_wrap(
        "get-all",
        |store: StoreContextMut<'_, State>, (): ()| -> Result<(All,)> {
            let values = store.data().config.iter();
            let values = values.map(|(key, value)| (key.clone(), value.clone()));
            Ok((Ok(values.collect()),))
        },
    )
}
