//! Requests and responses of the host.
//!
//! If a guest hands over a resource while it still holds resources that were made from it, the call returns an error,
//! whereas the host's function would trap.

mod fields;
mod in_use;
mod incoming_handler;
mod outgoing_body;
mod outgoing_handler;
mod outgoing_request;
mod outgoing_response;
mod request_options;

pub use fields::{Fields, headers};
pub use outgoing_body::OutgoingBody;
pub use outgoing_request::OutgoingRequest;
pub use outgoing_response::OutgoingResponse;
pub use request_options::RequestOptions;

use in_use::stream_is_in_use;

use crate::bindings::exports::wasi::http::types::{self, ErrorCode};
use crate::bindings::wasi::http::types as host;
use crate::error::StreamFailure;
use crate::host_resource::{Forwarded, HostResource};

/// Answers a request.
pub fn answer(
    param: Forwarded<host::ResponseOutparam>,
    response: Result<types::OutgoingResponse, ErrorCode>,
) {
    // No resource is ever made from a `response-outparam`.
    if let Some(param) = param.into_inner() {
        let response = response.map(|response| response.into_inner::<OutgoingResponse>().0);
        host::ResponseOutparam::set(param, response);
    }
}

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
