//! How a component ended while it was being instantiated.

use interpose_policy::model::Limits;
use wasmtime::WasmBacktrace;
use wasmtime_wasi::I32Exit;

use crate::configuring;
use crate::error::HostError;
use crate::exceeded::Exceeded;
use crate::outcome::Outcome;
use crate::state::State;

/// How a component ended while it was being instantiated, by what its start functions did.
///
/// # Errors
/// [`HostError::Configure`] when an adapter was not configured, [`HostError::Instantiate`] when the runtime did not
/// make the instance: that is no end of the component's.
pub(crate) fn outcome_of_start(
    error: wasmtime::Error,
    limits: &Limits,
    state: &State,
) -> Result<Outcome, HostError> {
    if error.is::<Exceeded>() {
        return Ok(Outcome::of(&error, limits));
    }
    if let Some(error) = configuring::refused(&error, state.configuring) {
        return Err(error);
    }
    // What happens in a function of the component has its stack; what the runtime does for it, such as copying
    // the contents of its memory, is a trap without one.
    let is_its_own =
        error.is::<I32Exit>() || error.is::<WasmBacktrace>() || error.is::<wasmtime::Trap>();
    match is_its_own {
        true => Ok(Outcome::of(&error, limits)),
        false => Err(HostError::Instantiate(error)),
    }
}
