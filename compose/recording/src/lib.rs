//! Recordings: files with all that crossed the boundary of a component in a run.
//!
//! [`Recorder`] writes one while the component runs, and [`Recording::read`] reads it. A file begins with a line of text that
//! says what it is. The rest is compressed with zstd: a [`Header`], the events with the times between them, and how the run
//! ended.

mod error;
mod read;
mod redact;
mod write;

pub use error::RecordingError;
pub use interpose_calls as calls;
pub use read::Recording;
pub use redact::redact;
pub use write::Recorder;

use interpose_calls::Table;
use serde::{Deserialize, Serialize};

/// The first line of a recording, with the version of its format.
const MAGIC: &[u8] = b"recording of wasi-interpose, format 2\n";

/// What a recording is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The SHA-256 of the application's file.
    pub application: [u8; 32],
    /// The name of the application's file.
    pub name: String,
    /// How a core module was made a component, as the option `--preview1` has it; empty if it was a component.
    pub preview1: String,
    /// The functions that were observed.
    pub table: Table,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// With this exit status.
    Exited(i32),
    /// By a trap with this message.
    Trapped(String),
    /// At a limit, which the message names.
    Exceeded(String),
}

/// What follows in a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Entry {
    /// The outcome, with its length in front. Nothing follows.
    End = 0,
    /// An event: the nanoseconds since the one before it, its length, and its bytes.
    Event = 1,
}
