//! `--trace` of `run` and `serve`: shows each call that the application makes.
//!
//! The application's thread only copies each event, with its time, into a buffer (`collector`); another thread reads the
//! events and writes lines (`writer`).

mod chosen;
mod collector;
mod options;
mod probe;
mod running;
mod writer;

pub use chosen::chosen;
pub use options::{Planned, TraceOptions};
pub use probe::Probe;
pub use running::reason;
