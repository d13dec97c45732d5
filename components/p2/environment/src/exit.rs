//! `wasi:cli/exit`.

use interpose_adapter::{trap, with};

use crate::bindings::{exports::wasi::cli::exit::Guest, wasi::cli::exit as host};
use crate::{Adapter, ENVIRONMENT};

impl Guest for Adapter {
    fn exit(status: Result<(), ()>) {
        check_allowed();
        host::exit(status);
    }

    #[cfg(feature = "exit-with-code")]
    fn exit_with_code(status_code: u8) {
        check_allowed();
        host::exit_with_code(status_code);
    }

    /// The host may be older than this function: it gets what `exit` can tell, success or failure.
    #[cfg(not(feature = "exit-with-code"))]
    fn exit_with_code(status_code: u8) {
        check_allowed();
        host::exit(if status_code == 0 { Ok(()) } else { Err(()) });
    }
}

/// Traps unless the policy lets the application exit.
fn check_allowed() {
    if !with(&ENVIRONMENT, |environment| environment.may_exit()) {
        trap!(exit_is_denied_by_the_policy);
    }
}
