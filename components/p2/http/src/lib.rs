//! The adapter for `wasi:http/outgoing-handler`: requests as the policy allows.
//!
//! World: `http` in `wit/p2/http.wit`. Requests, responses, streams and pollables are the host's own and pass untouched;
//! a request is judged when it is handed over, after which nobody can change it. What a request is judged by is decided
//! in [`judge`]. The policy is about names: which address a name leads to, only the host knows.

mod bindings {
    #![allow(missing_docs, unsafe_code)]
    use super::Adapter;
    wit_bindgen::generate!({ world: "http", path: "../../../wit/p2", generate_all });
    export!(Adapter);
}

mod judge;

use interpose_adapter::{configure, erase, state, with};
use interpose_config::HttpConfig;
use interpose_rules::HttpMatcher;

use bindings::exports::wasi::http::outgoing_handler::Guest;
use bindings::wasi::http::outgoing_handler as host;
use bindings::wasi::http::types::{
    ErrorCode, FutureIncomingResponse, Method, OutgoingRequest, RequestOptions, Scheme,
};
use judge::{Outgoing, is_allowed};

struct Adapter;

state!(static MATCHER: HttpMatcher);

impl bindings::Guest for Adapter {
    fn configure(config: Vec<u8>) -> Result<(), String> {
        let result = configure(&MATCHER, &config, |config: HttpConfig| {
            Ok(HttpMatcher::new(&config.rules))
        });
        erase(config);
        result
    }
}

impl Guest for Adapter {
    fn handle(
        request: OutgoingRequest,
        options: Option<RequestOptions>,
    ) -> Result<FutureIncomingResponse, ErrorCode> {
        let method = request.method();
        let scheme = request.scheme();
        let outgoing = Outgoing {
            method: method_name(&method),
            scheme: scheme.as_ref().map(scheme_name),
            authority: request.authority(),
            path_with_query: request.path_with_query(),
        };
        if with(&MATCHER, |matcher| is_allowed(matcher, &outgoing)) {
            host::handle(request, options)
        } else {
            Err(ErrorCode::HttpRequestDenied)
        }
    }
}

fn method_name(method: &Method) -> &str {
    match method {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
        Method::Connect => "CONNECT",
        Method::Options => "OPTIONS",
        Method::Trace => "TRACE",
        Method::Patch => "PATCH",
        Method::Other(name) => name,
    }
}

fn scheme_name(scheme: &Scheme) -> &str {
    match scheme {
        Scheme::Http => "http",
        Scheme::Https => "https",
        Scheme::Other(name) => name,
    }
}
