//! The adapter for `wasi:cli/environment` and `wasi:cli/exit`: what the application sees of its command line, and
//! whether it may exit.
//!
//! World: `environment` in `wit/p2/environment.wit`. Variables are selected in [`variables`]. An exit that is denied
//! traps, because `exit` cannot return.
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
mod variables;

use interpose_adapter::{configure, erase, state};
use interpose_config::{ArgumentsConfig, EnvironmentConfig, Exit};

use variables::Variables;

struct Adapter;

/// What the policy says.
struct Settings {
    variables: Variables,
    arguments: ArgumentsConfig,
    cwd: Option<String>,
    inherit_cwd: bool,
    exit: Exit,
}

state!(static SETTINGS: Settings);

impl bindings::Guest for Adapter {
    fn configure(config: Vec<u8>) -> Result<(), String> {
        let result = configure(&SETTINGS, &config, |config: EnvironmentConfig| {
            Ok(Settings {
                variables: Variables::new(config.variables)?,
                arguments: config.arguments,
                cwd: config.cwd,
                inherit_cwd: config.inherit_cwd,
                exit: config.exit,
            })
        });
        erase(config);
        result
    }
}
