//! Streams of files in memory.
//!
//! A stream that has ended or failed stays closed, as on Wasmtime's host.

use std::cell::Cell;
use std::rc::Rc;

use super::limits::MAX_BYTES;
use crate::bindings::exports::wasi::filesystem::types::ErrorCode;
use crate::bindings::exports::wasi::io::streams::StreamError;
use crate::clocks::timestamp;
use crate::error::Result;
use crate::filesystem::memory::{Changing, OpenFile, files};

/// A stream that reads a file from an offset on.
pub struct FileReader {
    file: Rc<OpenFile>,
    position: Cell<u64>,
    closed: Cell<bool>,
}

impl FileReader {
    /// A stream that begins at `offset`.
    pub fn new(file: Rc<OpenFile>, offset: u64) -> Self {
        Self {
            file,
            position: Cell::new(offset),
            closed: Cell::new(false),
        }
    }

    /// Reads at most `length` bytes. The read that takes the last byte does not report the end yet.
    pub fn read(&self, length: u64) -> Result<Vec<u8>> {
        self.check()?;
        match files(|files| files.read(&self.file, self.position.get(), length.min(MAX_BYTES))) {
            Ok(bytes) if bytes.is_empty() && length > 0 => self.fail(StreamError::Closed),
            Ok(bytes) => {
                self.advance(bytes.len() as u64);
                Ok(bytes)
            }
            Err(code) => self.fail(code),
        }
    }

    /// Skips at most `length` bytes and returns how many were skipped.
    pub fn skip(&self, length: u64) -> Result<u64> {
        let skipped = self.available(length)?;
        self.advance(skipped);
        Ok(skipped)
    }

    /// How many bytes can be read, at most `length`.
    fn available(&self, length: u64) -> Result<u64> {
        self.check()?;
        match files(|files| files.available(&self.file, self.position.get(), length)) {
            Ok(0) if length > 0 => self.fail(StreamError::Closed),
            Ok(available) => Ok(available),
            Err(code) => self.fail(code),
        }
    }

    fn check(&self) -> Result<()> {
        if self.closed.get() {
            Err(StreamError::Closed)
        } else {
            Ok(())
        }
    }

    fn advance(&self, count: u64) {
        self.position.set(self.position.get().saturating_add(count));
    }

    fn fail<T>(&self, error: impl Into<StreamError>) -> Result<T> {
        self.closed.set(true);
        Err(error.into())
    }
}

/// A stream that writes a file from an offset on, or at its end.
pub struct FileWriter {
    file: Rc<OpenFile>,
    /// The offset of the next write. With `None`, each write goes to the end that the file has then.
    position: Cell<Option<u64>>,
    closed: Cell<bool>,
}

impl FileWriter {
    /// A stream that begins at `offset`, or appends.
    pub fn new(file: Rc<OpenFile>, offset: Option<u64>) -> Self {
        Self {
            file,
            position: Cell::new(offset),
            closed: Cell::new(false),
        }
    }

    /// [`StreamError::Closed`] after a failure.
    pub fn check(&self) -> Result<()> {
        if self.closed.get() {
            Err(StreamError::Closed)
        } else {
            Ok(())
        }
    }

    /// Writes all of `bytes`, or as much as the quota and the largest size of a file allow before it fails. Writing no
    /// bytes fails if writing some would fail because a permission is missing.
    pub fn write(&self, mut bytes: &[u8]) -> Result<()> {
        loop {
            let written = self.step(|position| {
                let now = timestamp();
                Changing::file("write", &self.file).files(|files| match position {
                    Some(offset) => files.write(&self.file, offset, bytes, now),
                    None => files.append(&self.file, bytes, now),
                })
            })?;
            bytes = usize::try_from(written)
                .ok()
                .and_then(|written| bytes.get(written..))
                .unwrap_or(&[]);
            if bytes.is_empty() {
                return Ok(());
            }
        }
    }

    /// Writes `length` zeroes, which become a hole, as [`FileWriter::write`].
    pub fn write_zeroes(&self, mut length: u64) -> Result<()> {
        loop {
            let written = self.step(|position| {
                let now = timestamp();
                Changing::file("write-zeroes", &self.file).files(|files| {
                    let offset = position.map_or_else(|| files.size(&self.file), Ok)?;
                    files.write_zeroes(&self.file, offset, length, now)
                })
            })?;
            length = length.saturating_sub(written);
            if length == 0 {
                return Ok(());
            }
        }
    }

    /// Copies at most `length` bytes from `source` and returns how many.
    pub fn copy(&self, source: &FileReader, length: u64) -> Result<u64> {
        self.check()?;
        let length = source.available(length)?;
        let copied = self.step(|position| {
            let now = timestamp();
            Changing::file("splice", &self.file).files(|files| {
                let offset = position.map_or_else(|| files.size(&self.file), Ok)?;
                files.copy(
                    &source.file,
                    source.position.get(),
                    &self.file,
                    offset,
                    length,
                    now,
                )
            })
        })?;
        source.advance(copied);
        Ok(copied)
    }

    fn step(
        &self,
        step: impl FnOnce(Option<u64>) -> std::result::Result<u64, ErrorCode>,
    ) -> Result<u64> {
        self.check()?;
        let position = self.position.get();
        match step(position) {
            Ok(moved) => {
                self.position
                    .set(position.map(|position| position.saturating_add(moved)));
                Ok(moved)
            }
            Err(code) => {
                self.closed.set(true);
                Err(code.into())
            }
        }
    }
}
