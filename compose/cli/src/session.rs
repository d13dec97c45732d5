//! The types that every command uses.

use std::process::ExitCode;

use interpose_host::Trap;

use crate::failure::Failure;
use crate::message::{Reporter, Sentence};
use crate::progress::Progress;
use wasi_interpose::graph::Assembled;

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

    /// Reports the warnings of the plans of a graph's components, each with the component's name, and returns their texts.
    pub fn warn_of_members(&self, assembled: &Assembled) -> Vec<String> {
        let mut texts = Vec::new();
        for member in &assembled.members {
            for warning in &member.composition.plan.warnings {
                let name = &member.name;
                let warning = Sentence::of(warning).about(&format!("`{name}`"));
                self.reporter.warning_of(&warning, Some(name));
                texts.push(warning.to_string());
            }
        }
        texts
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
