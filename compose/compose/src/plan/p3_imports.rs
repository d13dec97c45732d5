//! What an application imports of WASI 0.3.

use crate::interface::InterfaceName;
use crate::resolved::Decisions;
use crate::surface::{Item, Surface};
use crate::wasi::{Capability, Revision};

/// Whether the application imports functions of a capability in WASI 0.3, not only types.
pub(super) fn uses(surface: &Surface, capability: Capability) -> bool {
    called(surface, capability).next().is_some()
}

/// The interfaces of a capability in WASI 0.3 of which the application imports functions.
pub(super) fn called(
    surface: &Surface,
    capability: Capability,
) -> impl Iterator<Item = InterfaceName> {
    let called = surface.imports.iter().filter(|item| item.can_be_called());
    called.filter_map(Item::interface).filter(move |name| {
        name.revision() == Some(Revision::P3) && Capability::of_known(name) == capability
    })
}

/// Whether the application imports an interface of WASI 0.3, given without version.
pub(super) fn has(surface: &Surface, path: &str) -> bool {
    let mut names = surface.imports.iter().filter_map(Item::interface);
    names.any(|name| name.is_in(Revision::P3, path))
}

/// Whether the application can send HTTP requests by WASI 0.3.
pub(super) fn sends_requests(surface: &Surface) -> bool {
    has(surface, "wasi:http/client") || has(surface, "wasi:http/handler")
}

/// Whether a call to sockets or name lookups of WASI 0.3 can reach the host.
pub(super) fn network_reaches_host(decisions: &Decisions, surface: &Surface) -> bool {
    decisions.reaches_network() && uses(surface, Capability::Network)
}

/// Whether a request by WASI 0.3 can reach the host.
pub(super) fn http_reaches_host(decisions: &Decisions, surface: &Surface) -> bool {
    decisions.reaches_http() && sends_requests(surface)
}
