//! What every command works with, and what it returns.

use std::process::ExitCode;

use interpose_host::Trap;

use crate::failure::Failure;
use crate::message::Reporter;
use crate::progress::Progress;

/// What a command returns: its exit status, or why it failed.
pub type Result<T = ExitCode> = std::result::Result<T, Failure>;

/// What every command works with: where its messages and its progress go.
#[derive(Clone)]
pub struct Session {
    pub reporter: Reporter,
    pub verbose: bool,
    pub quiet: bool,
    pub json: bool,
}

impl Session {
    /// Shows that something is being done until the returned value is dropped.
    pub fn progress(&self, what: impl Into<String>) -> Progress {
        let reporter = self.verbose.then(|| self.reporter.clone());
        Progress::start(what.into(), self.quiet || self.json, reporter)
    }

    /// The same for what is done after an application may have written to the terminal.
    pub fn progress_in_lines(&self, what: impl Into<String>) -> Progress {
        let reporter = self.verbose.then(|| self.reporter.clone());
        Progress::lines(what.into(), self.quiet || self.json, reporter)
    }

    /// Says which functions were on the stack of a trap.
    pub fn tell_functions(&self, trap: &Trap) {
        if self.verbose {
            for function in &trap.backtrace {
                self.reporter
                    .note("trap::function", &format!("  in {function}"));
            }
        }
    }
}
