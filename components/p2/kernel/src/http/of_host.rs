//! What is done to the host's resources in each build that forwards.

use super::in_use::stream_is_in_use;
use crate::bindings::exports::wasi::http::types::ErrorCode;
use crate::bindings::wasi::http::types as host;
use crate::error::StreamFailure;
use crate::host_resource::{Forwarded, HostResource};

/// Goes from the contents of a body to its trailers.
pub fn finish_incoming_body(
    body: Forwarded<host::IncomingBody>,
) -> Result<Forwarded<host::FutureTrailers>, ErrorCode> {
    let body = body.into_inner().ok_or_else(stream_is_in_use)?;
    Ok(HostResource::new(host::IncomingBody::finish(body)))
}

/// The HTTP error that made a stream of a body fail, if it was one.
pub fn error_code(failure: &StreamFailure) -> Option<ErrorCode> {
    match failure {
        StreamFailure::Host(error) => host::http_error_code(error),
        StreamFailure::Filesystem(_) => None,
    }
}
