//! `output-stream`.

use std::cell::Cell;
use std::rc::Rc;

use interpose_settings::Reason;
use interpose_stdio::Denied;

#[cfg(feature = "responses")]
use super::body::BodyWriter;
use super::file::FileWriter;
use super::in_pieces::{blocking_write, blocking_write_zeroes};
use super::input::InputStream;
use super::limits::MAX_BYTES;
use super::prefixed::PrefixedWriter;
use crate::bindings::exports::wasi::io::poll;
use crate::bindings::exports::wasi::io::streams::{
    GuestInputStream, GuestOutputStream, InputStreamBorrow,
};
use crate::bindings::wasi::io::streams as host;
use crate::error::{Result, refusal};
use crate::host_resource::HostResource;
use crate::poll::Pollable;

/// An output stream.
pub enum OutputStream {
    /// A stream of the host.
    Host(HostResource<host::OutputStream>),
    /// A file in memory.
    File(FileWriter),
    /// A stream of the host with a text in front of each line.
    Prefixed(PrefixedWriter),
    /// The body of a message of the kernel's own.
    #[cfg(feature = "responses")]
    Body(BodyWriter),
    /// A stream that discards all bytes and counts them.
    Discard(Rc<Cell<u64>>),
    /// Standard output or error that may not be written, and which of them it is.
    Denied(Denied, Reason),
}

impl GuestOutputStream for OutputStream {
    fn check_write(&self) -> Result<u64> {
        match self {
            Self::Host(stream) => Ok(stream.check_write()?),
            Self::File(file) => file.check().map(|()| MAX_BYTES),
            Self::Prefixed(stream) => stream.check_write(),
            #[cfg(feature = "responses")]
            Self::Body(stream) => stream.check_write(),
            Self::Discard(_) => Ok(MAX_BYTES),
            Self::Denied(denied, reason) => Err(refusal(denied, *reason)),
        }
    }

    fn write(&self, contents: Vec<u8>) -> Result<()> {
        match self {
            Self::Host(stream) => Ok(stream.write(&contents)?),
            Self::File(file) => file.write(&contents),
            Self::Prefixed(stream) => stream.write(&contents),
            #[cfg(feature = "responses")]
            Self::Body(stream) => stream.write(&contents),
            Self::Discard(count) => {
                add(count, contents.len() as u64);
                Ok(())
            }
            Self::Denied(denied, reason) => Err(refusal(denied, *reason)),
        }
    }

    fn blocking_write_and_flush(&self, contents: Vec<u8>) -> Result<()> {
        match self {
            Self::Host(stream) => blocking_write(stream, &contents),
            Self::Prefixed(stream) => stream.blocking_write_and_flush(&contents),
            #[cfg(feature = "responses")]
            Self::Body(stream) => stream.blocking_write_and_flush(&contents),
            _ => {
                self.write(contents)?;
                self.blocking_flush()
            }
        }
    }

    fn flush(&self) -> Result<()> {
        match self {
            Self::Host(stream) => Ok(stream.flush()?),
            Self::File(file) => file.check(),
            Self::Prefixed(stream) => stream.flush(),
            #[cfg(feature = "responses")]
            Self::Body(stream) => stream.flush(),
            Self::Discard(_) => Ok(()),
            Self::Denied(denied, reason) => Err(refusal(denied, *reason)),
        }
    }

    fn blocking_flush(&self) -> Result<()> {
        match self {
            Self::Host(stream) => Ok(stream.blocking_flush()?),
            Self::Prefixed(stream) => stream.blocking_flush(),
            #[cfg(feature = "responses")]
            Self::Body(stream) => stream.blocking_flush(),
            Self::File(_) | Self::Discard(_) | Self::Denied(..) => self.flush(),
        }
    }

    fn subscribe(&self) -> poll::Pollable {
        match self {
            Self::Host(stream) => stream.pollable(|stream| stream.subscribe()),
            Self::Prefixed(stream) => stream.subscribe(),
            #[cfg(feature = "responses")]
            Self::Body(stream) => stream.subscribe(),
            Self::File(_) | Self::Discard(_) | Self::Denied(..) => Pollable::Ready.into(),
        }
    }

    fn write_zeroes(&self, len: u64) -> Result<()> {
        match self {
            Self::Host(stream) => Ok(stream.write_zeroes(len)?),
            Self::File(file) => file.write_zeroes(len),
            Self::Prefixed(stream) => stream.write_zeroes(len),
            #[cfg(feature = "responses")]
            Self::Body(stream) => stream.write_zeroes(len),
            Self::Discard(count) => {
                add(count, len);
                Ok(())
            }
            Self::Denied(denied, reason) => Err(refusal(denied, *reason)),
        }
    }

    fn blocking_write_zeroes_and_flush(&self, len: u64) -> Result<()> {
        match self {
            Self::Host(stream) => blocking_write_zeroes(stream, len),
            #[cfg(feature = "responses")]
            Self::Body(stream) => stream.blocking_write_zeroes_and_flush(len),
            _ => {
                self.write_zeroes(len)?;
                self.blocking_flush()
            }
        }
    }

    fn splice(&self, src: InputStreamBorrow<'_>, len: u64) -> Result<u64> {
        splice(self, src.get::<InputStream>(), len)
    }

    fn blocking_splice(&self, src: InputStreamBorrow<'_>, len: u64) -> Result<u64> {
        blocking_splice(self, src.get::<InputStream>(), len)
    }
}

fn add(count: &Cell<u64>, length: u64) {
    count.set(count.get().saturating_add(length));
}

/// Moves as many bytes as are available and permitted, at most `length`, and returns how many were moved.
fn splice(output: &OutputStream, input: &InputStream, length: u64) -> Result<u64> {
    match (output, input) {
        (OutputStream::Host(output), InputStream::Host(input)) => Ok(output.splice(input, length)?),
        // As on Wasmtime's host, if no bytes are to be moved, the permissions of the files are not checked.
        (OutputStream::File(output), InputStream::File(_)) if length == 0 => {
            output.check().map(|()| 0)
        }
        (OutputStream::File(output), InputStream::File(input)) => {
            output.copy(input, length.min(MAX_BYTES))
        }
        _ => {
            let length = length.min(output.check_write()?).min(MAX_BYTES);
            if length == 0 {
                return Ok(0);
            }
            let bytes = input.read(length)?;
            let moved = bytes.len() as u64;
            if moved > 0 {
                output.write(bytes)?;
            }
            Ok(moved)
        }
    }
}

/// Waits until some bytes can be moved, moves them and flushes.
fn blocking_splice(output: &OutputStream, input: &InputStream, length: u64) -> Result<u64> {
    match (output, input) {
        (OutputStream::Host(output), InputStream::Host(input)) => {
            Ok(output.blocking_splice(input, length)?)
        }
        (OutputStream::File(_), InputStream::File(_)) => splice(output, input, length),
        _ => {
            let length = length.min(MAX_BYTES);
            if length == 0 {
                return Ok(0);
            }
            let bytes = input.blocking_read(length)?;
            let moved = bytes.len() as u64;
            if moved > 0 {
                output.blocking_write_and_flush(bytes)?;
            }
            Ok(moved)
        }
    }
}
