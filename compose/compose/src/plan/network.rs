//! The filters of a plan: sockets and outgoing HTTP requests.

use interpose_policy::model::{Clocks, Http};
use interpose_settings::{HeaderRules, HttpConfig, NetworkConfig};

use super::decide::{has, imports, is_left_unanswered, uses};
use super::error::PlanError;
use super::layer::LayerConfiguration;
use crate::adapters::Adapter;
use crate::resolved::Decisions;
use crate::surface::Surface;
use crate::wasi::Capability;

/// The filter for sockets and name lookups, where they are not the host's. A kernel stands above it.
pub(super) fn network_layer(
    decisions: &Decisions,
    surface: &Surface,
) -> Option<(Adapter, LayerConfiguration)> {
    let rules = decisions.network.rules()?.clone();
    let adapter = match has(surface, "wasi:io/poll") {
        true => Adapter::Network,
        false => Adapter::NetworkWithoutPoll,
    };
    uses(surface, Capability::Network).then_some((
        adapter,
        LayerConfiguration::Network(NetworkConfig { rules }),
    ))
}

/// What a policy says about the headers of requests.
pub fn header_rules(http: &Http) -> HeaderRules {
    let set = http.set_headers.iter();
    HeaderRules::new(
        set.map(|(name, value)| (name.as_str(), value.as_str())),
        http.remove_headers.iter().map(String::as_str),
    )
}

/// The filter for outgoing HTTP requests, where they are not the host's. A kernel stands above it.
pub(super) fn http_layer(
    decisions: &Decisions,
    surface: &Surface,
) -> Option<(Adapter, LayerConfiguration)> {
    let http = decisions.http.rules()?;
    let mut config = HttpConfig {
        rules: http.rules.clone(),
        ..HttpConfig::default()
    };
    // No header is worth changing of a request that is never sent.
    if !config.rules.allow.is_empty() {
        config.headers = header_rules(http);
    }
    let adapter = if config.headers.is_empty() {
        Adapter::Http
    } else {
        Adapter::HttpHeaders
    };
    uses(surface, Capability::Http).then_some((adapter, LayerConfiguration::Http(config)))
}

/// Whether a call of the network can reach the host.
fn network_reaches_host(decisions: &Decisions, surface: &Surface) -> bool {
    decisions.reaches_network() && uses(surface, Capability::Network)
}

/// Whether a request can reach the host. An application that imports the types of HTTP alone makes no request.
fn http_reaches_host(decisions: &Decisions, surface: &Surface) -> bool {
    decisions.reaches_http() && has(surface, "wasi:http/outgoing-handler")
}

/// Whether the types of HTTP stay the host's, be there a kernel or not: where the application can call nothing of HTTP,
/// and they are made of no other import's types. A server that does no more with a request than to drop it is one.
pub(super) fn leaves_http_types(surface: &Surface) -> bool {
    !uses(surface, Capability::Http)
        && imports(surface, Capability::Http).all(|(item, _)| item.uses.is_empty())
}

/// Whether requests to the application have to become a kernel's: whether it is an HTTP server whose requests are of a
/// kernel's types. No policy is about the requests that a host gives it.
pub(super) fn handles_requests(surface: &Surface) -> bool {
    surface.handles_requests() && has(surface, "wasi:http/types") && !leaves_http_types(surface)
}

/// Whether a kernel must have the interfaces of HTTP, to refuse or to forward them.
pub(super) fn needs_http(surface: &Surface) -> bool {
    imports(surface, Capability::Http).next().is_some() && !leaves_http_types(surface)
}

/// Whether a kernel must forward sockets or HTTP to what is below it. If not, it refuses both itself and the host is
/// asked for nothing of them. The build that refuses waits for what the host has, so it is not for applications that
/// cannot wait; filters refuse in its place.
pub(super) fn forwards(decisions: &Decisions, surface: &Surface) -> bool {
    let has_network = imports(surface, Capability::Network).next().is_some();
    let cannot_wait = !has(surface, "wasi:io/poll") && (has_network || needs_http(surface));
    network_reaches_host(decisions, surface)
        || http_reaches_host(decisions, surface)
        || handles_requests(surface)
        || cannot_wait
}

/// Refuses virtual time beside a network or HTTP that reaches the host. The policy's own rules were looked at when it
/// was read; what it inherits matters only if the application uses it.
pub(super) fn takes_no_virtual_time(
    decisions: &Decisions,
    surface: &Surface,
) -> Result<(), PlanError> {
    let is_virtual =
        matches!(decisions.clocks, Clocks::Virtual { .. }) && uses(surface, Capability::Clocks);
    for (reaches_host, what, table) in [
        (
            network_reaches_host(decisions, surface),
            "a network",
            Capability::Network,
        ),
        (
            http_reaches_host(decisions, surface),
            "HTTP",
            Capability::Http,
        ),
    ] {
        // What no adapter answers is the host's by now, or refused.
        let reaches_host = reaches_host || is_left_unanswered(surface, table);
        if is_virtual && reaches_host {
            return Err(PlanError::RealTime { what, table });
        }
    }
    Ok(())
}
