//! Finds out how a component ended during its instantiation.

use interpose_policy::model::Limits;
use wasmtime::WasmBacktrace;
use wasmtime_wasi::I32Exit;

use crate::configuring;
use crate::error::HostError;
use crate::exceeded::Exceeded;
use crate::outcome::Outcome;
use crate::state::State;

/// The outcome of a component whose start functions ended it during its instantiation.
///
/// # Errors
/// [`HostError::Configure`] when an adapter was not configured; [`HostError::Instantiate`] when the runtime could not
/// make the instance, which is no outcome of the component.
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
    // A failure in a function of the component has a backtrace. A failure of the runtime on its behalf, such as copying
    // the contents of its memory, is a trap without one.
    let is_its_own =
        error.is::<I32Exit>() || error.is::<WasmBacktrace>() || error.is::<wasmtime::Trap>();
    match is_its_own {
        true => Ok(Outcome::of(&error, limits)),
        false => Err(HostError::Instantiate(error)),
    }
}
