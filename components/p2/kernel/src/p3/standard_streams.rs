//! The standard streams.

use interpose_adapter::rt::async_support::{FutureReader, StreamReader};

use super::bindings::exports::wasi_interpose::p3::standard_streams::{ErrorCode, Guest};
use super::streams::{read, write};
use crate::adapter::Adapter;
use crate::bindings::exports::wasi::filesystem::types as p2;
use crate::stdio;

type Done = FutureReader<Result<(), ErrorCode>>;

impl From<p2::ErrorCode> for ErrorCode {
    fn from(code: p2::ErrorCode) -> Self {
        match code {
            p2::ErrorCode::IllegalByteSequence => Self::IllegalByteSequence,
            p2::ErrorCode::Pipe => Self::Pipe,
            // `wasi:cli` has no other names, also for a stream that the policy denies.
            _ => Self::Io,
        }
    }
}

impl Guest for Adapter {
    async fn read_stdin() -> (StreamReader<u8>, Done) {
        read(Ok(stdio::input()))
    }

    async fn write_stdout(data: StreamReader<u8>) -> Done {
        write(data, Ok(stdio::standard_output()))
    }

    async fn write_stderr(data: StreamReader<u8>) -> Done {
        write(data, Ok(stdio::standard_error()))
    }
}
