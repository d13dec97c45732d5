//! How a run ended.

use miette::Diagnostic;
use rustc_demangle::demangle;
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
    /// The host ended the component because it exceeded a limit.
    Exceeded(Exceeded),
}

/// Why a component trapped.
#[derive(Debug, Error, Diagnostic)]
#[error("the application trapped: {message}")]
#[diagnostic(code("host::trapped"))]
pub struct Trap {
    /// The runtime's description of the trap in one sentence; for a trap of an adapter, its reason.
    pub message: String,
    /// The functions on the stack, innermost first, as far as their names are known. Names that a Rust compiler mangled
    /// are demangled, without the hash.
    pub backtrace: Vec<String>,
    /// The position of the innermost function in bytes from the start of the component, if it is known. With it,
    /// [`Assembled::member_at`](wasi_interpose::graph::Assembled::member_at) finds which member of a graph trapped.
    pub offset: Option<usize>,
}

impl Outcome {
    /// The outcome of a component in which a call did not return.
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
        let names = || frames.iter().filter_map(|frame| frame.func_name());
        let own = names().find_map(adapters::reason);
        let message = match (own, error.downcast_ref::<wasmtime::Trap>()) {
            (Some(reason), _) => reason.to_owned(),
            (None, Some(trap)) => trap.to_string(),
            (None, None) => error.root_cause().to_string(),
        };
        Self {
            message,
            // Without the hash, which the alternate form omits, two functions of the same name look alike, as they do
            // in the source.
            backtrace: names()
                .map(|name| format!("{:#}", demangle(name)))
                .collect(),
            offset: frames.first().and_then(|frame| frame.module_offset()),
        }
    }
}
