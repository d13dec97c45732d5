//! Writes a recording.

use std::io::Write;
use std::time::Duration;

use interpose_calls::number;
use serde::Serialize;

use crate::{Entry, Header, MAGIC, Outcome, RecordingError};

/// Writes a recording while a component runs.
pub struct Recorder<W: Write> {
    to: zstd::Encoder<'static, W>,
    last: Duration,
    entry: Vec<u8>,
}

impl<W: Write> Recorder<W> {
    /// Begins a recording.
    ///
    /// # Errors
    /// [`RecordingError::Io`] when it cannot be written.
    pub fn new(mut to: W, header: &Header) -> Result<Self, RecordingError> {
        to.write_all(MAGIC)?;
        // The default level.
        let to = zstd::Encoder::new(to, 0)?;
        let mut recorder = Self {
            to,
            last: Duration::ZERO,
            entry: Vec::new(),
        };
        let header = encoded(header);
        number::write(&mut recorder.entry, header.len() as u64);
        recorder.entry.extend_from_slice(&header);
        recorder.flush_entry()?;
        Ok(recorder)
    }

    /// Adds an event, which happened so long after the run began.
    ///
    /// # Errors
    /// [`RecordingError::Io`] when it cannot be written.
    pub fn event(&mut self, at: Duration, event: &[u8]) -> Result<(), RecordingError> {
        let since = at.saturating_sub(self.last);
        self.last = at;
        self.entry.push(Entry::Event as u8);
        number::write(&mut self.entry, since.as_nanos() as u64);
        number::write(&mut self.entry, event.len() as u64);
        self.entry.extend_from_slice(event);
        self.flush_entry()
    }

    /// Ends the recording.
    ///
    /// # Errors
    /// [`RecordingError::Io`] when it cannot be written.
    pub fn finish(mut self, outcome: &Outcome) -> Result<W, RecordingError> {
        let outcome = encoded(outcome);
        self.entry.push(Entry::End as u8);
        number::write(&mut self.entry, outcome.len() as u64);
        self.entry.extend_from_slice(&outcome);
        self.flush_entry()?;
        let mut to = self.to.finish()?;
        to.flush()?;
        Ok(to)
    }

    fn flush_entry(&mut self) -> Result<(), RecordingError> {
        self.to.write_all(&self.entry)?;
        self.entry.clear();
        Ok(())
    }
}

fn encoded(value: &impl Serialize) -> Vec<u8> {
    // A vector grows, so nothing can fail.
    postcard::to_allocvec(value).unwrap_or_default()
}
