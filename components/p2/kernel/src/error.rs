//! `wasi:io/error`, and errors of streams.

use crate::Adapter;
use crate::bindings::exports::wasi::filesystem::types::ErrorCode;
use crate::bindings::exports::wasi::io::error::{Error, Guest, GuestError};
use crate::bindings::exports::wasi::io::streams::StreamError;
use crate::bindings::wasi::io::{error as host, streams as host_streams};

impl Guest for Adapter {
    type Error = StreamFailure;
}

/// Why a stream failed.
pub enum StreamFailure {
    /// A file in memory refused.
    Filesystem(ErrorCode),
    /// A stream of the host failed.
    Host(host::Error),
}

impl GuestError for StreamFailure {
    fn to_debug_string(&self) -> String {
        match self {
            Self::Filesystem(code) => code.name().into(),
            Self::Host(error) => error.to_debug_string(),
        }
    }
}

impl From<ErrorCode> for StreamError {
    fn from(code: ErrorCode) -> Self {
        Self::LastOperationFailed(Error::new(StreamFailure::Filesystem(code)))
    }
}

impl From<host_streams::StreamError> for StreamError {
    fn from(error: host_streams::StreamError) -> Self {
        match error {
            host_streams::StreamError::Closed => Self::Closed,
            host_streams::StreamError::LastOperationFailed(error) => {
                Self::LastOperationFailed(Error::new(StreamFailure::Host(error)))
            }
        }
    }
}
