//! `interpose run`: composes in memory and runs the result.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use interpose_policy::Policy;

use super::grant::{grant, saves, tell_saved};
use super::message::Failure;
use super::options::{PathAndDirectory, PolicyOptions, application, assembly, name_of};
use super::{Result, Session};
use crate::host::{Grant, Host, HostError, Input, Network, Outcome, Output};
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
        let grants = |interface: &str| plan.grants(interface);
        Ok(Prepared {
            grant: self.grant(&policy, &grants),
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
        let mut grants = Vec::new();
        for member in &assembled.members {
            for warning in &member.composition.plan.warnings {
                let name = &member.name;
                session.reporter.warning(&format!("`{name}`: {warning}"));
            }
            let policies = assembly.members().iter();
            let policy = policies
                .filter(|other| other.name == member.name)
                .map(|other| &other.policy);
            for policy in policy {
                let grant = self.grant(policy, &|interface: &str| member.grants(interface));
                let whole_filesystem = member.grants("wasi:filesystem/preopens")
                    && member.composition.plan.kernel().is_none();
                grants.push((member.name.as_str(), grant, whole_filesystem));
            }
        }
        // The application comes last.
        let application = assembled.members.last();
        Ok(Prepared {
            grant: together(grants)?,
            holds_files: application
                .is_some_and(|member| member.composition.plan.kernel().is_some()),
            component: assembled.component,
        })
    }

    /// What the host gives, as far as a policy names it.
    fn grant(&self, policy: &Policy, grants: &dyn Fn(&str) -> bool) -> Grant {
        let path = self.application.as_ref().or(self.graph.as_ref());
        let name = path.map(|path| name_of(path)).unwrap_or_default();
        let arguments = std::iter::once(name).chain(self.arguments.clone());
        grant(&self.options, policy, grants, arguments.collect())
    }
}

/// A component that is ready to run, and what it is given.
struct Prepared {
    component: Vec<u8>,
    grant: Grant,
    /// Whether an adapter of the application holds files.
    holds_files: bool,
}

/// What several components are given as one. Each gets of it what its own adapters let through; so a component that has
/// no adapter for files must not see the directories of another.
fn together(grants: Vec<(&str, Grant, bool)>) -> Result<Grant> {
    let named = |name: &str| {
        grants
            .iter()
            .any(|(other, grant, _)| *other != name && !grant.directories.is_empty())
    };
    if let Some((name, ..)) = grants.iter().find(|(name, _, whole)| *whole && named(name)) {
        return Err(Failure::bad(format!(
            "`{name}` inherits the whole filesystem of the host, so it would see the directories of the other components"
        ))
        .hint("name what it gets under `[filesystem]` of its policy"));
    }
    let mut all = Grant::default();
    for (name, grant, _) in grants {
        if matches!(grant.stdin, Input::Inherit) {
            all.stdin = Input::Inherit;
        }
        for (into, output) in [
            (&mut all.stdout, grant.stdout),
            (&mut all.stderr, grant.stderr),
        ] {
            if matches!(output, Output::Inherit) {
                *into = output;
            }
        }
        if all.arguments.is_empty() {
            all.arguments = grant.arguments;
        }
        for variable in grant.variables {
            if !all.variables.contains(&variable) {
                all.variables.push(variable);
            }
        }
        for directory in grant.directories {
            match all
                .directories
                .iter_mut()
                .find(|d| d.name == directory.name)
            {
                Some(other) if other.path != directory.path => {
                    return Err(Failure::bad(format!(
                        "the directory `{}` of `{name}` is another one than that of the same name of another component",
                        directory.name
                    ))
                    .hint("give one of the mounts another `host` name"));
                }
                Some(other) => other.read_only &= directory.read_only,
                None => all.directories.push(directory),
            }
        }
        // Each component's own filter judges again.
        all.network = match (all.network, grant.network) {
            (Network::Denied, network) | (network, Network::Denied) => network,
            (Network::Rules(one), Network::Rules(other)) if one == other => Network::Rules(one),
            _ => Network::Inherit,
        };
        all.http |= grant.http;
        all.config.extend(grant.config);
    }
    Ok(all)
}

/// A process has 8 bits of status; what does not fit is a failure all the same.
fn status_of(status: i32) -> u8 {
    u8::try_from(status).unwrap_or(u8::MAX)
}
