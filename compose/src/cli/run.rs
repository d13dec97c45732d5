//! `interpose run`: composes in memory and runs the result.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::grant::{offer, saves, tell_saved};
use super::message::Failure;
use super::options::{PathAndDirectory, PolicyOptions, application, assembly, name_of};
use super::{Result, Session};
use crate::host::{Grant, Host, HostError, Offer, Outcome};
use crate::surface::Surface;

/// What a shell reports for a process that aborted, and what this tool reports for a guest that trapped.
const TRAPPED: u8 = 134;

/// Interpose a component and run it, granting no more of this machine than the policy names
#[derive(Debug, Args)]
pub(super) struct Run {
    /// A component, or a WASI preview 1 core module
    #[arg(
        value_name = "APP",
        required_unless_present = "graph",
        conflicts_with = "graph"
    )]
    application: Option<PathBuf>,
    /// Several components, each with its policy, as this file says
    #[arg(long, value_name = "FILE")]
    graph: Option<PathBuf>,
    #[command(flatten)]
    options: PolicyOptions,
    /// When the application has ended, write what its memory filesystem holds under PATH to DIR
    #[arg(long = "save", value_name = "PATH=DIR")]
    saves: Vec<PathAndDirectory>,
    /// Arguments of the application
    #[arg(last = true, value_name = "ARGS")]
    arguments: Vec<String>,
}

impl Run {
    pub(super) fn execute(&self, session: &Session) -> Result {
        let cache = self.options.cache();
        let prepared = match &self.graph {
            Some(graph) => self.assemble(session, graph)?,
            None => self.compose(session)?,
        };
        let saves = saves(&self.saves, prepared.holds_files)?;
        let host = Host::new(&cache)?;
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
                if session.verbose {
                    for function in &trap.backtrace {
                        eprintln!("  in {function}");
                    }
                }
                let failure = Failure::trapped(
                    format!("the application trapped: {}", trap.message),
                    TRAPPED,
                );
                let unsaved = !self.saves.is_empty();
                Err(if unsaved {
                    failure.hint("nothing was saved: a trapped component cannot be read any more")
                } else {
                    failure
                })
            }
        }
    }

    fn compose(&self, session: &Session) -> Result<Prepared> {
        let application = application(session, self.application.as_deref())?;
        let surface = Surface::of(application.component()).map_err(HostError::from)?;
        if surface.handles_requests() && !surface.is_command() {
            let failure = Failure::from(HostError::NotACommand);
            return Err(failure.hint("`interpose serve` serves components like this one"));
        }
        let policy = self.options.policy()?;
        let composition = {
            let _progress = session.progress("composing");
            let composer = self.options.composer()?;
            if self.saves.is_empty() {
                composer.compose(&application, &policy)?
            } else {
                composer.compose_exposed(&application, &policy)?
            }
        };
        let plan = &composition.plan;
        for warning in &plan.warnings {
            session.reporter.warning(warning);
        }
        Ok(Prepared {
            grant: Grant::of(&policy, plan, &self.offer()),
            holds_files: plan.kernel().is_some(),
            component: composition.component,
        })
    }

    fn assemble(&self, session: &Session, graph: &std::path::Path) -> Result<Prepared> {
        let assembly = assembly(session, graph, &self.options)?;
        let assembled = {
            let _progress = session.progress("composing");
            let composer = self.options.composer()?;
            if self.saves.is_empty() {
                composer.assemble(&assembly)?
            } else {
                composer.assemble_exposed(&assembly)?
            }
        };
        for member in &assembled.members {
            for warning in &member.composition.plan.warnings {
                let name = &member.name;
                session.reporter.warning(&format!("`{name}`: {warning}"));
            }
        }
        // The application comes last.
        let application = assembled.members.last();
        Ok(Prepared {
            grant: Grant::of_assembly(&assembly, &assembled, &self.offer())?,
            holds_files: application
                .is_some_and(|member| member.composition.plan.kernel().is_some()),
            component: assembled.component,
        })
    }

    /// What there is to give, as far as a policy lets it through.
    fn offer(&self) -> Offer {
        let path = self.application.as_ref().or(self.graph.as_ref());
        let name = path.map(|path| name_of(path)).unwrap_or_default();
        let arguments = std::iter::once(name).chain(self.arguments.clone());
        offer(&self.options, arguments.collect())
    }
}

/// A component that is ready to run, and what it is given.
struct Prepared {
    component: Vec<u8>,
    grant: Grant,
    /// Whether an adapter of the application holds files.
    holds_files: bool,
}

/// A process has 8 bits of status; what does not fit is a failure all the same.
fn status_of(status: i32) -> u8 {
    u8::try_from(status).unwrap_or(u8::MAX)
}
