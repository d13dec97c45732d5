//! The limits that a run can exceed.

use std::time::Duration;

use interpose_policy::model::{Bytes, Limit};
use miette::Diagnostic;
use thiserror::Error;

/// A limit that a run exceeded, so that the host ended the run.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum Exceeded {
    /// The run took too long.
    #[error("the application was ended: it ran for longer than {:?}, the limit that {} sets", .0.value, .0.place)]
    #[diagnostic(code("limits::timeout"))]
    Timeout(Limit<Duration>),
    /// The component and its adapters asked for too much memory.
    #[error("the application was ended: with its adapters, it asked for more than {} of memory, the limit that {} sets", .0.value, .0.place)]
    #[diagnostic(code("limits::memory"))]
    Memory(Limit<Bytes>),
    /// The component and its adapters computed too much.
    #[error("the application was ended: with its adapters, it burned more than {} units of fuel, the limit that {} sets", .0.value, .0.place)]
    #[diagnostic(code("limits::fuel"))]
    Fuel(Limit<u64>),
}
