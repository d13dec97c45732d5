//! Resources of a host, in the build that has none.

use crate::bindings::exports::wasi::http::types::{self, ErrorCode, Headers};
use crate::bindings::wasi::http::types as host;
use crate::error::StreamFailure;
use crate::host_resource::Forwarded;

/// Nothing is known of the headers of a message that never comes.
#[derive(Default)]
pub struct Copied {}

/// The headers of a message that never comes.
pub fn headers<T>(
    message: &Forwarded<T>,
    _copied: &Copied,
    _get: impl FnOnce(&T) -> host::Fields,
) -> Headers {
    message.never()
}

/// Answers a request that never comes.
pub fn answer(
    param: Forwarded<host::ResponseOutparam>,
    _response: Result<types::OutgoingResponse, ErrorCode>,
) {
    param.never()
}

/// Finishes a body that never comes.
pub fn finish_incoming_body(
    body: Forwarded<host::IncomingBody>,
) -> Result<Forwarded<host::FutureTrailers>, ErrorCode> {
    body.never()
}

/// No stream of a body ever fails, so no error is one of HTTP.
pub fn error_code(_: &StreamFailure) -> Option<ErrorCode> {
    None
}
