//! `wasi:io/error`, and errors of streams.

use interpose_adapter::refusals::{Subject, refused};
use interpose_adapter::with;
use interpose_settings::Reason;
use interpose_stdio::{Denied, End, Failure};

use crate::adapter::Adapter;
use crate::bindings::exports::wasi::filesystem::types::ErrorCode;
use crate::bindings::exports::wasi::io::error::{Error, Guest, GuestError};
use crate::bindings::exports::wasi::io::streams::StreamError;
use crate::bindings::wasi::filesystem::types as host_filesystem;
use crate::bindings::wasi::io::{error as host, streams as host_streams};
use crate::state::STATE;

/// The result of a function of a stream.
pub type Result<T> = std::result::Result<T, StreamError>;

impl Guest for Adapter {
    type Error = StreamFailure;
}

/// Why a stream failed.
pub enum StreamFailure {
    /// An operation on a file in memory failed.
    Filesystem(ErrorCode),
    /// A stream of the host failed.
    Host(host::Error),
}

impl StreamFailure {
    /// The error code of `wasi:filesystem`, if this is the error of a file. The host's `filesystem-error-code` is only
    /// called if a mount shows files of the host.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Filesystem(code) => Some(*code),
            Self::Host(error) if with(&STATE, |kernel| kernel.host_files) => {
                host_filesystem::filesystem_error_code(error)
            }
            Self::Host(error) => Failure::of_text(&error.to_debug_string()).map(ErrorCode::from),
        }
    }
}

impl From<Failure> for ErrorCode {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Access => Self::Access,
            Failure::BadDescriptor => Self::BadDescriptor,
            Failure::Busy => Self::Busy,
            Failure::FileTooLarge => Self::FileTooLarge,
            Failure::InsufficientMemory => Self::InsufficientMemory,
            Failure::InsufficientSpace => Self::InsufficientSpace,
            Failure::Interrupted => Self::Interrupted,
            Failure::Invalid => Self::Invalid,
            Failure::InvalidSeek => Self::InvalidSeek,
            Failure::Io => Self::Io,
            Failure::IsDirectory => Self::IsDirectory,
            Failure::NotPermitted => Self::NotPermitted,
            Failure::Pipe => Self::Pipe,
        }
    }
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

/// What a use of a stream comes to that may not be used, because of `reason`.
pub fn refusal(denied: &Denied, reason: Reason) -> StreamError {
    match denied.refuse(ErrorCode::NotPermitted) {
        End::Failed(code) => {
            let function = match reason {
                Reason::Stdin => "read",
                _ => "write",
            };
            refused(reason, function, Subject::Text(&[]));
            code.into()
        }
        End::Closed => StreamError::Closed,
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
