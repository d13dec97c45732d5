//! Gives the adapters of an open composition their configurations while the composition is instantiated.

use thiserror::Error;
use wasmtime::component::Linker;
use wasmtime::{Error, Result, StoreContextMut};

use crate::error::HostError;
use crate::state::State;
use wasi_interpose::adapters::Adapter;
use wasi_interpose::configurations::{Configuration, DONE, GET};
use wasi_interpose::configure::ConfigureError;

/// An adapter refused its configuration.
#[derive(Debug, Error)]
#[error("{adapter}: {reason}")]
struct Refused {
    adapter: Adapter,
    reason: String,
}

/// Links the instance from which an adapter imports its configuration. Reading it takes no fuel from the application,
/// which has `fuel`.
pub(super) fn link_configuration(
    linker: &mut Linker<State>,
    configuration: &Configuration,
    fuel: Option<u64>,
) -> Result<()> {
    let adapter = configuration.adapter;
    let mut instance = linker.instance(&configuration.import)?;
    let configuration = configuration.clone();
    instance.func_wrap(GET, move |mut store: StoreContextMut<'_, State>, (): ()| {
        store.data_mut().configuring = Some(adapter);
        if fuel.is_some() {
            store.set_fuel(u64::MAX)?;
        }
        let bytes = configuration.take();
        let bytes = bytes.ok_or_else(|| Error::msg("its configuration was for one instance"))?;
        Ok((bytes,))
    })?;
    instance.func_wrap(
        DONE,
        move |mut store: StoreContextMut<'_, State>,
              (result,): (std::result::Result<(), String>,)| {
            store.data_mut().configuring = None;
            if let Some(fuel) = fuel {
                store.set_fuel(fuel)?;
            }
            result.map_err(|reason| Refused { adapter, reason }.into())
        },
    )
}

/// The error of an instantiation that failed because an adapter refused its configuration; `None` for other failures.
/// `configuring` is the adapter that was being configured.
pub(super) fn refused(error: &Error, configuring: Option<Adapter>) -> Option<HostError> {
    let refused = error
        .downcast_ref::<Refused>()
        .map(|refused| ConfigureError::Refused {
            adapter: refused.adapter,
            reason: refused.reason.clone(),
        });
    let failed = || {
        configuring.map(|adapter| ConfigureError::Failed {
            adapter,
            message: format!("{error:#}"),
        })
    };
    refused.or_else(failed).map(HostError::Configure)
}
