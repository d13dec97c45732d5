//! How a run ended.

use miette::Diagnostic;
use thiserror::Error;
use wasi_interpose::adapters;
use wasmtime::WasmBacktrace;
use wasmtime_wasi::I32Exit;

use crate::exceeded::Exceeded;
use interpose_policy::model::Limits;

/// How a run ended.
#[derive(Debug)]
pub enum Outcome {
    /// The component ended with this status; 0 is success.
    Exited(i32),
    /// The component trapped.
    Trapped(Trap),
    /// The component was ended, because it exceeded a limit.
    Exceeded(Exceeded),
}

/// Why a component trapped.
#[derive(Debug, Error, Diagnostic)]
#[error("the application trapped: {message}")]
#[diagnostic(code("host::trapped"))]
pub struct Trap {
    /// What the runtime calls it, in one sentence; for an adapter's own traps, why it trapped.
    pub message: String,
    /// The functions on the stack, innermost first, where their names are known.
    pub backtrace: Vec<String>,
}

impl Outcome {
    /// How a component ended that a call did not return from.
    pub(crate) fn of(error: &wasmtime::Error, limits: &Limits) -> Self {
        if let Some(I32Exit(status)) = error.downcast_ref() {
            return Self::Exited(*status);
        }
        if let Some(exceeded) = error.downcast_ref::<Exceeded>() {
            return Self::Exceeded(exceeded.clone());
        }
        match (error.downcast_ref::<wasmtime::Trap>(), &limits.fuel) {
            (Some(wasmtime::Trap::OutOfFuel), Some(fuel)) => {
                Self::Exceeded(Exceeded::Fuel(fuel.clone()))
            }
            _ => Self::Trapped(Trap::of(error)),
        }
    }
}

impl Trap {
    pub(crate) fn of(error: &wasmtime::Error) -> Self {
        let frames = error
            .downcast_ref::<WasmBacktrace>()
            .map(WasmBacktrace::frames)
            .unwrap_or_default();
        let backtrace: Vec<String> = frames
            .iter()
            .filter_map(|frame| Some(frame.func_name()?.to_owned()))
            .collect();
        let own = backtrace.iter().find_map(|name| adapters::reason(name));
        let message = match (own, error.downcast_ref::<wasmtime::Trap>()) {
            (Some(reason), _) => reason.to_owned(),
            (None, Some(trap)) => trap.to_string(),
            (None, None) => error.root_cause().to_string(),
        };
        Self { message, backtrace }
    }
}
