//! The adapter for `wasi:cli/environment` and `wasi:cli/exit` of WASI 0.3: the variables, arguments and working directory
//! that the application sees, and whether it may exit.
//!
//! World: `environment` in `wit/p3/environment.wit`. [`interpose_selection`] decides the answers. An exit that is denied
//! traps, because `exit` cannot return.

mod bindings {
    #![allow(missing_docs, unsafe_code)]
    use super::Adapter;
    wit_bindgen::generate!({
        world: "wasi-interpose:p3/environment",
        path: "../../../wit/p3",
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
