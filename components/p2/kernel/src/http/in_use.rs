//! Errors for resources that are handed over too early.

use crate::bindings::exports::wasi::http::types::ErrorCode;

/// The error for a body that is finished before its stream, and everything made from the stream, is dropped.
pub fn stream_is_in_use() -> ErrorCode {
    ErrorCode::InternalError(Some("the stream of the body is still in use".into()))
}
