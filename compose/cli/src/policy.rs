//! `interpose policy`: about policies.

use std::process::ExitCode;

use clap::Subcommand;
use interpose_policy::Policy;
use serde_json::json;

use crate::failure::Failure;
use crate::help;
use crate::message::Sentence;
use crate::options::PolicyOptions;
use crate::output;
use crate::paths::{Use, check};
use crate::session::{Result, Session};
use crate::terminal::{self, printable};
use wasi_interpose::resolved::trapping;

/// Check, list and show policies
#[derive(Debug, Subcommand)]
#[command(after_help = help::after(&[
    "interpose policy list",
    "interpose policy show sandbox > policy.toml",
    "interpose policy check policy.toml",
], help::WITHOUT_A_POLICY))]
pub enum PolicyCommand {
    /// Check a policy
    #[command(after_help = help::after(&["interpose policy check policy.toml"], help::WITHOUT_A_POLICY))]
    Check {
        /// A policy file, or the name of a built-in policy
        policy: String,
    },
    /// List the built-in policies
    #[command(after_help = help::after(&["interpose policy list"], help::WITHOUT_A_POLICY))]
    List,
    /// Print a built-in policy
    #[command(after_help = help::after(&["interpose policy show sandbox > policy.toml"], help::WITHOUT_A_POLICY))]
    Show {
        /// Its name
        name: String,
    },
    /// Print a JSON Schema of policies, for editors
    #[command(after_help = help::after(&["interpose policy schema > policy.schema.json"], help::WITHOUT_A_POLICY))]
    Schema,
}

impl PolicyCommand {
    pub fn execute(&self, session: &Session) -> Result {
        match self {
            Self::Check { policy } => {
                let loaded = Policy::load(policy)?;
                check(
                    session,
                    &loaded,
                    &PolicyOptions::of(policy),
                    &Use::Later(&[]),
                )?;
                for warning in warnings(&loaded) {
                    session.reporter.warning(&warning);
                }
                if session.json {
                    let object = json!({ "policy": policy, "valid": true });
                    output::result(&format!("{}\n", terminal::json(&object, false)))?;
                } else if !session.quiet {
                    output::result(&format!("{}: the policy is valid\n", printable(policy)))?;
                }
            }
            Self::List => list(session)?,
            Self::Show { name } => {
                let builtin = Policy::builtin(name).ok_or_else(|| {
                    Failure::bad(
                        "command-line::no-built-in",
                        format!("there is no built-in policy `{name}`"),
                    )
                    .hint("`interpose policy list` lists them")
                })?;
                if session.json {
                    let object = json!({ "name": builtin.name, "source": builtin.source });
                    output::result(&format!("{}\n", terminal::json(&object, false)))?;
                } else {
                    output::result(builtin.source)?;
                }
            }
            Self::Schema => {
                let schema = terminal::json(&interpose_policy::schema(), true);
                output::result(&format!("{schema}\n"))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
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

/// What a person should know of a policy before an application runs under it.
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
