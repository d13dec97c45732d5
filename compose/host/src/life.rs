//! One life of a tested application, from its start to its end: what it begins with, who watches it, and how it ended.

use std::any::Any;
use std::ops::ControlFlow;

use interpose_policy::model::Limits;
use thiserror::Error;
use wasmtime::component::TypedFunc;

use crate::outcome::Outcome;

/// Watches a tested application. The application waits meanwhile.
pub trait Watch: Any + Send {
    /// Whether the next event needs the time. Asking for it takes longer than most events do.
    fn wants_time(&self) -> bool {
        false
    }

    /// Takes an event of the probe, in the order in which they happen. `now` is the monotonic time in nanoseconds, if it was
    /// wanted and the composition has a kernel. After [`ControlFlow::Break`] the application is ended.
    fn event(&mut self, event: &[u8], now: Option<u64>) -> ControlFlow<()>;

    /// Takes an encoded fault, before the event of the call's return.
    fn fault(&mut self, happened: Vec<u8>);
}

/// What one life of a tested application begins with.
#[derive(Clone, Debug, Default)]
pub struct Life {
    /// What the interface [`RUN`](wasi_interpose::probe::RUN) answers for `seed`.
    pub seed: u64,
    /// What it answers for `begin`: the encoded beginning of the run.
    pub begin: Vec<u8>,
    /// The limits of fuel and memory. A limit of real time is not held, because it would end equal runs differently.
    pub limits: Limits,
    /// Whether the files are wanted when the application has ended.
    pub wants_files: bool,
    /// If the application returns, the power is lost then: the seed that chooses what is left.
    pub loses_power: Option<u64>,
}

/// How one life of a tested application ended.
#[derive(Debug)]
pub struct Lived<W> {
    /// The way in which it ended. A loss of power is a trap, and being ended by the watcher is one, too.
    pub outcome: Outcome,
    /// Whether the watcher ended it.
    pub stopped: bool,
    /// The files that a loss of power left, if there was one.
    pub crashed: Option<Vec<u8>>,
    /// The files at the end, if they were wanted, the composition has a kernel, and the application returned or exited.
    pub files: Option<Vec<u8>>,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: Vec<u8>,
    /// The fuel that it burned, its adapters included; 0 if the host does not count it.
    pub fuel: u64,
    /// The most bytes that its memories and tables had, its adapters included.
    pub memory: u64,
    /// The monotonic time at its end in nanoseconds, if it returned and the composition has a kernel.
    pub time: Option<u64>,
    /// The watcher.
    pub watch: W,
}

/// The watcher ended the application.
#[derive(Debug, Error)]
#[error("the application was ended by its test")]
pub(crate) struct Stopped;

/// The functions of [`CONTROL`](wasi_interpose::probe::CONTROL) that the host calls.
#[derive(Clone, Copy)]
pub(crate) struct Control {
    pub(crate) now: TypedFunc<(), (u64,)>,
    pub(crate) files: TypedFunc<(), (Vec<u8>,)>,
    pub(crate) durable: TypedFunc<(u64,), (Vec<u8>,)>,
}

/// What is known of a life that has not ended.
pub(crate) struct Living {
    pub(crate) seed: u64,
    pub(crate) begin: Vec<u8>,
    pub(crate) watch: Box<dyn Watch>,
    /// `None` before the composition is instantiated, and without a kernel.
    pub(crate) control: Option<Control>,
    pub(crate) crashed: Option<Vec<u8>>,
    pub(crate) exiting: Option<Vec<u8>>,
}
