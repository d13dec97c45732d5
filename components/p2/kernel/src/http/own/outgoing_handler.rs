//! `wasi:http/outgoing-handler`.

use crate::adapter::Adapter;
use crate::bindings::exports::wasi::http::outgoing_handler::{
    ErrorCode, FutureIncomingResponse, Guest, OutgoingRequest, RequestOptions,
};

impl Guest for Adapter {
    fn handle(
        request: OutgoingRequest,
        _options: Option<RequestOptions>,
    ) -> Result<FutureIncomingResponse, ErrorCode> {
        request.get::<super::OutgoingRequest>().tell_of_refusal();
        Err(ErrorCode::HttpRequestDenied)
    }
}
