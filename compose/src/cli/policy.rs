//! `interpose policy`: about policies.

use std::process::ExitCode;

use clap::Subcommand;
use interpose_policy::Policy;
use serde_json::json;

use super::message::Failure;
use super::{Result, Session};

/// Check, list and show policies
#[derive(Debug, Subcommand)]
pub(super) enum PolicyCommand {
    /// Check a policy
    Check {
        /// A policy file, or the name of a built-in policy
        policy: String,
    },
    /// List the built-in policies
    List,
    /// Print a built-in policy
    Show {
        /// Its name
        name: String,
    },
    /// Print a JSON Schema of policies, for editors
    Schema,
}

impl PolicyCommand {
    pub(super) fn execute(&self, session: &Session) -> Result {
        match self {
            Self::Check { policy } => {
                Policy::load(policy)?;
                if session.json {
                    println!("{}", json!({ "policy": policy, "valid": true }));
                } else if !session.quiet {
                    println!("{policy}: the policy is valid");
                }
            }
            Self::List => list(session)?,
            Self::Show { name } => {
                let builtin = Policy::builtin(name).ok_or_else(|| {
                    Failure::bad(format!("there is no built-in policy `{name}`"))
                        .hint("`interpose policy list` lists them")
                })?;
                print!("{}", builtin.source);
            }
            Self::Schema => println!("{:#}", interpose_policy::schema()),
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn list(session: &Session) -> Result<()> {
    for builtin in Policy::builtins() {
        let name = builtin.name;
        let description = Policy::load(name)?.description.unwrap_or_default();
        if session.json {
            println!("{}", json!({ "name": name, "description": description }));
        } else {
            println!("{name:<20} {description}");
        }
    }
    Ok(())
}
