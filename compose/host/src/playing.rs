//! Plays what an application does while it gets its answers from a recording.

use std::io::{Write, stdout};
use std::sync::{Arc, Mutex, PoisonError};

use wasmtime_wasi::p2::OutputStream;

use crate::grant::Output;
use crate::last_line::Stderr;

/// Takes the difference between a replayed run and its recording.
#[derive(Clone, Debug, Default)]
pub struct Player {
    difference: Arc<Mutex<Option<Vec<u8>>>>,
}

impl Player {
    /// The event with which the run differed from the recording, and ended; `None` if it did not.
    pub fn difference(&self) -> Option<Vec<u8>> {
        let difference = self.difference.lock();
        difference.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn differs(&self, event: Vec<u8>) {
        let mut difference = self
            .difference
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *difference = Some(event);
    }
}

/// Writes what a replayed application has written. What nobody can read is lost, as it would be in any run.
pub(crate) fn print(to: &Output, stderr: Option<&Stderr>, bytes: Vec<u8>) {
    match (to, stderr) {
        (Output::Discard, _) => {}
        (Output::Inherit, Some(stderr)) => stderr.print(&bytes),
        (Output::Inherit, None) => drop(stdout().write_all(&bytes)),
        (Output::Buffer(buffer), _) => drop(buffer.pipe().write(bytes.into())),
    }
}
