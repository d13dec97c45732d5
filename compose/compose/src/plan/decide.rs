//! Finds out which capabilities an application uses, and whether it needs a kernel.

use interpose_policy::Policy;
use interpose_policy::model::{Clocks, Source as MountSource};

use super::error::PlanError;
use super::of_kernel::OfKernel;
use crate::faults::needs_time;
use crate::interface::InterfaceName;
use crate::resolved::{Decisions, left_by_name};
use crate::surface::{Item, Surface};
use crate::wasi::Capability;

/// The application's imports of a capability, with the names of their interfaces.
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

/// Whether the application imports a function that some host could take for one of a capability, in an interface that
/// no adapter answers.
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

/// Whether the application imports an interface of WASI, given without version.
pub(super) fn has(surface: &Surface, path: &str) -> bool {
    let mut names = surface.imports.iter().filter_map(Item::interface);
    names.any(|name| name.is(path))
}

/// Whether the application imports `wasi:cli/stdin`, `stdout` or `stderr`, or asks whether it is a terminal.
pub(super) fn has_stream(surface: &Surface, stream: &str) -> bool {
    has(surface, &format!("wasi:cli/{stream}"))
        || has(surface, &format!("wasi:cli/terminal-{stream}"))
}

/// Refuses an application for which the policy requires something that no adapter of this version can do.
pub(super) fn unavailable(
    policy: &Policy,
    decisions: &Decisions,
    surface: &Surface,
) -> Result<(), PlanError> {
    let timed = policy.faults.as_ref().and_then(needs_time);
    if let Some(key) = timed.filter(|_| !matches!(decisions.clocks, Clocks::Virtual { .. })) {
        return Err(PlanError::FaultInRealTime { key });
    }
    unanswered(decisions, surface)
}

/// Refuses imports of a capability that no adapter answers, unless the policy leaves the whole capability to the host:
/// the host would answer these imports.
fn unanswered(decisions: &Decisions, surface: &Surface) -> Result<(), PlanError> {
    for item in &surface.imports {
        let Some(name) = item.interface() else {
            continue;
        };
        let capability = Capability::of(&name);
        if capability == Capability::Interfaces
            || !item.can_be_called()
            || name.is_answered()
            || decisions.leaves(capability)
            || decisions.names_beside_tables(&name)
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
                "no adapter of this version answers it; it can only be left to the host, by `default = \"inherit\"`{alone} or by {}",
                left_by_name(&item.name)
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

/// Whether a kernel has to answer requests of the application itself.
pub(super) fn answers(decisions: &Decisions, surface: &Surface) -> bool {
    let rules = decisions.http.rules();
    rules.is_some_and(|http| !http.responses.is_empty())
        && has(surface, "wasi:http/outgoing-handler")
        && uses(surface, Capability::Http)
}

/// Whether a kernel must stand between the application and the host: whether the application imports an interface that
/// makes streams or pollables and that the host does not answer as it is.
pub(super) fn needs_kernel(decisions: &Decisions, surface: &Surface) -> bool {
    // A filter can restrict the host's directories or leave out all of them.
    let mut mounts = decisions
        .filesystem
        .rules()
        .into_iter()
        .flat_map(|filesystem| &filesystem.mounts);
    let files = mounts.any(|mount| !matches!(mount.source, MountSource::Host(_)));
    let clocks = matches!(decisions.clocks, Clocks::Virtual { .. });
    (files && uses(surface, Capability::Filesystem))
        || answers(decisions, surface)
        || (clocks && uses(surface, Capability::Clocks))
        || (has_stream(surface, "stdin") && !decisions.inherits_stdin())
        || (!decisions.terminals && asks_for_terminals(surface))
        || (has_stream(surface, "stdout") && !decisions.stdout.is_inherited())
        || (has_stream(surface, "stderr") && !decisions.stderr.is_inherited())
        || OfKernel::of(decisions, surface).is_any()
}
