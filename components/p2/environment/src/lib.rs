//! The adapter for `wasi:cli/environment` and `wasi:cli/exit`: what the application sees of its command line, and
//! whether it may exit.
//!
//! World: `environment` in `wit/p2/environment.wit`. What an application is told is decided in
//! [`interpose_selection`]. An exit that is denied traps, because `exit` cannot return.
//!
//! `exit-with-code` came with WASI 0.2.12. An adapter that imports it runs only on hosts that have it, so there are two
//! builds: the one with the feature `exit-with-code` is for applications that import it too.

mod bindings {
    #![allow(missing_docs, unsafe_code)]
    use super::Adapter;
    wit_bindgen::generate!({
        world: "environment",
        path: "../../../wit/p2",
        generate_all,
        runtime_path: "interpose_adapter::rt",
    });
    export!(Adapter);
}

mod environment;
mod exit;

use interpose_adapter::{configure, erase, state};
use interpose_selection::Environment;
use interpose_settings::EnvironmentConfig;

struct Adapter;

state!(static ENVIRONMENT: Environment);

impl bindings::Guest for Adapter {
    fn configure(config: Vec<u8>) -> Result<(), String> {
        let result = configure(&ENVIRONMENT, &config, |config: EnvironmentConfig| {
            Environment::new(config).map_err(|error| format!("the variable name {error}"))
        });
        erase(config);
        result
    }
}
