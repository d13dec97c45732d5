//! Moving bytes from any kind of input to any kind of output.

use super::{InputStream, MAX_BYTES, OutputStream, Result};
use crate::bindings::exports::wasi::io::streams::{GuestInputStream, GuestOutputStream};

/// Moves what is there and what is permitted, at most `length` bytes, and returns how many that were.
pub fn splice(output: &OutputStream, input: &InputStream, length: u64) -> Result<u64> {
    match (output, input) {
        (OutputStream::Host(output), InputStream::Host(input)) => Ok(output.splice(input, length)?),
        // As on Wasmtime's host, where nothing is to be moved neither side is asked whether it could.
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
pub fn blocking_splice(output: &OutputStream, input: &InputStream, length: u64) -> Result<u64> {
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
