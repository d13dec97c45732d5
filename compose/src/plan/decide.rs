//! What a policy decides about each capability of an application.

use interpose_policy::Policy;
use interpose_policy::model::{
    Clocks, Exit, Fallback, Random, Source as MountSource, Stdin, Stdout,
};

use super::environment::{clocks, random};
use super::{Capability, PlanError, Refusal, RefusalReason};
use crate::interface::InterfaceName;
use crate::surface::{Item, Surface};

/// What an application gets of a capability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice<T> {
    /// The host's.
    Inherit,
    /// Nothing.
    Deny,
    /// What the policy's table says.
    Named(T),
}

impl<T> Choice<T> {
    pub(super) fn is_inherit(&self) -> bool {
        matches!(self, Self::Inherit)
    }
}

/// What a table says, or what the policy's default says where it is not named. An undecided capability counts as
/// denied; [`refuse`] has reported it before.
pub(super) fn choice<'a, T>(policy: &Policy, table: &'a Option<T>) -> Choice<&'a T> {
    match (table, policy.default) {
        (Some(table), _) => Choice::Named(table),
        (None, Fallback::Inherit) => Choice::Inherit,
        (None, Fallback::Deny | Fallback::Error) => Choice::Deny,
    }
}

/// The capabilities that the application's imports of WASI belong to.
pub(super) fn imports(
    surface: &Surface,
    capability: Capability,
) -> impl Iterator<Item = (&Item, InterfaceName)> {
    surface
        .imports
        .iter()
        .filter_map(|item| Some((item, item.interface()?)))
        .filter(move |(_, name)| Capability::of(name) == capability)
}

/// Whether the application imports functions of a capability, not only types.
pub(super) fn uses(surface: &Surface, capability: Capability) -> bool {
    imports(surface, capability).any(|(item, _)| item.can_be_called())
}

/// Whether the application imports something that can be called, that some host could take for a capability, and that
/// belongs to no interface which adapters answer.
pub(super) fn is_left_unanswered(surface: &Surface, capability: Capability) -> bool {
    let mut imports = surface.imports.iter();
    imports.any(|item| {
        let known = item.interface().map(|name| Capability::of(&name));
        known.is_none_or(|known| known == Capability::Interfaces)
            && item.can_be_called()
            && !Capability::is_anything(item)
            && Capability::claimed_by(item).contains(&capability)
    })
}

/// Whether the application imports an interface of WASI 0.2, named without version.
pub(super) fn has(surface: &Surface, path: &str) -> bool {
    let mut names = surface.imports.iter().filter_map(Item::interface);
    names.any(|name| {
        name.path() == path && (name.is_wasi_0_2() || Capability::of(&name) == Capability::Config)
    })
}

/// Whether the application imports `wasi:cli/stdin`, `stdout` or `stderr`, or asks whether it is a terminal.
pub(super) fn has_stream(surface: &Surface, stream: &str) -> bool {
    has(surface, &format!("wasi:cli/{stream}"))
        || has(surface, &format!("wasi:cli/terminal-{stream}"))
}

/// Refuses imports that the policy does not decide about, or does not allow.
pub(super) fn refuse(policy: &Policy, surface: &Surface) -> Result<(), PlanError> {
    let refusals: Vec<Refusal> = surface
        .imports
        .iter()
        .filter_map(|item| {
            Some(Refusal {
                import: item.name.clone(),
                reason: refusal(policy, item)?,
            })
        })
        .collect();
    if refusals.is_empty() {
        Ok(())
    } else {
        Err(PlanError::Refused(refusals))
    }
}

fn refusal(policy: &Policy, item: &Item) -> Option<RefusalReason> {
    // Nothing has to be decided about types.
    if !item.can_be_called() {
        return None;
    }
    let name = item.interface();
    if let Some(name) = &name {
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
    // No adapter answers the rest, so the host would. What some host could take for an interface that a table is about
    // is left to it only where all of the capability is.
    let claims = Capability::claimed_by(item);
    let denied = claims
        .iter()
        .find(|capability| !inherits_as(policy, **capability, name.as_ref()));
    let allowed = || name.as_ref().is_some_and(|name| allows(policy, name));
    match (denied, &name) {
        // Whoever wrote the name of a module into the policy means the module.
        (Some(_), _) if Capability::is_anything(item) && allowed() => None,
        (Some(_), _) if Capability::is_anything(item) => Some(RefusalReason::Anything),
        (Some(capability), Some(_)) => Some(RefusalReason::Version(*capability)),
        (Some(capability), None) => Some(RefusalReason::Form(*capability)),
        (None, _) if !claims.is_empty() => None,
        (None, Some(name)) => interface_refusal(policy, name),
        (None, None) => {
            let allowed = policy.interfaces.is_none() && policy.default == Fallback::Inherit;
            (!allowed).then_some(RefusalReason::NotAnInterface)
        }
    }
}

/// Whether a table of the policy is about an interface of a capability.
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

fn interface_refusal(policy: &Policy, name: &InterfaceName) -> Option<RefusalReason> {
    let allowed = match &policy.interfaces {
        None => policy.default == Fallback::Inherit,
        Some(_) => allows(policy, name),
    };
    match (allowed, &policy.interfaces, policy.default) {
        (true, ..) => None,
        (false, None, Fallback::Error) => Some(RefusalReason::Undecided(Capability::Interfaces)),
        _ => Some(RefusalReason::NotAllowed),
    }
}

/// Whether `[interfaces]` of a policy names an interface.
fn allows(policy: &Policy, name: &InterfaceName) -> bool {
    let (namespace, package) = name.package.split_once(':').unwrap_or_default();
    let mut patterns = policy.interfaces.iter().flat_map(|table| &table.allow);
    patterns
        .any(|pattern| pattern.matches(namespace, package, &name.interface, name.version.as_ref()))
}

/// Refuses what the policy wants of this application and no adapter of this version can do.
pub(super) fn unavailable(policy: &Policy, surface: &Surface) -> Result<(), PlanError> {
    if policy.faults.is_some() {
        return Err(PlanError::Unavailable {
            what: "`[faults]`".into(),
            reason: "no adapter of this version injects faults".into(),
        });
    }
    unanswered(policy, surface)
}

/// The interfaces of WASI 0.2 that adapters answer, without `wasi:` and version.
const ANSWERED: &[&str] = &[
    "cli/environment",
    "cli/exit",
    "cli/stderr",
    "cli/stdin",
    "cli/stdout",
    "cli/terminal-input",
    "cli/terminal-output",
    "cli/terminal-stderr",
    "cli/terminal-stdin",
    "cli/terminal-stdout",
    "clocks/monotonic-clock",
    "clocks/wall-clock",
    "filesystem/preopens",
    "filesystem/types",
    "http/outgoing-handler",
    "http/types",
    "io/error",
    "io/poll",
    "io/streams",
    "random/insecure",
    "random/insecure-seed",
    "random/random",
    "sockets/instance-network",
    "sockets/ip-name-lookup",
    "sockets/network",
    "sockets/tcp",
    "sockets/tcp-create-socket",
    "sockets/udp",
    "sockets/udp-create-socket",
];

/// The version of `wasi:config` that an adapter answers. Drafts are compatible with themselves alone.
const ANSWERED_CONFIG: &str = "wasi:config/store@0.2.0-rc.1";

/// Whether an adapter answers an interface that belongs to a capability.
fn is_answered(name: &InterfaceName) -> bool {
    if name.package == "wasi:config" {
        let answered = InterfaceName::parse(ANSWERED_CONFIG);
        return answered.is_some_and(|answered| answered.is_compatible(name));
    }
    let path = name.path();
    ANSWERED
        .iter()
        .any(|answered| path.strip_prefix("wasi:") == Some(*answered))
}

/// Whether what belongs to a capability and is no interface that adapters answer can be left to the host: where the
/// application gets all of the capability from it, or where the policy says nothing of the standard stream that an
/// interface is about. A stream that the policy inherits by name is that stream, and nothing else that a host has for it.
fn inherits_as(policy: &Policy, capability: Capability, name: Option<&InterfaceName>) -> bool {
    let stdio = &policy.stdio;
    let interface = name.map(|name| name.interface.as_str());
    let has_terminals = stdio.terminals != Some(false);
    match (capability, interface) {
        (Capability::Stdio, Some(interface))
            if interface.starts_with("terminal-") && !has_terminals =>
        {
            false
        }
        (Capability::Stdio, Some("stdin" | "terminal-stdin" | "terminal-input")) => {
            choice(policy, &stdio.stdin).is_inherit()
        }
        (Capability::Stdio, Some("stdout" | "terminal-stdout")) => {
            choice(policy, &stdio.stdout).is_inherit()
        }
        (Capability::Stdio, Some("stderr" | "terminal-stderr")) => {
            choice(policy, &stdio.stderr).is_inherit()
        }
        _ => inherits(policy, capability),
    }
}

fn inherits_stdin(policy: &Policy) -> bool {
    match choice(policy, &policy.stdio.stdin) {
        Choice::Inherit => true,
        Choice::Deny => false,
        Choice::Named(stdin) => *stdin == Stdin::Inherit,
    }
}

fn inherits_output(policy: &Policy, output: &Option<Stdout>) -> bool {
    match choice(policy, output) {
        Choice::Inherit => true,
        Choice::Deny => false,
        Choice::Named(stdout) => *stdout == Stdout::Inherit,
    }
}

/// Whether the application gets of a capability what the host has, whatever that is.
fn inherits(policy: &Policy, capability: Capability) -> bool {
    match capability {
        // They follow whatever makes streams and pollables.
        Capability::Io | Capability::Interfaces => policy.default == Fallback::Inherit,
        Capability::Environment => {
            choice(policy, &policy.environment).is_inherit()
                && choice(policy, &policy.arguments).is_inherit()
        }
        Capability::Exit => match choice(policy, &policy.exit) {
            Choice::Inherit => true,
            Choice::Deny => false,
            Choice::Named(exit) => *exit == Exit::Host,
        },
        Capability::Stdio => {
            let stdio = &policy.stdio;
            choice(policy, &stdio.stdin).is_inherit()
                && choice(policy, &stdio.stdout).is_inherit()
                && choice(policy, &stdio.stderr).is_inherit()
                && stdio.terminals != Some(false)
        }
        Capability::Filesystem => choice(policy, &policy.filesystem).is_inherit(),
        Capability::Network => choice(policy, &policy.network).is_inherit(),
        Capability::Http => choice(policy, &policy.http).is_inherit(),
        Capability::Clocks => clocks(policy) == Clocks::Host,
        Capability::Random => random(policy) == Random::Host,
        Capability::Config => choice(policy, &policy.config).is_inherit(),
    }
}

/// Refuses imports of a capability that no adapter answers, where the policy does not leave all of it to the host: they
/// would be left to it.
fn unanswered(policy: &Policy, surface: &Surface) -> Result<(), PlanError> {
    for item in &surface.imports {
        let Some(name) = item.interface() else {
            continue;
        };
        let capability = Capability::of(&name);
        if capability == Capability::Interfaces
            || !item.can_be_called()
            || is_answered(&name)
            || inherits(policy, capability)
        {
            continue;
        }
        let alone = match capability {
            Capability::Io => String::new(),
            _ => format!(" without `[{capability}]`"),
        };
        return Err(PlanError::Unavailable {
            what: format!("a policy about `{}`", item.name),
            reason: format!(
                "no adapter of this version answers it; it can only be left to the host by `default = \"inherit\"`{alone}"
            ),
        });
    }
    Ok(())
}

/// Whether the application asks whether one of its standard streams is a terminal.
fn asks_for_terminals(surface: &Surface) -> bool {
    ["terminal-stdin", "terminal-stdout", "terminal-stderr"]
        .iter()
        .any(|stream| has(surface, &format!("wasi:cli/{stream}")))
}

/// Whether a kernel must stand between the application and the host: whether something that the application imports
/// and that makes streams or pollables differs from the host's.
pub(super) fn needs_kernel(policy: &Policy, surface: &Surface) -> bool {
    // Directories of the host, or none at all, are a filter's.
    let files = match choice(policy, &policy.filesystem) {
        Choice::Inherit | Choice::Deny => false,
        Choice::Named(filesystem) => {
            let mut mounts = filesystem.mounts.iter();
            mounts.any(|mount| !matches!(mount.source, MountSource::Host(_)))
        }
    };
    let clocks = match clocks(policy) {
        Clocks::Virtual { .. } => uses(surface, Capability::Clocks),
        _ => false,
    };
    (files && uses(surface, Capability::Filesystem))
        || clocks
        || (has_stream(surface, "stdin") && !inherits_stdin(policy))
        || (policy.stdio.terminals == Some(false) && asks_for_terminals(surface))
        || (has_stream(surface, "stdout") && !inherits_output(policy, &policy.stdio.stdout))
        || (has_stream(surface, "stderr") && !inherits_output(policy, &policy.stdio.stderr))
}
