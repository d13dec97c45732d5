//! Refuses the imports that a policy forbids or does not decide about.

use std::collections::BTreeSet;
use std::fmt;

use interpose_policy::Policy;
use interpose_policy::model::Fallback;
use miette::Diagnostic;
use thiserror::Error;

use super::decisions::Decisions;
use super::p3::has_no_authority;
use crate::interface::InterfaceName;
use crate::surface::{Item, Surface};
use crate::wasi::{Capability, Revision};

/// All imports that a policy refuses. Each is a related diagnostic with its own hint.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
#[error("the policy refuses the component: {}", reasons(.0))]
#[diagnostic(code("refusal::imports"))]
pub struct Refused(#[related] pub Vec<Refusal>);

fn reasons(refusals: &[Refusal]) -> String {
    let reasons: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    reasons.join("; ")
}

/// An import that a policy refuses.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the import `{import}` {reason}")]
pub struct Refusal {
    /// The import's full name.
    pub import: String,
    /// The reason.
    pub reason: RefusalReason,
}

impl Diagnostic for Refusal {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.reason.code()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        match &self.reason {
            RefusalReason::NotAllowed => Some(Box::new(format!(
                "to leave it to the host: {}",
                left_by_name(&self.import)
            ))),
            RefusalReason::Version(capability) if self.import.contains('@') => {
                Some(Box::new(format!(
                    "build the component for WASI 0.2; or leave all of it to the host: {}; or this interface alone: {}",
                    capability.left_whole_by(),
                    left_by_name(&self.import)
                )))
            }
            RefusalReason::NotIn03(capability) => Some(Box::new(format!(
                "leave it to the host: {}; or build the component for WASI 0.2, for which adapters do it",
                left_in_p3_by(*capability, &self.import)
            ))),
            reason => reason.help(),
        }
    }
}

/// The policy text that leaves an interface of WASI 0.3 to the host.
fn left_in_p3_by(capability: Capability, import: &str) -> String {
    let name = InterfaceName::parse(import);
    let interface = name.as_ref().map(|name| name.interface.as_str());
    let stream = match interface {
        Some("stdin" | "terminal-stdin") => "stdin",
        Some("stdout" | "terminal-stdout") => "stdout",
        Some("stderr" | "terminal-stderr") => "stderr",
        _ => "",
    };
    match capability {
        Capability::Stdio if !stream.is_empty() => {
            let terminals = match interface.is_some_and(|name| name.starts_with("terminal-")) {
                true => " and without `terminals = false`",
                false => "",
            };
            format!("`{stream} = \"inherit\"` under `[stdio]`{terminals}")
        }
        Capability::Filesystem => {
            "`[filesystem]` with `inherit = true` and without mounts".to_owned()
        }
        capability => capability.left_whole_by(),
    }
}

/// The policy text that leaves an interface to the host.
pub(crate) fn left_by_name(import: &str) -> String {
    format!("`[interfaces]` with `allow = [\"{import}\"]`")
}

/// The reason for the refusal of an import, in words that follow the import's name.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum RefusalReason {
    /// The policy has `default = "error"`, and none of its tables decides about the import's capability.
    #[error("is not decided by the policy")]
    #[diagnostic(
        code("refusal::undecided"),
        help("add {}, or set `default` to \"deny\" or \"inherit\"", .0.tables())
    )]
    Undecided(Capability),
    /// The import belongs to no capability, and `[interfaces]` does not allow it.
    #[error("is not allowed by the policy")]
    #[diagnostic(code("refusal::not-allowed"))]
    NotAllowed,
    /// The import belongs to a version of WASI for which this tool has no adapters, and the policy does not leave the
    /// whole capability to the host.
    #[error("belongs to a version of WASI that no adapter of this tool attenuates yet")]
    #[diagnostic(
        code("refusal::version"),
        help("build the component for WASI 0.2; or leave all of it to the host: {}", .0.left_whole_by())
    )]
    Version(Capability),
    /// The import belongs to WASI 0.3, the policy does not leave the capability to the host unchanged, and no adapter for
    /// WASI 0.3 can do what it says.
    #[error(
        "belongs to WASI 0.3, for which no adapter of this tool can do yet what the policy says about `{0}`"
    )]
    #[diagnostic(code("refusal::wasi-0-3"))]
    NotIn03(Capability),
    /// The import is not an instance named by an interface. Some host could take it for an interface of this
    /// capability, and the policy does not leave the whole capability to the host.
    #[error(
        "could be taken for an interface of `{0}`, in a form that no adapter of this tool answers"
    )]
    #[diagnostic(
        code("refusal::form"),
        help("build the component for WASI 0.2, with bindings of a released version; or leave all of it to the host: {}", .0.left_whole_by())
    )]
    Form(Capability),
    /// The import's name says where an implementation is, not which interface it has, and the policy does not leave
    /// everything to the host.
    #[error(
        "could be anything that the host has: its name says where something is, not what it does"
    )]
    #[diagnostic(
        code("refusal::anything"),
        help(
            "give it the name of an interface, like `acme:billing/invoices`, or compose it with the component that offers it first"
        )
    )]
    Anything,
    /// The import is neither an instance nor another kind of import that a policy can name.
    #[error("is not an interface, so no policy can allow it")]
    #[diagnostic(
        code("refusal::not-an-interface"),
        help("compose it with the component that offers it first")
    )]
    NotAnInterface,
}

/// Refuses imports that the policy does not decide about, or does not allow.
pub(super) fn refuse(
    policy: &Policy,
    decisions: &Decisions,
    surface: &Surface,
) -> Result<(), Refused> {
    let refusals: Vec<Refusal> = surface
        .imports
        .iter()
        .filter_map(|item| {
            Some(Refusal {
                import: item.name.clone(),
                reason: refusal(policy, decisions, item)?,
            })
        })
        .collect();
    if refusals.is_empty() {
        Ok(())
    } else {
        Err(Refused(refusals))
    }
}

fn refusal(policy: &Policy, decisions: &Decisions, item: &Item) -> Option<RefusalReason> {
    // Types need no decision.
    if !item.can_be_called() {
        return None;
    }
    let name = item.interface();
    if let Some(name) = &name {
        if decisions.names_beside_tables(name) {
            return None;
        }
        let capability = Capability::of(name);
        let named = match capability {
            Capability::Interfaces => None,
            Capability::Io => Some(true),
            Capability::Environment => {
                Some(policy.environment.is_some() && policy.arguments.is_some())
            }
            _ => Some(speaks_of(policy, capability, &name.interface)),
        };
        if let Some(named) = named {
            let undecided = !named && policy.default == Fallback::Error;
            return undecided.then_some(RefusalReason::Undecided(capability));
        }
    }
    // No adapter answers the remaining imports, so the host would. If some host could take the import for an interface
    // that a table decides about, it is left to the host only together with the whole capability.
    let claims = Capability::claimed_by(item);
    if let Some(name) = &name
        && name.revision() == Some(Revision::P3)
        && !claims.is_empty()
    {
        return p3_refusal(policy, decisions, &claims, name);
    }
    let denied = claims
        .iter()
        .find(|capability| !leaves_as(decisions, **capability, name.as_ref()));
    let allowed = || name.as_ref().is_some_and(|name| decisions.names(name));
    match (denied, &name) {
        // An author who names a module in the policy means the module.
        (Some(_), _) if Capability::is_anything(item) && allowed() => None,
        (Some(_), _) if Capability::is_anything(item) => Some(RefusalReason::Anything),
        (Some(capability), Some(_)) => Some(RefusalReason::Version(*capability)),
        (Some(capability), None) => Some(RefusalReason::Form(*capability)),
        (None, _) if !claims.is_empty() => None,
        (None, Some(name)) => interface_refusal(policy, decisions.names(name)),
        (None, None) => {
            let allowed = policy.interfaces.is_none() && policy.default == Fallback::Inherit;
            (!allowed).then_some(RefusalReason::NotAnInterface)
        }
    }
}

/// Why an import of WASI 0.3 is refused. It is left to the host only if the policy leaves all of each capability that it
/// could belong to, and otherwise an adapter has to answer it.
fn p3_refusal(
    policy: &Policy,
    decisions: &Decisions,
    claims: &BTreeSet<Capability>,
    name: &InterfaceName,
) -> Option<RefusalReason> {
    let capability = Capability::of_known(name);
    let interface = name.interface.as_str();
    let mut kept = claims
        .iter()
        .filter(|claim| !decisions.leaves_in_p3(**claim, interface));
    let kept = kept.next()?;
    let is_named = match capability {
        Capability::Interfaces => true,
        Capability::Environment => policy.environment.is_some() && policy.arguments.is_some(),
        capability => speaks_of(policy, capability, interface),
    };
    let is_decided = is_named || policy.default != Fallback::Error;
    if !is_decided {
        return Some(RefusalReason::Undecided(capability));
    }
    let is_answered = (name.is_answered_in_p3() && decisions.have_adapters_in_p3(capability))
        || has_no_authority(capability, interface);
    (!is_answered).then_some(RefusalReason::NotIn03(*kept))
}

/// Whether a table of the policy decides about an interface of a capability.
fn speaks_of(policy: &Policy, capability: Capability, interface: &str) -> bool {
    match capability {
        Capability::Io | Capability::Interfaces => false,
        Capability::Environment => policy.environment.is_some() || policy.arguments.is_some(),
        Capability::Exit => policy.exit.is_some(),
        Capability::Stdio => stdio_is_named(policy, interface),
        Capability::Filesystem => policy.filesystem.is_some(),
        Capability::Network => policy.network.is_some(),
        Capability::Http => policy.http.is_some(),
        Capability::Clocks => policy.clocks.is_some(),
        Capability::Random => policy.random.is_some(),
        Capability::Config => policy.config.is_some(),
    }
}

fn stdio_is_named(policy: &Policy, interface: &str) -> bool {
    match interface {
        "stdin" | "terminal-stdin" | "terminal-input" => policy.stdio.stdin.is_some(),
        "stdout" | "terminal-stdout" => policy.stdio.stdout.is_some(),
        "stderr" | "terminal-stderr" => policy.stdio.stderr.is_some(),
        _ => policy.stdio.stdout.is_some() || policy.stdio.stderr.is_some(),
    }
}

fn interface_refusal(policy: &Policy, is_named: bool) -> Option<RefusalReason> {
    let allowed = match &policy.interfaces {
        None => policy.default == Fallback::Inherit,
        Some(_) => is_named,
    };
    match (allowed, &policy.interfaces, policy.default) {
        (true, ..) => None,
        (false, None, Fallback::Error) => Some(RefusalReason::Undecided(Capability::Interfaces)),
        _ => Some(RefusalReason::NotAllowed),
    }
}

/// Whether an import that belongs to a capability, but that no adapter answers, can be left to the host: the
/// application must get the whole capability from the host, or the import must belong to a standard stream that is the
/// host's. A policy that inherits a stream by name leaves only that stream to the host, and no other interface that a
/// host may have for it.
fn leaves_as(decisions: &Decisions, capability: Capability, name: Option<&InterfaceName>) -> bool {
    let interface = name.map(|name| name.interface.as_str());
    match (capability, interface) {
        (Capability::Stdio, Some(interface))
            if interface.starts_with("terminal-") && !decisions.terminals =>
        {
            false
        }
        (Capability::Stdio, Some("stdin" | "terminal-stdin" | "terminal-input")) => {
            decisions.stdin.is_host()
        }
        (Capability::Stdio, Some("stdout" | "terminal-stdout")) => decisions.stdout.is_host(),
        (Capability::Stdio, Some("stderr" | "terminal-stderr")) => decisions.stderr.is_host(),
        _ => decisions.leaves(capability),
    }
}
