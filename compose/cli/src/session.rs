//! The types that every command uses.

use std::process::ExitCode;

use interpose_host::Trap;

use crate::failure::Failure;
use crate::message::Reporter;
use crate::progress::Progress;

/// The result of a command: its exit status or its failure.
pub type Result<T = ExitCode> = std::result::Result<T, Failure>;

/// The destination of a command's messages and progress.
#[derive(Clone)]
pub struct Session {
    pub reporter: Reporter,
    pub verbose: bool,
    pub quiet: bool,
    pub json: bool,
}

impl Session {
    /// Shows that work is in progress until the returned value is dropped.
    pub fn progress(&self, what: impl Into<String>) -> Progress {
        let reporter = self.verbose.then(|| self.reporter.clone());
        Progress::start(what.into(), self.quiet || self.json, reporter)
    }

    /// The same for what is done after an application may have written to the terminal.
    pub fn progress_in_lines(&self, what: impl Into<String>) -> Progress {
        let reporter = self.verbose.then(|| self.reporter.clone());
        Progress::lines(what.into(), self.quiet || self.json, reporter)
    }

    /// With `--verbose`, reports the functions on the stack of a trap.
    pub fn tell_functions(&self, trap: &Trap) {
        if self.verbose {
            for function in &trap.backtrace {
                self.reporter
                    .note("trap::function", &format!("  in {function}"));
            }
        }
    }
}
