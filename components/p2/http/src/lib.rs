//! The adapter for `wasi:http/outgoing-handler`: requests as the policy allows.
//!
//! World: `http` in `wit/p2/http.wit`, or `http-headers` with the feature `headers`. Requests, responses, streams and pollables are the host's own and pass untouched;
//! a request is judged when it is handed over, after which nobody can change it. What a request is judged by is decided
//! by [`HttpMatcher::allows`]. The policy is about names: which address a name leads to, only the host knows.
//!
//! Headers are changed when a request is made, in [`requests`]; a request whose headers are not what the policy says,
//! because the host would not change them, is refused when it is handed over.

#[cfg(not(feature = "headers"))]
mod bindings {
    #![allow(missing_docs, unsafe_code)]
    use super::Adapter;
    wit_bindgen::generate!({
        world: "http",
        path: "../../../wit/p2",
        generate_all,
        runtime_path: "interpose_adapter::rt",
    });
    export!(Adapter);
}

#[cfg(feature = "headers")]
mod bindings {
    #![allow(missing_docs, unsafe_code)]
    use super::Adapter;
    wit_bindgen::generate!({
        world: "http-headers",
        path: "../../../wit/p2",
        generate_all,
        runtime_path: "interpose_adapter::rt",
    });
    export!(Adapter);
}

#[cfg(feature = "headers")]
mod requests;

use interpose_adapter::{configure, erase, state, with};
use interpose_config::HttpConfig;
#[cfg(feature = "headers")]
use interpose_http::HeaderRules;
use interpose_rules::{HttpMatcher, OutgoingRequest as Outgoing};

use bindings::exports::wasi::http::outgoing_handler::Guest;
use bindings::wasi::http::outgoing_handler as host;
use bindings::wasi::http::types::{
    ErrorCode, FutureIncomingResponse, Method, OutgoingRequest, RequestOptions, Scheme,
};

struct Adapter;

/// What the policy says.
struct State {
    matcher: HttpMatcher,
    #[cfg(feature = "headers")]
    headers: HeaderRules,
}

state!(static STATE: State);

impl bindings::Guest for Adapter {
    fn configure(config: Vec<u8>) -> Result<(), String> {
        let result = configure(&STATE, &config, |config: HttpConfig| {
            #[cfg(not(feature = "headers"))]
            if !config.headers.is_empty() {
                return Err("this build of the adapter changes no headers".into());
            }
            Ok(State {
                matcher: HttpMatcher::new(&config.rules),
                #[cfg(feature = "headers")]
                headers: config.headers,
            })
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
        let authority = request.authority();
        let path_with_query = request.path_with_query();
        let outgoing = Outgoing {
            method: method_name(&method),
            scheme: scheme.as_ref().map(scheme_name),
            authority: authority.as_deref(),
            path_with_query: path_with_query.as_deref(),
        };
        let allowed = with(&STATE, |state| state.matcher.allows(&outgoing));
        #[cfg(feature = "headers")]
        let allowed = allowed && requests::are_headers_obeyed(&request);
        if allowed {
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
