//! What a policy decides about each capability of an application.

use interpose_policy::Policy;
use interpose_policy::model::{Clocks, Fallback, Random, Source as MountSource, Stdin, Stdout};

use super::environment::{clocks, random};
use super::{Capability, PlanError, Refusal, RefusalReason};
use crate::interface::InterfaceName;
use crate::surface::{Item, Kind, Surface};

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
    imports(surface, capability).any(|(item, _)| !item.functions.is_empty())
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
    // A type outside of an interface carries no authority.
    if item.kind == Kind::Type {
        return None;
    }
    let Some(name) = item.interface().filter(|_| item.kind == Kind::Instance) else {
        let allowed = policy.interfaces.is_none() && policy.default == Fallback::Inherit;
        return (!allowed).then_some(RefusalReason::NotAnInterface);
    };
    let capability = Capability::of(&name);
    let named = match capability {
        Capability::Interfaces => return interface_refusal(policy, &name),
        Capability::Io => true,
        Capability::Environment => policy.environment.is_some() && policy.arguments.is_some(),
        _ => speaks_of(policy, capability, &name.interface),
    };
    // Types alone carry no authority, so nothing has to be decided about them.
    let undecided = !named && policy.default == Fallback::Error && !item.functions.is_empty();
    undecided.then_some(RefusalReason::Undecided(capability))
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
    // What a table says of a capability holds for all versions of its interfaces: those that have no adapter
    // are refused, not left to the host by default.
    let capability = Capability::of_any_version(name);
    let allowed = match &policy.interfaces {
        None => {
            policy.default == Fallback::Inherit && !speaks_of(policy, capability, &name.interface)
        }
        Some(interfaces) => {
            let (namespace, package) = name.package.split_once(':').unwrap_or_default();
            interfaces.allow.iter().any(|pattern| {
                pattern.matches(namespace, package, &name.interface, name.version.as_ref())
            })
        }
    };
    match (allowed, &policy.interfaces, policy.default) {
        (true, ..) => None,
        _ if capability != Capability::Interfaces => Some(RefusalReason::Version),
        (false, None, Fallback::Error) => Some(RefusalReason::Undecided(Capability::Interfaces)),
        _ => Some(RefusalReason::NotAllowed),
    }
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

/// Whether the application gets of a capability what the host has, whatever that is.
fn inherits(policy: &Policy, capability: Capability) -> bool {
    match capability {
        // They follow whatever makes streams and pollables.
        Capability::Io | Capability::Interfaces => policy.default == Fallback::Inherit,
        Capability::Environment => {
            choice(policy, &policy.environment).is_inherit()
                && choice(policy, &policy.arguments).is_inherit()
        }
        Capability::Exit => choice(policy, &policy.exit).is_inherit(),
        Capability::Stdio => {
            let stdio = &policy.stdio;
            choice(policy, &stdio.stdin).is_inherit()
                && choice(policy, &stdio.stdout).is_inherit()
                && choice(policy, &stdio.stderr).is_inherit()
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
            || item.functions.is_empty()
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
    let inherits_input = match (&policy.stdio.stdin, policy.default) {
        (Some(stdin), _) => *stdin == Stdin::Inherit,
        (None, default) => default == Fallback::Inherit,
    };
    let inherits_output = |output: &Option<Stdout>| match (output, policy.default) {
        (Some(stdout), _) => *stdout == Stdout::Inherit,
        (None, default) => default == Fallback::Inherit,
    };
    (files && uses(surface, Capability::Filesystem))
        || clocks
        || (has_stream(surface, "stdin") && !inherits_input)
        || (has_stream(surface, "stdout") && !inherits_output(&policy.stdio.stdout))
        || (has_stream(surface, "stderr") && !inherits_output(&policy.stdio.stderr))
}
