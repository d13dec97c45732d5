//! Plans the filters for interfaces of WASI 0.3. Each stands alone between the application and the host, and an application
//! that imports both revisions has a filter for each.

use interpose_policy::model::{Clocks, Random};
use interpose_settings::{
    ClocksConfig, HostFilesystemConfig, HostMount, NetworkConfig, RandomConfig,
};

use super::environment::environment_config;
use super::error::PlanError;
use super::filesystem::host_mount;
use super::layer::{LayerConfiguration, Provider, Wire};
use super::network::http_config;
use super::of_kernel::{OfKernel, is_virtual};
use super::p3_imports::{has, sends_requests, uses};
use crate::adapters::Adapter;
use crate::resolved::{Decisions, has_no_authority};
use crate::surface::Surface;
use crate::wasi::{Capability, Revision};

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
    // A kernel also reads the clock for the times of files, even if the application imports only its types.
    let is_read = uses(surface, Capability::Clocks)
        || (OfKernel::of(decisions, surface).is_any() && has(surface, "wasi:clocks/system-clock"));
    let wanted = is_read && is_filtered;
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
