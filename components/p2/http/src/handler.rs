//! `wasi:http/outgoing-handler`.

use interpose_adapter::refusals::{Subject, refused};
use interpose_adapter::with;
use interpose_http::OutgoingRequest as Outgoing;
use interpose_settings::Reason;

use crate::adapter::{Adapter, STATE};
use crate::bindings::exports::wasi::http::outgoing_handler::Guest;
use crate::bindings::wasi::http::outgoing_handler as host;
use crate::bindings::wasi::http::types::{
    ErrorCode, FutureIncomingResponse, Method, OutgoingRequest, RequestOptions, Scheme,
};
#[cfg(feature = "headers")]
use crate::requests;

impl Guest for Adapter {
    fn handle(
        request: OutgoingRequest,
        options: Option<RequestOptions>,
    ) -> Result<FutureIncomingResponse, ErrorCode> {
        let method = request.method();
        let scheme = request.scheme();
        let authority = request.authority();
        let path_with_query = request.path_with_query();
        let outgoing = Outgoing {
            method: method_name(&method),
            scheme: scheme.as_ref().map(scheme_name),
            authority: authority.as_deref(),
            path_with_query: path_with_query.as_deref(),
        };
        let refusal =
            (!with(&STATE, |state| state.matcher.allows(&outgoing))).then_some(Reason::Request);
        #[cfg(feature = "headers")]
        let refusal = refusal
            .or_else(|| (!requests::are_headers_obeyed(&request)).then_some(Reason::Headers));
        let Some(reason) = refusal else {
            return host::handle(request, options);
        };
        refused(reason, "handle", Subject::Text(&outgoing.shown()));
        Err(ErrorCode::HttpRequestDenied)
    }
}

interpose_adapter::http_names!(Method, Scheme);
