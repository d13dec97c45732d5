//! `wasi:http`: the host's resources, wrapped one to one, or refusals, or answers.
//!
//! This module has no policy about HTTP: the `http` filter below the kernel decides which requests are allowed, and the
//! configuration says which requests the kernel answers itself. Resources that only a host can make are in
//! [`incoming_request`] and [`incoming_response`]. Resources that a guest builds are the host's in `forwarded`, and the
//! kernel's own in `own`, which needs no host:
//!
//! | Cargo features | resources that a guest builds | a request |
//! | --- | --- | --- |
//! | `network` | the kernel's own | is refused |
//! | `forward` | the host's | is forwarded |
//! | `responses` | the kernel's own | is answered, or handed over to the host, or refused |

#[cfg(feature = "responses")]
mod answer;
#[cfg(feature = "responses")]
pub mod answers;
#[cfg(all(feature = "forward", not(feature = "responses")))]
mod forwarded;
#[cfg(feature = "forward")]
mod in_use;
#[cfg(feature = "forward")]
mod incoming_handler;
mod incoming_request;
mod incoming_response;
#[cfg(feature = "forward")]
mod of_host;
#[cfg(not(all(feature = "forward", not(feature = "responses"))))]
mod own;

use crate::adapter::Adapter;
use crate::bindings::exports::wasi::http::types::{ErrorCode, Guest, IoErrorBorrow};

#[cfg(all(feature = "forward", not(feature = "responses")))]
use forwarded as outgoing;
#[cfg(not(all(feature = "forward", not(feature = "responses"))))]
use own as outgoing;

impl Guest for Adapter {
    type Fields = outgoing::Fields;
    type IncomingRequest = incoming_request::IncomingRequest;
    type OutgoingRequest = outgoing::OutgoingRequest;
    type RequestOptions = outgoing::RequestOptions;
    type ResponseOutparam = incoming_request::ResponseOutparam;
    type IncomingResponse = incoming_response::IncomingResponse;
    type IncomingBody = incoming_response::IncomingBody;
    type FutureTrailers = incoming_response::FutureTrailers;
    type OutgoingResponse = outgoing::OutgoingResponse;
    type OutgoingBody = outgoing::OutgoingBody;
    type FutureIncomingResponse = incoming_response::FutureIncomingResponse;

    fn http_error_code(err: IoErrorBorrow<'_>) -> Option<ErrorCode> {
        outgoing::error_code(err.get())
    }
}
