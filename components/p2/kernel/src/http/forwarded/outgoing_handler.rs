//! `wasi:http/outgoing-handler`.

use super::super::incoming_response;
use crate::adapter::Adapter;
use crate::bindings::exports::wasi::http::outgoing_handler::{
    ErrorCode, FutureIncomingResponse, Guest, OutgoingRequest, RequestOptions,
};
use crate::bindings::wasi::http::outgoing_handler as host;
use crate::host_resource::HostResource;

impl Guest for Adapter {
    fn handle(
        request: OutgoingRequest,
        options: Option<RequestOptions>,
    ) -> Result<FutureIncomingResponse, ErrorCode> {
        let request = request
            .into_inner::<super::outgoing_request::OutgoingRequest>()
            .0;
        let options = options.map(|options| {
            options
                .into_inner::<super::request_options::RequestOptions>()
                .0
        });
        let response = host::handle(request, options)?;
        Ok(FutureIncomingResponse::new(
            incoming_response::FutureIncomingResponse::Host(HostResource::new(response)),
        ))
    }
}
