//! The adapter for the requests of WASI 0.3, `wasi:http/client` and the `wasi:http/handler` that a middleware imports:
//! requests as the policy allows.
//!
//! World: `http` in `wit/p3/http.wit`. Requests, responses and their streams are the host's own and pass untouched; a
//! request is judged when it is handed over, after which nobody can change it. [`HttpMatcher::allows`] judges it. The
//! policy is about names, because only the host knows to which address a name leads.

mod bindings {
    #![allow(missing_docs, unsafe_code)]
    use super::Adapter;
    wit_bindgen::generate!({
        world: "wasi-interpose:p3/http",
        path: "../../../wit/p3",
        generate_all,
        runtime_path: "interpose_adapter::rt",
    });
    export!(Adapter);
}

mod check;
mod client;
mod handler;

use interpose_adapter::{configure, erase, state};
use interpose_http::HttpMatcher;
use interpose_settings::HttpConfig;

struct Adapter;

state!(static MATCHER: HttpMatcher);

impl bindings::Guest for Adapter {
    fn configure(config: Vec<u8>) -> Result<(), String> {
        let result = configure(&MATCHER, &config, |config: HttpConfig| {
            match config.headers.is_empty() {
                true => Ok(HttpMatcher::new(&config.rules)),
                false => Err("the adapter changes no headers".into()),
            }
        });
        erase(config);
        result
    }
}
