//! `wasi:http`: the host's resources, wrapped one to one, or, in the build that does not forward, refusals.
//!
//! This module has no policy about HTTP: the `http` filter below the kernel decides which requests are allowed.
//! Resources that only a host can make are in [`incoming`]. Resources that a guest builds are the host's in
//! [`forwarded`], and the kernel's own in `own`, which needs no host.

#[cfg(feature = "forward")]
mod forwarded;
mod incoming;
#[cfg(not(feature = "forward"))]
mod own;

use crate::adapter::Adapter;
use crate::bindings::exports::wasi::http::types::{ErrorCode, Guest, IoErrorBorrow};

#[cfg(feature = "forward")]
use forwarded as outgoing;
#[cfg(not(feature = "forward"))]
use own as outgoing;

impl Guest for Adapter {
    type Fields = outgoing::Fields;
    type IncomingRequest = incoming::IncomingRequest;
    type OutgoingRequest = outgoing::OutgoingRequest;
    type RequestOptions = outgoing::RequestOptions;
    type ResponseOutparam = incoming::ResponseOutparam;
    type IncomingResponse = incoming::IncomingResponse;
    type IncomingBody = incoming::IncomingBody;
    type FutureTrailers = incoming::FutureTrailers;
    type OutgoingResponse = outgoing::OutgoingResponse;
    type OutgoingBody = outgoing::OutgoingBody;
    type FutureIncomingResponse = incoming::FutureIncomingResponse;

    fn http_error_code(err: IoErrorBorrow<'_>) -> Option<ErrorCode> {
        outgoing::error_code(err.get())
    }
}
