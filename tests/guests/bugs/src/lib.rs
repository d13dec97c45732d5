//! Programs with bugs that ordinary runs never show, and that `interpose test` finds. Each works as it should when its first
//! argument is `mended`, so what has to change stands in one place. `docs/testing.md` says how each is found.

use std::fmt::Display;
use std::process::ExitCode;

/// Whether the program is to work as it should.
pub fn is_mended() -> bool {
    std::env::args().nth(1).as_deref() == Some("mended")
}

/// The end of a program: an error is written to standard error.
pub fn end(result: Result<(), impl Display>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
