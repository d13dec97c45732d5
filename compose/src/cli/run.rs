//! `interpose run`: composes in memory and runs the result.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use interpose_policy::Policy;

use super::message::Failure;
use super::options::{PathAndDirectory, PolicyOptions, application};
use super::{Result, Session};
use crate::compose::Composition;
use crate::host::{Grant, Host, Input, Network, Outcome, Output, Save};
use crate::plan::Plan;

/// What a shell reports for a process that aborted, and what this tool reports for a guest that trapped.
const TRAPPED: u8 = 134;

/// Interpose a component and run it, granting no more of this machine than the policy names
#[derive(Debug, Args)]
pub(super) struct Run {
    /// A component, or a WASI preview 1 core module
    #[arg(value_name = "APP")]
    application: PathBuf,
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
        let application = application(session, &self.application)?;
        let policy = self.options.policy()?;
        let cache = self.options.cache();
        let composition = {
            let _progress = session.progress("composing");
            let composer = self.options.composer()?;
            if self.saves.is_empty() {
                composer.compose(&application, &policy)?
            } else {
                composer.compose_exposed(&application, &policy)?
            }
        };
        for warning in &composition.plan.warnings {
            session.reporter.warning(warning);
        }
        let saves = self.saves(&composition)?;
        let host = Host::new(&cache)?;
        let program = {
            let _progress = session.progress("compiling");
            host.compile(&composition.component)?
        };
        let grant = self.grant(&policy, &composition.plan);
        let finished = host.run(&program, &grant, &saves)?;
        let _ = std::io::stdout().flush();
        for saved in &finished.saved {
            for skipped in &saved.skipped {
                session.reporter.warning(&format!("not saved: {skipped}"));
            }
            if session.verbose {
                eprintln!(
                    "saved {} entries, {} bytes to {}",
                    saved.entries,
                    saved.bytes,
                    saved.to.display()
                );
            }
        }
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

    /// The requests to save, refused before anything runs where they cannot be met.
    fn saves(&self, composition: &Composition) -> Result<Vec<Save>> {
        if !self.saves.is_empty() && composition.plan.kernel().is_none() {
            return Err(Failure::bad(
                "`--save` has nothing to save: no adapter of this composition holds files".into(),
            )
            .hint("the policy needs a memory mount, as `memory-filesystem` has, and the application must use files"));
        }
        Ok(self
            .saves
            .iter()
            .map(|save| Save {
                from: save.path.clone(),
                to: save.directory.clone(),
            })
            .collect())
    }

    /// What the host gives: what the plan leaves to it, and of that no more than the policy names.
    fn grant(&self, policy: &Policy, plan: &Plan) -> Grant {
        let output = |interface| {
            if plan.grants(interface) {
                Output::Inherit
            } else {
                Output::Discard
            }
        };
        let environment = plan.grants("wasi:cli/environment");
        let name = self
            .application
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Grant {
            stdin: if plan.grants("wasi:cli/stdin") {
                Input::Inherit
            } else {
                Input::Closed
            },
            stdout: output("wasi:cli/stdout"),
            stderr: output("wasi:cli/stderr"),
            arguments: if environment {
                std::iter::once(name)
                    .chain(self.arguments.clone())
                    .collect()
            } else {
                Vec::new()
            },
            variables: if environment {
                inherited_variables(policy)
            } else {
                Vec::new()
            },
            directories: if plan.grants("wasi:filesystem/preopens") {
                self.options.host_directories(policy)
            } else {
                Vec::new()
            },
            network: match &policy.network {
                _ if !plan.grants("wasi:sockets/instance-network") => Network::Denied,
                Some(rules) => Network::Rules(rules.clone()),
                None => Network::Inherit,
            },
            http: plan.grants("wasi:http/outgoing-handler"),
            config: Vec::new(),
        }
    }
}

/// The variables of this process that the policy passes on.
fn inherited_variables(policy: &Policy) -> Vec<(String, String)> {
    let all = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    match &policy.environment {
        Some(environment) => all
            .filter(|(name, _)| {
                environment
                    .inherit
                    .iter()
                    .any(|pattern| pattern.matches(name))
            })
            .collect(),
        None if policy.default == interpose_policy::model::Fallback::Inherit => all.collect(),
        None => Vec::new(),
    }
}

/// A process has 8 bits of status; what does not fit is a failure all the same.
fn status_of(status: i32) -> u8 {
    u8::try_from(status).unwrap_or(u8::MAX)
}
