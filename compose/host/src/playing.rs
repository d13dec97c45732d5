//! Plays what an application does while it gets its answers from a recording.

use std::sync::{Arc, Mutex, PoisonError};

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
