//! `interpose run`: composes in memory and runs the result.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;

use crate::failure::Failure;
use crate::limits::LimitOptions;
use crate::options::PathAndDirectory;
use crate::prepare::Program;
use crate::save::{saves, tell_saved};
use crate::session::{Result, Session};
use interpose_host::{Host, HostError, Offer, Outcome};
use wasi_interpose::configurations::Configuration;
use wasi_interpose::surface::Surface;

/// Interpose a component and run it, granting no more of this machine than the policy names
#[derive(Debug, Args)]
pub struct Run {
    #[command(flatten)]
    program: Program,
    /// When the application has ended, write what its filesystem holds under PATH to DIR
    #[arg(long = "save", value_name = "PATH=DIR")]
    saves: Vec<PathAndDirectory>,
    #[command(flatten)]
    limits: LimitOptions,
    /// Arguments of the application
    #[arg(last = true, value_name = "ARGS")]
    arguments: Vec<String>,
}

impl Run {
    pub fn execute(&self, session: &Session) -> Result {
        let saves = saves(&self.saves);
        let offer = Offer {
            arguments: self.arguments.clone(),
            ..Offer::inherit()
        };
        let mut prepared = self.program.prepare(session, true, &saves, offer, check)?;
        let grant = &mut prepared.grant;
        self.limits.change(&mut grant.limits);
        // There is one instance. Of files that are baked in, it has the only copy then.
        let configurations = std::mem::take(&mut grant.configurations);
        grant.configurations = configurations
            .into_iter()
            .map(Configuration::once)
            .collect();
        let host = Host::for_grant(&self.program.options.cache(), &prepared.grant)?;
        let program = {
            let _progress = session.progress("compiling");
            host.compile(&prepared.component)?
        };
        let finished = host.run(&program, &prepared.grant, &saves)?;
        let _ = std::io::stdout().flush();
        tell_saved(session, &finished.saved);
        match finished.outcome {
            Outcome::Exited(status) => Ok(ExitCode::from(status_of(status))),
            Outcome::Trapped(trap) => {
                session.tell_functions(&trap);
                Err(self.ended(Failure::trapped(trap)))
            }
            Outcome::Exceeded(exceeded) => Err(self.ended(exceeded.into())),
        }
    }

    /// What became of what should have been saved when the application did not come to its end.
    fn ended(&self, failure: Failure) -> Failure {
        match self.saves.is_empty() {
            true => failure,
            false => {
                failure.hint("nothing was saved: the component cannot be read any more after that")
            }
        }
    }
}

/// Refuses what can be served and not run.
fn check(surface: &Surface) -> Result<()> {
    if surface.handles_requests() && !surface.is_command() {
        let failure = Failure::from(HostError::NotACommand);
        return Err(failure.hint("`interpose serve` serves components like this one"));
    }
    Ok(())
}

/// A process has 8 bits of status; what does not fit is a failure all the same.
fn status_of(status: i32) -> u8 {
    u8::try_from(status).unwrap_or(u8::MAX)
}
