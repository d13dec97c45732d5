//! The record at the end of `run --json`: one object, whatever the outcome.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::denials::Denials;
use crate::failure::{Failure, Kind, Statuses};
use crate::lines::{Outcome, Recorded, Run, Trap};
use crate::message::Reporter;
use crate::terminal;

/// The known facts about a run.
pub struct Record {
    started: Instant,
    /// The time that the application ran, without composing.
    application: Option<Duration>,
    memory: Option<u64>,
    trap: Option<Trap>,
    denials: Denials,
}

impl Record {
    /// Starts the clock of the command.
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
            application: None,
            memory: None,
            trap: None,
            denials: Denials::default(),
        }
    }

    /// Records what the policy refused.
    pub fn refused(&mut self, denials: Denials) {
        self.denials = denials;
    }

    /// Records that the application ended after this time, and the most bytes of memory that it had.
    pub fn ended(&mut self, after: Duration, memory: u64) {
        self.application = Some(after);
        self.memory = Some(memory);
    }

    /// Records a trap. `component` is the component of a graph in which it occurred, if it is known.
    pub fn trapped(&mut self, trap: &interpose_host::Trap, component: Option<&str>) {
        self.trap = Some(Trap {
            message: trap.message.clone(),
            component: component.map(str::to_owned),
            functions: trap.backtrace.clone(),
        });
    }

    /// Reports the failure, if there is one, and with `--json` prints the record. Returns the exit status.
    pub fn finish(self, reporter: &Reporter, result: Result<u8, Failure>) -> ExitCode {
        let mut refusals = Vec::new();
        let (status, outcome) = match &result {
            Ok(status) => (*status, Outcome::Exited),
            Err(failure) => {
                failure.report(reporter);
                let outcome = match failure.kind() {
                    Kind::Trapped => Outcome::Trapped,
                    Kind::Exceeded => Outcome::Exceeded,
                    Kind::Refused => Outcome::Refused,
                    Kind::Machine | Kind::Input => Outcome::Failed,
                };
                if outcome == Outcome::Refused {
                    refusals = failure.objects();
                }
                let status = failure.kind().status(Statuses::BesideAnApplication);
                (status, outcome)
            }
        };
        if reporter.is_json() {
            let record = Run {
                record: Recorded::Run,
                status,
                outcome,
                trap: self.trap,
                refusals,
                seconds: self.started.elapsed().as_secs_f64(),
                application_seconds: self.application.map(|time| time.as_secs_f64()),
                memory_bytes: self.memory,
                more_denials: self.denials.more,
                denials: self.denials.into_lines(),
            };
            terminal::message(&terminal::json_line(&record));
        }
        ExitCode::from(status)
    }
}
