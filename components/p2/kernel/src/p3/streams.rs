//! Tasks between streams of the component model and those of WASI 0.2.
//!
//! A task holds as many bytes as its other side took at once before, so that an application with many streams, of which it
//! reads or writes few, does not fill the kernel's memory.

use std::future::poll_fn;

use interpose_adapter::rt::async_support::{
    FutureReader, FutureWriter, StreamReader, StreamResult, spawn_local,
};

use super::bindings::exports::wasi_interpose::p3::files::{self, DirectoryEntry};
use super::bindings::wit_future::{self, FuturePayload};
use super::bindings::wit_stream;
use super::clocks::used;
use crate::bindings::exports::wasi::filesystem::types::{
    ErrorCode, GuestDirectoryEntryStream as _,
};
use crate::bindings::exports::wasi::io::streams::{
    GuestInputStream as _, GuestOutputStream as _, StreamError,
};
use crate::error::StreamFailure;
use crate::filesystem::listing::DirectoryEntryStream;
use crate::streams::input::InputStream;
use crate::streams::limits::MAX_BYTES;
use crate::streams::output::OutputStream;

/// The number of bytes that a task holds at first.
const FIRST_BYTES: usize = 16 << 10;

/// The smallest number of bytes that a task holds.
const LEAST_BYTES: usize = 1 << 10;

/// The number of directory entries that a task holds.
const ENTRIES: usize = 32;

/// A stream of the component model with the bytes of a stream of WASI 0.2, and a future with the error that ends it. If the
/// latter could not be opened, the stream is empty.
pub fn read<E>(
    opened: Result<InputStream, ErrorCode>,
) -> (StreamReader<u8>, FutureReader<Result<(), E>>)
where
    E: From<ErrorCode> + 'static,
    Result<(), E>: FuturePayload,
{
    let (mut writer, reader) = wit_stream::new();
    let result = finish(async move {
        let input = opened?;
        let mut length = FIRST_BYTES;
        loop {
            let mut bytes = match input.blocking_read(length as u64) {
                Ok(bytes) => bytes,
                Err(error) => return end(error),
            };
            let mut taken = 0;
            while !bytes.is_empty() {
                let before = bytes.len();
                let (result, rest) = writer.write(bytes).await;
                if result == StreamResult::Dropped {
                    return Ok(());
                }
                bytes = rest.into_vec();
                taken = taken.max(before - bytes.len());
            }
            length = next_length(length, taken);
        }
    });
    (reader, result)
}

/// Writes the bytes of a stream of the component model to a stream of WASI 0.2. The future has the error that ends it. If the
/// latter could not be opened, the former is dropped.
pub fn write<E>(
    mut data: StreamReader<u8>,
    opened: Result<OutputStream, ErrorCode>,
) -> FutureReader<Result<(), E>>
where
    E: From<ErrorCode> + 'static,
    Result<(), E>: FuturePayload,
{
    finish(async move {
        let output = opened?;
        let mut length = FIRST_BYTES;
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            buffer.reserve_exact(length);
            let (result, bytes) = data.read(buffer).await;
            let taken = bytes.len();
            buffer = match &output {
                _ if taken == 0 => bytes,
                OutputStream::File(file) => match file.write(&bytes) {
                    Ok(()) => bytes,
                    Err(error) => return end(error),
                },
                output => match output.blocking_write_and_flush(bytes) {
                    Ok(()) => Vec::new(),
                    Err(error) => return end(error),
                },
            };
            if result == StreamResult::Dropped {
                return Ok(());
            }
            length = next_length(length, taken);
        }
    })
}

/// A stream with the entries of a directory, as [`read`].
pub fn list(
    opened: Result<DirectoryEntryStream, ErrorCode>,
) -> (
    StreamReader<DirectoryEntry>,
    FutureReader<Result<(), files::ErrorCode>>,
) {
    let (mut writer, reader) = wit_stream::new();
    let result = finish(async move {
        let entries = opened?;
        let mut is_complete = false;
        while !is_complete {
            let mut some = Vec::with_capacity(ENTRIES);
            while some.len() < ENTRIES && !is_complete {
                match entries.read_directory_entry()? {
                    Some(entry) => some.push(DirectoryEntry {
                        type_: entry.type_.into(),
                        name: entry.name,
                    }),
                    None => is_complete = true,
                }
            }
            if !writer.write_all(some).await.is_empty() {
                break;
            }
        }
        Ok(())
    });
    (reader, result)
}

/// A future with the result of a task, which is spawned.
fn finish<E>(
    task: impl Future<Output = Result<(), ErrorCode>> + 'static,
) -> FutureReader<Result<(), E>>
where
    E: From<ErrorCode> + 'static,
    Result<(), E>: FuturePayload,
{
    let (writer, reader): (FutureWriter<Result<(), E>>, _) = wit_future::new(|| Ok(()));
    let whole = async move {
        let result = task.await.map_err(E::from);
        // The application need not wait for the result.
        let _ = writer.write(result).await;
    };
    let mut whole = Box::pin(whole);
    spawn_local(poll_fn(move |context| {
        // While a stream moves, not everything waits.
        used();
        whole.as_mut().poll(context)
    }));
    reader
}

/// The number of bytes to hold after the other side has taken `taken` of `length` at once.
fn next_length(length: usize, taken: usize) -> usize {
    let next = match taken == length {
        true => length.saturating_mul(2),
        false => taken,
    };
    next.clamp(LEAST_BYTES, MAX_BYTES as usize)
}

/// What a stream of WASI 0.2 came to.
fn end(error: StreamError) -> Result<(), ErrorCode> {
    match error {
        StreamError::Closed => Ok(()),
        StreamError::LastOperationFailed(error) => {
            let failure: &StreamFailure = error.get();
            Err(failure.code().unwrap_or(ErrorCode::Io))
        }
    }
}
