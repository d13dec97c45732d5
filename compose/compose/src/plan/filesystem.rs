//! Plans the filter for directories of the host.

use interpose_policy::model::{Access, Mount, Source};
use interpose_settings::{HostFilesystemConfig, HostMount};

use super::decide::uses;
use super::layer::LayerConfiguration;
use crate::adapters::Adapter;
use crate::resolved::Decisions;
use crate::surface::Surface;
use crate::wasi::Capability;

/// The filter for directories of the host; `None` if the application gets them as they are. Without a kernel, the
/// filter is the application's whole filesystem. Below a kernel, it shows the host's part of it, each mount under the
/// application's name.
pub(super) fn filesystem_layer(
    decisions: &Decisions,
    surface: &Surface,
    with_kernel: bool,
) -> Option<(Adapter, LayerConfiguration)> {
    let filesystem = decisions.filesystem.rules()?;
    let mut mounts: Vec<HostMount> = filesystem.mounts.iter().filter_map(host_mount).collect();
    let wanted = uses(surface, Capability::Filesystem) && !(with_kernel && mounts.is_empty());
    let adapter = match filesystem.inherit {
        true => Adapter::HostFilesystemInherit,
        false => Adapter::HostFilesystem,
    };
    mounts.extend(filesystem.inherit.then(HostMount::all_others));
    wanted.then_some((
        adapter,
        LayerConfiguration::HostFilesystem(HostFilesystemConfig { mounts }),
    ))
}

/// The host's part of a mount, as the filter shows it; `None` for a mount in memory.
pub(super) fn host_mount(mount: &Mount) -> Option<HostMount> {
    let (directory, read_only) = match &mount.source {
        Source::Memory(_) => return None,
        Source::Host(directory) => (directory, mount.access == Access::ReadOnly),
        // The kernel keeps changes of an overlay in memory.
        Source::Overlay(_, directory) => (directory, true),
    };
    Some(HostMount {
        path: mount.path.clone(),
        preopen: directory.preopen.clone(),
        subtree: directory.subtree.clone().unwrap_or_default(),
        read_only,
        hide: directory.hide.clone(),
    })
}
