//! What the host gives to a composition that is run or served at once: what its plan leaves to the host, and of that no
//! more than the policy names.

use interpose_policy::Policy;
use interpose_policy::model::Fallback;

use super::message::Failure;
use super::options::{PathAndDirectory, PolicyOptions};
use super::{Result, Session};
use crate::host::{Grant, Input, Network, Output, Save, Saved};

/// What the host gives of the interfaces that `grants` says are left to it. `arguments` begin with the program's name.
pub(super) fn grant(
    options: &PolicyOptions,
    policy: &Policy,
    grants: &dyn Fn(&str) -> bool,
    arguments: Vec<String>,
) -> Grant {
    let output = |interface| {
        if grants(interface) {
            Output::Inherit
        } else {
            Output::Discard
        }
    };
    let environment = grants("wasi:cli/environment");
    Grant {
        stdin: if grants("wasi:cli/stdin") {
            Input::Inherit
        } else {
            Input::Closed
        },
        stdout: output("wasi:cli/stdout"),
        stderr: output("wasi:cli/stderr"),
        arguments: if environment { arguments } else { Vec::new() },
        variables: if environment {
            inherited_variables(policy)
        } else {
            Vec::new()
        },
        directories: if grants("wasi:filesystem/preopens") {
            options.host_directories(policy)
        } else {
            Vec::new()
        },
        network: match &policy.network {
            _ if !grants("wasi:sockets/instance-network") => Network::Denied,
            Some(rules) => Network::Rules(rules.clone()),
            None => Network::Inherit,
        },
        http: grants("wasi:http/outgoing-handler"),
        config: Vec::new(),
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
        None if policy.default == Fallback::Inherit => all.collect(),
        None => Vec::new(),
    }
}

/// The requests to save, refused before anything runs where they cannot be met.
pub(super) fn saves(requests: &[PathAndDirectory], holds_files: bool) -> Result<Vec<Save>> {
    if !requests.is_empty() && !holds_files {
        return Err(Failure::bad(
            "`--save` has nothing to save: no adapter of this composition holds files".into(),
        )
        .hint("the policy needs a memory mount, as `memory-filesystem` has, and the application must use files"));
    }
    Ok(requests
        .iter()
        .map(|save| Save {
            from: save.path.clone(),
            to: save.directory.clone(),
        })
        .collect())
}

/// Says what was saved.
pub(super) fn tell_saved(session: &Session, saved: &[Saved]) {
    for saved in saved {
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
}
