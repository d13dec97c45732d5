//! `wasi:http`: requests can be built, and sending one is refused.
//!
//! Resources that only a host can give are enums without variants, and their methods have nothing to do.

mod fields;
mod incoming;
mod outgoing_body;
mod outgoing_handler;
mod outgoing_request;
mod outgoing_response;
mod request_options;

use crate::Adapter;
use crate::bindings::exports::wasi::http::types::{ErrorCode, Guest, IoErrorBorrow};

impl Guest for Adapter {
    type Fields = fields::Fields;
    type IncomingRequest = incoming::IncomingRequest;
    type OutgoingRequest = outgoing_request::OutgoingRequest;
    type RequestOptions = request_options::RequestOptions;
    type ResponseOutparam = incoming::ResponseOutparam;
    type IncomingResponse = incoming::IncomingResponse;
    type IncomingBody = incoming::IncomingBody;
    type FutureTrailers = incoming::FutureTrailers;
    type OutgoingResponse = outgoing_response::OutgoingResponse;
    type OutgoingBody = outgoing_body::OutgoingBody;
    type FutureIncomingResponse = incoming::FutureIncomingResponse;

    /// No stream of a body ever fails, so no error is one of HTTP.
    fn http_error_code(_err: IoErrorBorrow<'_>) -> Option<ErrorCode> {
        None
    }
}
