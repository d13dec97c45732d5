//! `interpose run`: composes in memory and runs the result.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;

use crate::failure::Failure;
use crate::options::PathAndDirectory;
use crate::prepare::Program;
use crate::save::{saves, tell_saved};
use crate::session::{Result, Session};
use interpose_host::{Host, HostError, Offer, Outcome};
use wasi_interpose::surface::Surface;

/// Interpose a component and run it, granting no more of this machine than the policy names
#[derive(Debug, Args)]
pub struct Run {
    #[command(flatten)]
    program: Program,
    /// When the application has ended, write what its filesystem holds under PATH to DIR
    #[arg(long = "save", value_name = "PATH=DIR")]
    saves: Vec<PathAndDirectory>,
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
        let prepared = self.program.prepare(session, &saves, offer, check)?;
        let cache = self.program.options.cache();
        let host = match prepared.deterministic {
            true => Host::deterministic(&cache)?,
            false => Host::new(&cache)?,
        };
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
                let failure = Failure::trapped(trap);
                let unsaved = !self.saves.is_empty();
                Err(if unsaved {
                    failure.hint("nothing was saved: a trapped component cannot be read any more")
                } else {
                    failure
                })
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
