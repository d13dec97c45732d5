//! `wasi:cli/exit`.

use interpose_adapter::refusals::{Subject, refused};
use interpose_adapter::{trap, with};
use interpose_settings::Reason;

use crate::bindings::{exports::wasi::cli::exit::Guest, wasi::cli::exit as host};
use crate::{Adapter, ENVIRONMENT};

impl Guest for Adapter {
    fn exit(status: Result<(), ()>) {
        check_allowed("exit");
        host::exit(status);
    }

    fn exit_with_code(status_code: u8) {
        check_allowed("exit-with-code");
        host::exit_with_code(status_code);
    }
}

/// Traps unless the policy lets the application exit by calling this function.
fn check_allowed(function: &str) {
    if !with(&ENVIRONMENT, |environment| environment.may_exit()) {
        refused(Reason::Exit, function, Subject::Text(&[]));
        trap!(exit_is_denied_by_the_policy);
    }
}
