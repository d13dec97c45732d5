//! Standard output with a text in front of each line.

use std::rc::Rc;

use interpose_adapter::trap;
use interpose_stdio::{Prefixed, Sink, TooLong};

use crate::bindings::exports::wasi::io::poll;
use crate::bindings::exports::wasi::io::streams::StreamError;
use crate::bindings::wasi::io::streams as host;
use crate::error::Result;
use crate::host_resource::HostResource;

/// A stream of the host with a text in front of each line.
pub struct PrefixedWriter {
    stream: HostResource<host::OutputStream>,
    output: Rc<Prefixed>,
}

impl Sink for HostResource<host::OutputStream> {
    type Error = StreamError;

    fn check_write(&self) -> Result<u64> {
        Ok((**self).check_write()?)
    }

    fn write(&self, bytes: &[u8]) -> Result<()> {
        Ok((**self).write(bytes)?)
    }

    fn flush(&self) -> Result<()> {
        Ok((**self).flush()?)
    }

    fn blocking_flush(&self) -> Result<()> {
        Ok((**self).blocking_flush()?)
    }
}

impl PrefixedWriter {
    /// Writes `output` to `stream`, which is the host's standard output or error.
    pub fn new(stream: HostResource<host::OutputStream>, output: Rc<Prefixed>) -> Self {
        Self { stream, output }
    }

    /// How many bytes the guest may write now.
    pub fn check_write(&self) -> Result<u64> {
        self.output.check_write(&self.stream)
    }

    /// Takes all of `bytes` and passes on as many as the host permits. More than could ever be permitted traps, as on
    /// Wasmtime's host.
    pub fn write(&self, bytes: &[u8]) -> Result<()> {
        match self.output.write(&self.stream, bytes) {
            Ok(result) => result,
            Err(TooLong) => trap!(more_was_written_than_check_write_permits),
        }
    }

    /// As [`PrefixedWriter::write`].
    pub fn write_zeroes(&self, length: u64) -> Result<()> {
        match self.output.write_zeroes(&self.stream, length) {
            Ok(result) => result,
            Err(TooLong) => trap!(more_zeroes_were_written_than_check_write_permits),
        }
    }

    /// Writes all of `bytes` and flushes, for however long the host takes.
    pub fn blocking_write_and_flush(&self, bytes: &[u8]) -> Result<()> {
        self.output.blocking_write_and_flush(&self.stream, bytes)
    }

    /// Asks the host to flush once everything is passed on.
    pub fn flush(&self) -> Result<()> {
        self.output.flush(&self.stream)
    }

    /// Passes everything on and flushes, for however long the host takes.
    pub fn blocking_flush(&self) -> Result<()> {
        self.output.blocking_flush(&self.stream)
    }

    /// Ready when the host is. The guest then asks `check-write`, which passes on the bytes that are left.
    pub fn subscribe(&self) -> poll::Pollable {
        self.stream.pollable(|stream| stream.subscribe())
    }
}
