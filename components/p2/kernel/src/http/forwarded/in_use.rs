//! Errors for resources that are given away too early.

use crate::bindings::exports::wasi::http::types::ErrorCode;

/// The error for a body that is finished before its stream is dropped, and what was made from that.
pub fn stream_is_in_use() -> ErrorCode {
    ErrorCode::InternalError(Some("the stream of the body is still in use".into()))
}
