//! `interpose policy`: checks, lists, shows and compares policies.

use std::path::Path;
use std::process::ExitCode;

use clap::Subcommand;
use interpose_policy::{Difference, Document, PathUse, Policy};
use serde_json::json;

use crate::failure::{Failure, Statuses};
use crate::help;
use crate::message::Sentence;
use crate::options::PolicyOptions;
use crate::output;
use crate::paths::{Use, check, check_graph, problems, refuse};
use crate::session::{Result, Session};
use crate::terminal::{self, printable};
use wasi_interpose::resolved::trapping;

/// The exit status of `diff` when the policies differ, as diff(1) has it.
const DIFFERENT: u8 = 1;

/// Check, list, show and compare policies
#[derive(Debug, Subcommand)]
#[command(after_help = help::after(&[
    "interpose policy list",
    "interpose policy show sandbox > policy.toml",
    "interpose policy check policy.toml",
], help::WITHOUT_A_POLICY))]
pub enum PolicyCommand {
    /// Check policies and graphs
    #[command(after_help = help::after(&["interpose policy check policy.toml", "interpose policy check policies/*.toml graph.toml"], help::WITHOUT_A_POLICY))]
    Check {
        /// Policy files, graphs, or names of built-in policies
        #[arg(required = true, value_name = "POLICY")]
        policies: Vec<String>,
    },
    /// List the built-in policies
    #[command(after_help = help::after(&["interpose policy list"], help::WITHOUT_A_POLICY))]
    List,
    /// Print a built-in policy, or what a policy comes to
    #[command(after_help = help::after(&["interpose policy show sandbox > policy.toml", "interpose policy show --effective policy.toml"], help::WITHOUT_A_POLICY))]
    Show {
        /// The name of a built-in policy; with `--effective` also a policy file
        #[arg(value_name = "POLICY")]
        name: String,
        /// Print what it comes to with all that it extends: a policy file that means the same and extends nothing
        #[arg(long)]
        effective: bool,
    },
    /// Print what differs between what two policies come to; the exit status is 0 if nothing does, and 1 if something does
    #[command(after_help = help::after_diff(&["interpose policy diff sandbox policy.toml"]))]
    Diff {
        /// A policy file, or the name of a built-in policy
        #[arg(value_name = "OLD")]
        old: String,
        /// Another
        #[arg(value_name = "NEW")]
        new: String,
    },
    /// Print a JSON Schema of policies, or of graphs, for editors
    #[command(after_help = help::after(&["interpose policy schema > policy.schema.json"], help::WITHOUT_A_POLICY))]
    Schema {
        /// Print that of graphs
        #[arg(long)]
        graph: bool,
    },
}

impl PolicyCommand {
    /// Which exit statuses it has for its own failures.
    pub fn statuses(&self) -> Statuses {
        match self {
            Self::Diff { .. } => Statuses::BesideADifference,
            Self::Check { .. } | Self::List | Self::Show { .. } | Self::Schema { .. } => {
                Statuses::Small
            }
        }
    }

    pub fn execute(&self, session: &Session) -> Result {
        match self {
            Self::Check { policies } => return check_all(session, policies),
            Self::List => list(session)?,
            Self::Show { name, effective } => show(session, name, *effective)?,
            Self::Diff { old, new } => return diff(session, old, new),
            Self::Schema { graph } => {
                let schema = match graph {
                    true => interpose_policy::graph_schema(),
                    false => interpose_policy::schema(),
                };
                output::result(&format!("{}\n", terminal::json(&schema, true)))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Checks each of the files, even if an earlier one has problems.
fn check_all(session: &Session, policies: &[String]) -> Result {
    let mut status = ExitCode::SUCCESS;
    for policy in policies {
        if let Err(failure) = check_one(session, policy) {
            failure.report(&session.reporter);
            status = ExitCode::from(failure.kind().status(Statuses::Small));
        }
    }
    Ok(status)
}

fn check_one(session: &Session, name: &str) -> Result<()> {
    let options = PolicyOptions::of(name);
    let later = Use::Later(&[]);
    let (kind, policies) = match Document::load(name)? {
        Document::Policy(policy) => {
            check(session, &policy, &options, &later)?;
            warn_of_directories(session, &policy);
            ("policy", vec![(None, *policy)])
        }
        Document::Graph(graph) => {
            let sources = graph.components.iter().map(|component| &component.path);
            refuse(problems(sources))?;
            let members = graph.components.iter().map(|component| {
                let source = component.source.value.as_path();
                let name = component.name.value.as_str();
                (name, &component.policy.value, Some(source))
            });
            check_graph(session, Path::new(name), members, &options, &later)?;
            for component in &graph.components {
                warn_of_directories(session, &component.policy.value);
            }
            let policies = graph.components.into_iter();
            let named =
                policies.map(|component| (Some(component.name.value), component.policy.value));
            ("graph", named.collect())
        }
    };
    for (component, policy) in &policies {
        for warning in warnings(policy) {
            match component {
                Some(name) => {
                    let warning = warning.about(&format!("`{name}`"));
                    session.reporter.warning_of(&warning, Some(name));
                }
                None => session.reporter.warning(&warning),
            }
        }
    }
    if session.json {
        let object = json!({ kind: name, "valid": true });
        output::result(&format!("{}\n", terminal::json(&object, false)))?;
    } else if !session.quiet {
        output::result(&format!("{}: the {kind} is valid\n", printable(name)))?;
    }
    Ok(())
}

/// Warns of directories of the host that do not exist. That is no error, because the policy may be for another machine.
fn warn_of_directories(session: &Session, policy: &Policy) {
    let shown = policy
        .used_paths()
        .filter(|named| named.purpose == PathUse::Host);
    for problem in problems(shown) {
        session.reporter.warning(&problem);
    }
}

fn show(session: &Session, name: &str, effective: bool) -> Result<()> {
    let source = match effective {
        true => Policy::load(name)?.to_toml()?,
        false => Policy::builtin(name)
            .ok_or_else(|| {
                Failure::bad(
                    "command-line::no-built-in",
                    format!("there is no built-in policy `{name}`"),
                )
                .hint(
                    "`interpose policy list` lists them; `--effective` prints what a file comes to",
                )
            })?
            .source
            .to_owned(),
    };
    match session.json {
        true => {
            let object = json!({ "name": name, "source": source });
            output::result(&format!("{}\n", terminal::json(&object, false)))
        }
        false => output::result(&source),
    }
}

fn diff(session: &Session, old: &str, new: &str) -> Result {
    let differences = Policy::load(old)?.differences(&Policy::load(new)?)?;
    let mut lines = String::new();
    for Difference { key, old, new } in &differences {
        if session.json {
            let object = json!({ "key": key, "old": old, "new": new });
            lines += &format!("{}\n", terminal::json(&object, false));
            continue;
        }
        for (sign, value) in [('-', old), ('+', new)] {
            if let Some(value) = value {
                lines += &format!("{}\n", printable(&format!("{sign} {key} = {value}")));
            }
        }
    }
    output::result(&lines)?;
    Ok(match differences.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(DIFFERENT),
    })
}

fn list(session: &Session) -> Result<()> {
    let mut lines = String::new();
    for builtin in Policy::builtins() {
        let name = builtin.name;
        let description = Policy::load(name)?.description.unwrap_or_default();
        if session.json {
            let object = json!({ "name": name, "description": description });
            lines += &format!("{}\n", terminal::json(&object, false));
        } else {
            lines += &format!("{name:<20} {description}\n");
        }
    }
    output::result(&lines)
}

/// Warnings for a person who runs applications under a policy.
fn warnings(policy: &Policy) -> Vec<Sentence> {
    trapping(policy)
        .map(|table| {
            Sentence::new(
                "policy::traps",
                format!(
                    "the policy denies {table}: WASI has no error for such functions, so an application that calls one traps"
                ),
            )
        })
        .collect()
}
