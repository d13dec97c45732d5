//! Plans the filters for interfaces of WASI 0.3, and finds out what a kernel answers.
//!
//! Each filter stands alone between the application and the host, and an application that imports both revisions has a filter
//! for each. A kernel is the same for both revisions: files, streams and time are shared.

use interpose_policy::model::{Clocks, Random, Source, Stdin, Stdout};
use interpose_settings::{
    ClocksConfig, HostFilesystemConfig, HostMount, NetworkConfig, RandomConfig, StreamsConfig,
};

use super::environment::environment_config;
use super::error::PlanError;
use super::filesystem::host_mount;
use super::layer::{LayerConfiguration, Provider, Wire};
use super::network::http_config;
use crate::adapters::Adapter;
use crate::interface::InterfaceName;
use crate::resolved::{Decisions, has_no_authority};
use crate::surface::{Item, Surface};
use crate::wasi::{Capability, Revision};

/// What a kernel answers of the WASI 0.3 that an application imports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OfKernel {
    files: bool,
    clocks: bool,
    standard_streams: bool,
}

impl OfKernel {
    pub(super) fn of(decisions: &Decisions, surface: &Surface) -> Self {
        let imports = |capability| uses(surface, capability);
        Self {
            files: imports(Capability::Filesystem) && decisions.files_are_kernels_in_p3(),
            clocks: imports(Capability::Clocks) && is_virtual(decisions),
            standard_streams: called(surface, Capability::Stdio)
                .any(|name| !leaves_stream(decisions, surface, &name.interface)),
        }
    }

    /// Whether there must be a kernel.
    pub(super) fn is_any(self) -> bool {
        self.files || self.clocks || self.standard_streams
    }

    /// The adapter that stands above the kernel, if functions of the kernel give streams.
    pub(super) fn streams(self) -> Option<(Adapter, LayerConfiguration)> {
        (self.files || self.standard_streams).then(|| {
            let config = LayerConfiguration::Streams(StreamsConfig::default());
            (Adapter::StreamsP3, config)
        })
    }

    /// Refuses policies for which the kernel would need interfaces of WASI 0.2 that the application does not import. It uses
    /// those of the host, and a composition imports nothing that its application does not.
    pub(super) fn check(self, decisions: &Decisions, surface: &Surface) -> Result<(), PlanError> {
        let refuse = |what: &str, interface: &str| PlanError::Unavailable {
            what: format!("{what} for an application that imports only WASI 0.3 of it"),
            reason: format!(
                "the adapter reaches the host's by `{interface}` of WASI 0.2, which the application does not import"
            ),
        };
        let shows_host = decisions.filesystem.rules().is_some_and(|filesystem| {
            let mut mounts = filesystem.mounts.iter();
            filesystem.inherit || mounts.any(|mount| !matches!(mount.source, Source::Memory(_)))
        });
        if self.files && shows_host && !super::decide::uses(surface, Capability::Filesystem) {
            let what = "a part of a directory of the host, or one beside files in memory,";
            return Err(refuse(what, "wasi:filesystem"));
        }
        let lacks = |stream: &str| {
            has(surface, &format!("wasi:cli/{stream}"))
                && !super::decide::has(surface, &format!("wasi:cli/{stream}"))
        };
        let whole = matches!(decisions.stdin.rules(), Some(Stdin::Whole));
        if whole && lacks("stdin") {
            return Err(refuse("`stdin = \"whole\"`", "wasi:cli/stdin"));
        }
        for (stream, given) in [("stdout", &decisions.stdout), ("stderr", &decisions.stderr)] {
            let prefixed = matches!(given.rules(), Some(Stdout::Prefix(_)));
            if prefixed && lacks(stream) {
                return Err(refuse("a prefix", &format!("wasi:cli/{stream}")));
            }
        }
        Ok(())
    }
}

fn is_virtual(decisions: &Decisions) -> bool {
    matches!(decisions.clocks, Clocks::Virtual { .. })
}

/// Whether an adapter that has an interface answers it. A kernel has clocks also where the host's are used, and files also
/// where a filter shows those of the host.
pub(super) fn answers(
    decisions: &Decisions,
    surface: &Surface,
    adapter: Adapter,
    name: &InterfaceName,
) -> bool {
    if name.revision() != Some(Revision::P3) {
        return true;
    }
    match Capability::of_known(name) {
        Capability::Clocks if adapter.is_kernel_of_p3() => is_virtual(decisions),
        Capability::Filesystem if adapter.is_kernel_of_p3() || adapter == Adapter::StreamsP3 => {
            decisions.files_are_kernels_in_p3()
        }
        Capability::Stdio => !leaves_stream(decisions, surface, &name.interface),
        _ => true,
    }
}

/// Whether an interface of `wasi:cli` about the standard streams is the host's. Interfaces that share a resource are answered
/// by one side: where the host's answer is for one of them only, neither output is a terminal.
fn leaves_stream(decisions: &Decisions, surface: &Surface, interface: &str) -> bool {
    let sharing: &[&str] = match interface {
        "terminal-input" | "terminal-stdin" => &["terminal-stdin"],
        "terminal-output" | "terminal-stdout" | "terminal-stderr" => {
            &["terminal-stdout", "terminal-stderr"]
        }
        _ => &[],
    };
    let imported = sharing
        .iter()
        .filter(|interface| has(surface, &format!("wasi:cli/{interface}")));
    let mut imported = imported.peekable();
    match imported.peek() {
        Some(_) => imported.all(|interface| decisions.leaves_stream(interface)),
        None => decisions.leaves_stream(interface),
    }
}

/// The filters, the host's side first. With `tests`, the filter for random numbers takes the seed of each run.
pub(super) fn layers(
    decisions: &Decisions,
    surface: &Surface,
    tests: bool,
) -> Vec<(Adapter, LayerConfiguration)> {
    let layers = [
        random(decisions, surface, tests),
        environment(decisions, surface),
        clocks(decisions, surface),
        filesystem(decisions, surface),
        network(decisions, surface),
        http(decisions, surface),
    ];
    layers.into_iter().flatten().collect()
}

/// Refuses to leave an interface to the host of which the policy leaves only a part. What the policy says was compared with
/// what adapters can do before; this compares it with what they do.
pub(super) fn keep_restricted(
    decisions: &Decisions,
    surface: &Surface,
    application: &[Wire],
) -> Result<(), PlanError> {
    for (item, wire) in surface.imports.iter().zip(application) {
        let name = item.interface();
        let name = name.filter(|name| name.revision() == Some(Revision::P3));
        let Some(name) = name.filter(|_| item.can_be_called()) else {
            continue;
        };
        let capability = Capability::of_known(&name);
        let is_left = capability == Capability::Interfaces
            || decisions.leaves_in_p3(capability, &name.interface)
            || has_no_authority(capability, &name.interface)
            || decisions.names_beside_tables(&name);
        if wire.provider == Provider::Host && !is_left {
            return Err(PlanError::Unavailable {
                what: format!("a policy about `{}`", item.name),
                reason: "no adapter of this version answers it for this application".to_owned(),
            });
        }
    }
    Ok(())
}

/// Whether the application imports functions of a capability in WASI 0.3, not only types.
pub(super) fn uses(surface: &Surface, capability: Capability) -> bool {
    called(surface, capability).next().is_some()
}

/// The interfaces of a capability in WASI 0.3 of which the application imports functions.
fn called(surface: &Surface, capability: Capability) -> impl Iterator<Item = InterfaceName> {
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

/// The filter for variables, arguments and exit; `None` if all of them are the host's.
fn environment(decisions: &Decisions, surface: &Surface) -> Option<(Adapter, LayerConfiguration)> {
    let has_environment = uses(surface, Capability::Environment);
    let has_exit = uses(surface, Capability::Exit);
    let config = environment_config(decisions, has_environment, has_exit)?;
    Some((
        Adapter::EnvironmentP3,
        LayerConfiguration::Environment(config),
    ))
}

/// The filter for clocks; `None` if the host's or a kernel's are used.
fn clocks(decisions: &Decisions, surface: &Surface) -> Option<(Adapter, LayerConfiguration)> {
    let mode = decisions.clocks;
    let is_filtered = mode != Clocks::Host && !is_virtual(decisions);
    let wanted = uses(surface, Capability::Clocks) && is_filtered;
    let config = LayerConfiguration::Clocks(ClocksConfig { mode });
    wanted.then_some((Adapter::ClocksP3, config))
}

/// The filter for directories of the host; `None` if the application gets them as they are, or the files of a kernel.
fn filesystem(decisions: &Decisions, surface: &Surface) -> Option<(Adapter, LayerConfiguration)> {
    let filesystem = decisions.filesystem.rules()?;
    let mut mounts: Vec<HostMount> = filesystem.mounts.iter().filter_map(host_mount).collect();
    mounts.extend(filesystem.inherit.then(HostMount::all_others));
    let adapter = match mounts.is_empty() {
        false => Adapter::HostFilesystemP3,
        // It imports no files of the host.
        true => Adapter::FilesystemDeniedP3,
    };
    let config = LayerConfiguration::HostFilesystem(HostFilesystemConfig { mounts });
    let wanted = uses(surface, Capability::Filesystem) && !decisions.files_are_kernels_in_p3();
    wanted.then_some((adapter, config))
}

/// The filter for sockets and name lookups; `None` if the application gets the host's.
fn network(decisions: &Decisions, surface: &Surface) -> Option<(Adapter, LayerConfiguration)> {
    let rules = decisions.network.rules()?.clone();
    let adapter = match decisions.reaches_network() {
        true => Adapter::NetworkP3,
        // It imports no sockets of the host.
        false => Adapter::NetworkDeniedP3,
    };
    let config = LayerConfiguration::Network(NetworkConfig { rules });
    uses(surface, Capability::Network).then_some((adapter, config))
}

/// The filter for HTTP requests; `None` if the application makes none or gets the host's.
fn http(decisions: &Decisions, surface: &Surface) -> Option<(Adapter, LayerConfiguration)> {
    let config = http_config(decisions.http.rules()?);
    sends_requests(surface).then_some((Adapter::HttpP3, LayerConfiguration::Http(config)))
}

/// Whether the application can send HTTP requests by WASI 0.3.
fn sends_requests(surface: &Surface) -> bool {
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

/// The filter for random numbers; `None` if the host's are used.
fn random(
    decisions: &Decisions,
    surface: &Surface,
    tests: bool,
) -> Option<(Adapter, LayerConfiguration)> {
    let mode = decisions.random;
    let wanted = uses(surface, Capability::Random) && mode != Random::Host;
    let adapter = match mode {
        Random::Seeded(_) if tests => Adapter::RandomP3Testing,
        _ => Adapter::RandomP3,
    };
    wanted.then_some((adapter, LayerConfiguration::Random(RandomConfig { mode })))
}
