//! `wasi:cli/environment`.

use interpose_adapter::with;
use interpose_config::ArgumentsConfig;

use crate::bindings::{exports::wasi::cli::environment::Guest, wasi::cli::environment as host};
use crate::{Adapter, SETTINGS};

impl Guest for Adapter {
    fn get_environment() -> Vec<(String, String)> {
        with(&SETTINGS, |settings| {
            settings.variables.select(host::get_environment)
        })
    }

    fn get_arguments() -> Vec<String> {
        with(&SETTINGS, |settings| match &settings.arguments {
            ArgumentsConfig::Host => host::get_arguments(),
            ArgumentsConfig::None => Vec::new(),
            ArgumentsConfig::Set(arguments) => arguments.clone(),
        })
    }

    fn initial_cwd() -> Option<String> {
        with(&SETTINGS, |settings| match &settings.cwd {
            Some(cwd) => Some(cwd.clone()),
            None if settings.inherit_cwd => host::initial_cwd(),
            None => None,
        })
    }
}
