//! The adapter for `wasi:http/outgoing-handler`: requests as the policy allows.
//!
//! World: `http` in `wit/p2/http.wit`, or `http-headers` with the feature `headers`. Requests, responses, streams and
//! pollables are the host's own and pass untouched; a request is judged when it is handed over, after which nobody can
//! change it. [`HttpMatcher::allows`] judges it. The policy is about names: which address a name leads to, only the host
//! knows.
//!
//! Headers are changed when a request is made, in [`requests`]; a request whose headers are not what the policy says,
//! because the host would not change them, is refused when it is handed over.

#[cfg(not(feature = "headers"))]
mod bindings {
    #![allow(missing_docs, unsafe_code)]
    use super::adapter::Adapter;
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
    use super::adapter::Adapter;
    wit_bindgen::generate!({
        world: "http-headers",
        path: "../../../wit/p2",
        generate_all,
        runtime_path: "interpose_adapter::rt",
    });
    export!(Adapter);
}

mod adapter;
mod handler;
#[cfg(feature = "headers")]
mod requests;

use interpose_adapter::{configure, erase};
use interpose_http::HttpMatcher;
use interpose_settings::HttpConfig;

use adapter::{Adapter, STATE, State};

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
