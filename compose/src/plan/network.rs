//! The filters of a plan: sockets and outgoing HTTP requests.

use interpose_config::{HttpConfig, NetworkConfig};
use interpose_policy::Policy;

use super::decide::{Choice, choice, has, uses};
use super::{Capability, Configuration};
use crate::adapters::Adapter;
use crate::surface::Surface;

/// The filter for sockets and name lookups, where they are not the host's. Beside a kernel there is none: the kernel
/// refuses each call.
pub(super) fn network_layer(
    policy: &Policy,
    surface: &Surface,
) -> Option<(Adapter, Configuration)> {
    let rules = match choice(policy, &policy.network) {
        Choice::Inherit => return None,
        Choice::Deny => Default::default(),
        Choice::Named(rules) => rules.clone(),
    };
    let adapter = if has(surface, "wasi:clocks/monotonic-clock") {
        Adapter::Network
    } else {
        Adapter::NetworkWithoutClocks
    };
    uses(surface, Capability::Network)
        .then_some((adapter, Configuration::Network(NetworkConfig { rules })))
}

/// The filter for outgoing HTTP requests, where they are not the host's. Beside a kernel there is none, as for sockets.
pub(super) fn http_layer(policy: &Policy, surface: &Surface) -> Option<(Adapter, Configuration)> {
    let rules = match choice(policy, &policy.http) {
        Choice::Inherit => return None,
        Choice::Deny => Default::default(),
        Choice::Named(http) => http.rules.clone(),
    };
    uses(surface, Capability::Http)
        .then_some((Adapter::Http, Configuration::Http(HttpConfig { rules })))
}
