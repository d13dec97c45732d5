//! The request that an HTTP server handles, as the application sees it.
//!
//! A component cannot export `wasi:http/incoming-handler` with the host's types while it exports `wasi:http/types`
//! itself. So a component in front of the application takes the host's request, and asks the kernel for the kernel's
//! request.

use crate::adapter::Adapter;
use crate::bindings::exports::wasi::http::types;
use crate::bindings::exports::wasi_interpose::adapters::incoming::Guest;
use crate::bindings::wasi_interpose::adapters::incoming as host;
use crate::host_resource::HostResource;
use crate::http::incoming_request::{IncomingRequest, ResponseOutparam};

impl Guest for Adapter {
    fn request() -> types::IncomingRequest {
        types::IncomingRequest::new(IncomingRequest::new(HostResource::new(host::request())))
    }

    fn response_out() -> types::ResponseOutparam {
        types::ResponseOutparam::new(ResponseOutparam(HostResource::new(host::response_out())))
    }
}
