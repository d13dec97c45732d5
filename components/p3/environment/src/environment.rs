//! `wasi:cli/environment`.

use interpose_adapter::refusals::{Subject, refused};
use interpose_adapter::with;
use interpose_settings::Reason;

use crate::bindings::{exports::wasi::cli::environment::Guest, wasi::cli::environment as host};
use crate::{Adapter, ENVIRONMENT};

impl Guest for Adapter {
    fn get_environment() -> Vec<(String, String)> {
        with(&ENVIRONMENT, |environment| {
            if environment.withholds_variables() {
                refused(Reason::Variables, "get-environment", Subject::Text(&[]));
            }
            environment.variables(host::get_environment)
        })
    }

    fn get_arguments() -> Vec<String> {
        with(&ENVIRONMENT, |environment| {
            if environment.withholds_arguments() {
                refused(Reason::Arguments, "get-arguments", Subject::Text(&[]));
            }
            environment.arguments(host::get_arguments)
        })
    }

    fn get_initial_cwd() -> Option<String> {
        with(&ENVIRONMENT, |environment| {
            environment.cwd(host::get_initial_cwd)
        })
    }
}
