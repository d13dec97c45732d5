//! Requests and responses of the host.
//!
//! If a guest hands over a resource while it still holds resources that were made from it, the call returns an error,
//! whereas the host's function would trap.

mod fields;
mod outgoing_body;
mod outgoing_handler;
mod outgoing_request;
mod outgoing_response;
mod request_options;

pub use fields::{Copied, Fields, headers};
pub use outgoing_body::OutgoingBody;
pub use outgoing_request::OutgoingRequest;
pub use outgoing_response::OutgoingResponse;
pub use request_options::RequestOptions;

pub use super::of_host::{error_code, finish_incoming_body};

use crate::bindings::exports::wasi::http::types::{self, ErrorCode};
use crate::bindings::wasi::http::types as host;
use crate::host_resource::Forwarded;

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
