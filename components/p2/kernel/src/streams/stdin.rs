//! Standard input that is kept.

use interpose_adapter::with;
use interpose_stdio::{End, Kept, StandardInput};

use super::limits::MAX_BYTES;
use crate::bindings::exports::wasi::filesystem::types::ErrorCode;
use crate::bindings::exports::wasi::io::streams::StreamError;
use crate::bindings::wasi::cli::stdin as host;
use crate::bindings::wasi::io::streams::StreamError as HostStreamError;
use crate::error::Result;
use crate::state::STATE;

/// Reads at most `length` bytes of a standard input that is kept.
///
/// # Errors
/// At its end, and when the host's could not be read or is too long to be kept.
pub fn read(length: u64) -> Result<Vec<u8>> {
    if with(&STATE, |kernel| {
        matches!(kernel.stdin, StandardInput::Whole)
    }) {
        let kept = whole_of_host();
        with(&STATE, |kernel| kernel.stdin = StandardInput::Kept(kept));
    }
    with(&STATE, |kernel| kernel.stdin.take(length)).map_err(|end| match end {
        End::Closed => StreamError::Closed,
        End::Failed(error) => error,
    })
}

/// All that the host's standard input has.
fn whole_of_host() -> Kept<StreamError> {
    let stream = host::get_stdin();
    let read = || {
        stream
            .blocking_read(MAX_BYTES)
            .map_err(|error| match error {
                HostStreamError::Closed => End::Closed,
                error => End::Failed(error.into()),
            })
    };
    Kept::whole(read, ErrorCode::InsufficientMemory.into())
}
