//! Requests and responses of the kernel itself. They can be built, but sending one is refused.

mod fields;
mod outgoing_body;
mod outgoing_handler;
mod outgoing_request;
mod outgoing_response;
mod request_options;
mod room;

pub use fields::Fields;
pub use outgoing_body::OutgoingBody;
pub use outgoing_request::OutgoingRequest;
pub use outgoing_response::OutgoingResponse;
pub use request_options::RequestOptions;

use crate::bindings::exports::wasi::http::types::{self, ErrorCode, Headers};
use crate::bindings::wasi::http::types as host;
use crate::error::StreamFailure;
use crate::host_resource::Forwarded;

/// The headers of a message that never comes.
pub fn headers<T>(message: &Forwarded<T>, _get: impl FnOnce(&T) -> host::Fields) -> Headers {
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
