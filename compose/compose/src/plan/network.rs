//! Plans the filters for sockets and for outgoing HTTP requests.

use interpose_policy::model::{Clocks, Http};
use interpose_settings::{HeaderRules, HttpConfig, NetworkConfig};

use super::decide::{answers, has, imports, is_left_unanswered, uses};
use super::error::PlanError;
use super::layer::LayerConfiguration;
use super::p3_imports;
use crate::adapters::Adapter;
use crate::resolved::Decisions;
use crate::surface::Surface;
use crate::wasi::Capability;

/// The filter for sockets and name lookups; `None` if the application gets the host's. The filter is below the kernel.
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

/// The policy's rules about the headers of requests.
pub fn header_rules(http: &Http) -> HeaderRules {
    let set = http.set_headers.iter();
    HeaderRules::new(
        set.map(|(name, value)| (name.as_str(), value.as_str())),
        http.remove_headers.iter().map(String::as_str),
    )
}

/// The filter for outgoing HTTP requests; `None` if the application gets the host's, or if a kernel answers some requests
/// and refuses the others. The filter is below the kernel.
pub(super) fn http_layer(
    decisions: &Decisions,
    surface: &Surface,
) -> Option<(Adapter, LayerConfiguration)> {
    let http = decisions.http.rules()?;
    if answers(decisions, surface) && !http_reaches_host(decisions, surface) {
        return None;
    }
    let config = http_config(http);
    let adapter = if config.headers.is_empty() {
        Adapter::Http
    } else {
        Adapter::HttpHeaders
    };
    uses(surface, Capability::Http).then_some((adapter, LayerConfiguration::Http(config)))
}

/// The configuration of a filter for requests.
pub(super) fn http_config(http: &Http) -> HttpConfig {
    let mut config = HttpConfig {
        rules: http.rules.clone(),
        ..HttpConfig::default()
    };
    // The headers of a request that is never sent need no change.
    if !config.rules.allow.is_empty() {
        config.headers = header_rules(http);
    }
    config
}

/// Whether a call to sockets or name lookups can reach the host.
fn network_reaches_host(decisions: &Decisions, surface: &Surface) -> bool {
    decisions.reaches_network() && uses(surface, Capability::Network)
}

/// Whether a request can reach the host. An application that imports only the types of HTTP makes no request.
pub(super) fn http_reaches_host(decisions: &Decisions, surface: &Surface) -> bool {
    decisions.reaches_http() && has(surface, "wasi:http/outgoing-handler")
}

/// Whether the types of HTTP stay the host's even above a kernel: the application can call no function of HTTP, and its
/// HTTP types contain no types of other imports. A server that only drops its requests is an example.
pub(super) fn leaves_http_types(surface: &Surface) -> bool {
    !uses(surface, Capability::Http)
        && imports(surface, Capability::Http).all(|(item, _)| item.uses.is_empty())
}

/// Whether the kernel has to wrap the requests to the application: whether the application is an HTTP server whose
/// requests have the kernel's types, which are those of WASI 0.2. No policy decides about the requests that a host makes.
pub(super) fn handles_requests(surface: &Surface) -> bool {
    surface.handler().is_some() && has(surface, "wasi:http/types") && !leaves_http_types(surface)
}

/// Whether a kernel must have the interfaces of HTTP, to refuse or forward the calls.
pub(super) fn needs_http(surface: &Surface) -> bool {
    imports(surface, Capability::Http).next().is_some() && !leaves_http_types(surface)
}

/// Whether a kernel must forward sockets or HTTP to the layer below it. Otherwise the kernel refuses both itself and
/// imports neither from the host. The build that refuses imports the host's `wasi:io/poll`, so applications that cannot
/// wait get the other build, below which filters refuse.
pub(super) fn forwards(decisions: &Decisions, surface: &Surface) -> bool {
    let has_network = imports(surface, Capability::Network).next().is_some();
    let cannot_wait = !has(surface, "wasi:io/poll") && (has_network || needs_http(surface));
    network_reaches_host(decisions, surface)
        || http_reaches_host(decisions, surface)
        || handles_requests(surface)
        || cannot_wait
}

/// Refuses virtual time beside a network or HTTP that reaches the host. The policy's own rules were checked when it was
/// read; inherited access matters only if the application uses it.
pub(super) fn takes_no_virtual_time(
    decisions: &Decisions,
    surface: &Surface,
) -> Result<(), PlanError> {
    let reads_clocks =
        uses(surface, Capability::Clocks) || p3_imports::uses(surface, Capability::Clocks);
    let is_virtual = matches!(decisions.clocks, Clocks::Virtual { .. }) && reads_clocks;
    for (reaches_host, what, table) in [
        (
            network_reaches_host(decisions, surface)
                || p3_imports::network_reaches_host(decisions, surface),
            "a network",
            Capability::Network,
        ),
        (
            http_reaches_host(decisions, surface)
                || p3_imports::http_reaches_host(decisions, surface),
            "HTTP",
            Capability::Http,
        ),
    ] {
        // Imports that no adapter answers are left to the host, unless they were refused earlier.
        let reaches_host = reaches_host || is_left_unanswered(surface, table);
        if is_virtual && reaches_host {
            return Err(PlanError::RealTime { what, table });
        }
    }
    Ok(())
}
