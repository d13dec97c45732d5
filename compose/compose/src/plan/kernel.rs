//! Plans the kernel and its configuration.

use std::collections::BTreeSet;

use interpose_policy::model::{
    Access, Clocks, Contents, Filesystem, Memory, Mount, Random, Source as MountSource, Stdin,
    Stdout,
};
use interpose_settings::{Terminal, Timestamp};

use super::bake::{Baked, BakedKind, bake, bake_file, read_file};
use super::decide::{has, has_stream, imports, uses};
use super::error::{PlanError, Wanted};
use super::layer::{
    KernelPlan, LayerConfiguration, MountContents, MountPlan, StdinPlan, StdoutPlan, device_nodes,
};
use super::network::{forwards, handles_requests, needs_http};
use super::of_kernel::OfKernel;
use super::p3_imports;
use super::responses::responses;
use crate::adapters::Adapter;
use crate::resolved::{Decisions, Given};
use crate::surface::Surface;
use crate::wasi::Capability;

/// The kernel's layer. It is steered if something moves its time or reads its files.
pub(super) fn layer(
    decisions: &Decisions,
    surface: &Surface,
    is_steered: bool,
) -> Result<(Adapter, LayerConfiguration), PlanError> {
    let has_network = imports(surface, Capability::Network).next().is_some();
    let mut mounts = mounts(decisions)?;
    if !uses(surface, Capability::Filesystem) {
        // The application imports no filesystem, so no files come from the host.
        mounts.retain(|mount| matches!(mount.contents, MountContents::Memory { .. }));
    }
    let is_overlay = |mount: &MountPlan| matches!(mount.contents, MountContents::Overlay { .. });
    let overlays = mounts.iter().any(is_overlay);
    let can_wait = has(surface, "wasi:io/poll");
    let responses = responses(decisions, surface)?;
    let of_p3 = OfKernel::of(decisions, surface);
    reaches_host(of_p3, decisions, surface)?;
    let adapter = if of_p3.is_any() {
        if responses.is_some() {
            return Err(PlanError::Unavailable {
                what: "`[[http.responses]]` beside files, time or standard streams of WASI 0.3"
                    .into(),
                reason: "no adapter of this version has both".into(),
            });
        }
        // Nothing steers it: neither tests nor faults take asynchronous calls.
        match forwards(decisions, surface) {
            true => Adapter::KernelForwardP3,
            false => Adapter::KernelP3,
        }
    } else if responses.is_some() {
        match is_steered {
            true => Adapter::KernelTestingResponses,
            false => Adapter::KernelResponses,
        }
    } else if is_steered && !forwards(decisions, surface) {
        match can_wait {
            true => Adapter::KernelTesting,
            false => Adapter::KernelTestingWithoutPoll,
        }
    } else if forwards(decisions, surface) {
        match can_wait {
            true => Adapter::KernelForward,
            false => Adapter::KernelForwardWithoutPoll,
        }
    } else if has_network || needs_http(surface) {
        Adapter::KernelNetwork
    } else {
        match (overlays, can_wait) {
            (false, true) => Adapter::Kernel,
            (false, false) => Adapter::KernelWithoutPoll,
            (true, true) => Adapter::KernelOverlay,
            (true, false) => Adapter::KernelOverlayWithoutPoll,
        }
    };
    let only_p3 =
        |path: &str, p3_path: &str| !has(surface, path) && p3_imports::has(surface, p3_path);
    let system_clock =
        of_p3.is_any() && only_p3("wasi:clocks/wall-clock", "wasi:clocks/system-clock");
    let random_p3 = of_p3.is_any()
        && decisions.random == Random::Host
        && only_p3("wasi:random/random", "wasi:random/random");
    let plan = KernelPlan {
        // The filter changes the time under these modes, and the kernel passes on the filter's time.
        clocks: match decisions.clocks {
            Clocks::Offset { .. } | Clocks::Coarse { .. } => Clocks::Host,
            other => other,
        },
        wall_clock: has(surface, "wasi:clocks/wall-clock") || system_clock,
        system_clock,
        stdin: input(decisions, surface)?,
        stdout: output(decisions, &decisions.stdout, surface, "stdout"),
        stderr: output(decisions, &decisions.stderr, surface, "stderr"),
        random_device: match decisions.random {
            Random::Seeded(_) => true,
            Random::Host => has(surface, "wasi:random/random") || random_p3,
            Random::Deny => false,
        },
        random_p3,
        handles_requests: handles_requests(surface),
        responses,
        max_bytes: limit(decisions, |filesystem| filesystem.max_bytes),
        max_entries: limit(decisions, |filesystem| filesystem.max_entries),
        mounts,
        baked_at: decisions.clocks.start(),
    };
    Ok((adapter, LayerConfiguration::Kernel(plan)))
}

/// Refuses policies for which the kernel would need interfaces of WASI 0.2 that the application does not import. It uses
/// those of the host, and a composition imports nothing that its application does not.
fn reaches_host(
    of_p3: OfKernel,
    decisions: &Decisions,
    surface: &Surface,
) -> Result<(), PlanError> {
    let refuse = |what: &str, interface: &str, instead: &str| PlanError::Unavailable {
        what: format!("{what} for an application that imports only WASI 0.3 of it"),
        reason: format!(
            "the adapter reaches the host's by `{interface}` of WASI 0.2, which the application does not import; {instead}"
        ),
    };
    let shows_host = decisions.filesystem.rules().is_some_and(|filesystem| {
        let mut mounts = filesystem.mounts.iter();
        filesystem.inherit || mounts.any(|mount| !matches!(mount.source, MountSource::Memory(_)))
    });
    if of_p3.files && shows_host && !uses(surface, Capability::Filesystem) {
        let what = "a part of a directory of the host, or one beside files in memory,";
        let instead = "show directories of the host as a whole, or files in memory alone";
        return Err(refuse(what, "wasi:filesystem", instead));
    }
    let lacks = |stream: &str| {
        p3_imports::has(surface, &format!("wasi:cli/{stream}"))
            && !has(surface, &format!("wasi:cli/{stream}"))
    };
    let whole = matches!(decisions.stdin.rules(), Some(Stdin::Whole));
    if whole && lacks("stdin") {
        let instead = "use `\"inherit\"`, `\"closed\"`, a text or a file";
        return Err(refuse("`stdin = \"whole\"`", "wasi:cli/stdin", instead));
    }
    for (stream, given) in [("stdout", &decisions.stdout), ("stderr", &decisions.stderr)] {
        let prefixed = matches!(given.rules(), Some(Stdout::Prefix(_)));
        if prefixed && lacks(stream) {
            let interface = format!("wasi:cli/{stream}");
            let instead = "use `\"inherit\"` or `\"discard\"`";
            return Err(refuse("a prefix", &interface, instead));
        }
    }
    Ok(())
}

fn limit(decisions: &Decisions, of: impl Fn(&Filesystem) -> Option<u64>) -> u64 {
    let filesystem = decisions.filesystem.rules();
    filesystem.and_then(of).unwrap_or(u64::MAX)
}

fn input(decisions: &Decisions, surface: &Surface) -> Result<StdinPlan, PlanError> {
    let is_asked_for = has_stream(surface, "stdin");
    Ok(match &decisions.stdin {
        Given::Host | Given::Only(Stdin::Inherit) if is_asked_for => StdinPlan::Host(terminal(
            decisions,
            surface,
            "terminal-stdin",
            "terminal-input",
        )),
        Given::Only(Stdin::Whole) if is_asked_for => StdinPlan::Whole,
        Given::Only(Stdin::Deny) => StdinPlan::Denied,
        Given::Host | Given::Only(Stdin::Inherit | Stdin::Whole | Stdin::Closed) => {
            StdinPlan::Closed
        }
        Given::Only(Stdin::Text(text)) => StdinPlan::Bytes(text.clone().into_bytes()),
        Given::Only(Stdin::File(path)) => {
            StdinPlan::Bytes(read_file(path).map_err(|source| PlanError::Stdin {
                path: path.clone(),
                source,
            })?)
        }
    })
}

fn output(
    decisions: &Decisions,
    given: &Given<Stdout>,
    surface: &Surface,
    stream: &str,
) -> StdoutPlan {
    let of_p2 = has_stream(surface, stream);
    if !of_p2 && !p3_imports::has(surface, &format!("wasi:cli/{stream}")) {
        return StdoutPlan::Discard;
    }
    match given {
        // A host's stream of WASI 0.3 is not the kernel's.
        Given::Host | Given::Only(Stdout::Inherit) if !of_p2 => StdoutPlan::Discard,
        Given::Host | Given::Only(Stdout::Inherit) => StdoutPlan::Host(terminal(
            decisions,
            surface,
            &format!("terminal-{stream}"),
            "terminal-output",
        )),
        Given::Only(Stdout::Discard) => StdoutPlan::Discard,
        Given::Only(Stdout::Deny) => StdoutPlan::Denied,
        Given::Only(Stdout::Prefix(prefix)) => StdoutPlan::Prefix(prefix.clone()),
    }
}

/// Whether the kernel asks the host if a stream is a terminal. It does if the application asks (only then is the host's
/// interface imported) and the policy does not say that there are no terminals.
fn terminal(decisions: &Decisions, surface: &Surface, stream: &str, resource: &str) -> Terminal {
    let imported = |interface: &str| has(surface, &format!("wasi:cli/{interface}"));
    if decisions.terminals && imported(stream) && imported(resource) {
        Terminal::Host
    } else {
        Terminal::Never
    }
}

fn mounts(decisions: &Decisions) -> Result<Vec<MountPlan>, PlanError> {
    let of_host = || MountPlan {
        path: String::new(),
        read_only: false,
        contents: MountContents::HostPreopens,
    };
    let Some(filesystem) = decisions.filesystem.rules() else {
        return Ok(vec![of_host()]);
    };
    let mut mounts = filesystem
        .mounts
        .iter()
        .map(mount)
        .collect::<Result<Vec<_>, _>>()?;
    make_mount_points(&mut mounts)?;
    within_entries(
        &mounts,
        limit(decisions, |filesystem| filesystem.max_entries),
    )?;
    // The host's preopens stand last, because a mount replaces the host's preopen of the same name.
    mounts.extend(filesystem.inherit.then(of_host));
    Ok(mounts)
}

/// Refuses mounts that start with more entries than the policy allows. Roots, baked entries and devices count.
fn within_entries(mounts: &[MountPlan], limit: u64) -> Result<(), PlanError> {
    let of_mount = |mount: &MountPlan| {
        let (baked, devices) = mount.contents.in_memory()?;
        let devices: Vec<_> = devices.into_iter().flat_map(device_paths).collect();
        let baked = baked.iter().map(|entry| entry.path.as_str());
        let paths: BTreeSet<&str> = baked.chain(devices.iter().map(String::as_str)).collect();
        Some(1 + paths.len() as u64)
    };
    let entries = mounts.iter().filter_map(of_mount).sum();
    match entries <= limit {
        true => Ok(()),
        false => Err(PlanError::TooManyEntries { entries, limit }),
    }
}

/// The paths of the devices in order, that of their directory first.
fn device_paths(directory: &str) -> impl Iterator<Item = String> {
    device_nodes(directory, Timestamp::default()).map(|node| node.path)
}

fn mount(mount: &Mount) -> Result<MountPlan, PlanError> {
    let contents = match &mount.source {
        MountSource::Memory(memory) => MountContents::Memory {
            baked: memory_contents(memory, &mount.path)?,
            devices: devices(memory, &mount.path),
        },
        MountSource::Overlay(memory, _) => MountContents::Overlay {
            baked: memory_contents(memory, &mount.path)?,
            devices: devices(memory, &mount.path),
        },
        MountSource::Host(_) => MountContents::Host,
    };
    Ok(MountPlan {
        path: mount.path.clone(),
        read_only: mount.access == Access::ReadOnly,
        contents,
    })
}

/// The directory of the devices in a mount; `None` if it has none.
fn devices(memory: &Memory, mount: &str) -> Option<&'static str> {
    memory
        .devices
        .then_some(if mount == "/dev" { "" } else { "dev" })
}

/// The initial contents of a memory mount: the baked directory, then the directories, files and links that the policy
/// names.
fn memory_contents(memory: &Memory, mount: &str) -> Result<Vec<Baked>, PlanError> {
    let mut baked = match &memory.from {
        Some(directory) => bake(directory, &memory.include, &memory.exclude, memory.times)?,
        None => Vec::new(),
    };
    for directory in &memory.directories {
        make_directory(&mut baked, directory)
            .map_err(|found| obstructed(mount, Wanted::Directory(directory.clone()), &found))?;
    }
    for (path, contents) in &memory.files {
        let (contents, modified) = match contents {
            Contents::Text(text) => (text.clone().into_bytes(), None),
            Contents::File(file) => bake_file(file, memory.times)?,
        };
        let wanted = || Wanted::File(path.clone());
        let kind = BakedKind::File(contents);
        put(&mut baked, path, kind, modified)
            .map_err(|found| obstructed(mount, wanted(), &found))?;
    }
    for (path, target) in &memory.links {
        let kind = BakedKind::Symlink(target.clone());
        put(&mut baked, path, kind, None)
            .map_err(|found| obstructed(mount, Wanted::Link(path.clone()), &found))?;
    }
    let holder = devices(memory, mount).unwrap_or_default();
    for device in devices(memory, mount).into_iter().flat_map(device_paths) {
        let is_holder = device == holder;
        let mut found = baked.iter().filter(|entry| entry.path == device);
        if let Some(found) = found.find(|entry| !is_holder || entry.kind != BakedKind::Directory) {
            return Err(obstructed(mount, Wanted::Device(device), found));
        }
    }
    Ok(baked)
}

fn obstructed(mount: &str, wanted: Wanted, found: &Baked) -> PlanError {
    let kind = match found.kind {
        BakedKind::Directory => "directory",
        BakedKind::File(_) => "file",
        BakedKind::Symlink(_) => "symbolic link",
    };
    PlanError::Obstructed {
        mount: mount.into(),
        wanted,
        found: format!("{kind} `{}`", found.path),
    }
}

/// Adds a directory and its missing ancestors. Fails with the entry that is in the place of one of them.
fn make_directory(baked: &mut Vec<Baked>, path: &str) -> Result<(), Baked> {
    let ends = path
        .match_indices('/')
        .map(|(position, _)| position)
        .chain([path.len()]);
    for end in ends {
        let path = &path[..end];
        match baked.iter().find(|entry| entry.path == path) {
            Some(entry) if entry.kind == BakedKind::Directory => {}
            Some(entry) => return Err(entry.clone()),
            None => baked.push(Baked {
                path: path.into(),
                modified: None,
                kind: BakedKind::Directory,
            }),
        }
    }
    Ok(())
}

/// Adds a file or link and its missing ancestors. It replaces a file or link. Fails with the entry that is in its place
/// otherwise.
fn put(
    baked: &mut Vec<Baked>,
    path: &str,
    kind: BakedKind,
    modified: Option<Timestamp>,
) -> Result<(), Baked> {
    if let Some((above, _)) = path.rsplit_once('/') {
        make_directory(baked, above)?;
    }
    let entry = Baked {
        path: path.into(),
        modified,
        kind,
    };
    match baked.iter_mut().find(|other| other.path == path) {
        Some(other) if other.kind == BakedKind::Directory => return Err(other.clone()),
        Some(other) => *other = entry,
        None => baked.push(entry),
    }
    Ok(())
}

/// Adds a directory for each mount to the memory mount or overlay that contains its path, because applications expect
/// to see mount points.
fn make_mount_points(mounts: &mut [MountPlan]) -> Result<(), PlanError> {
    let paths: Vec<String> = mounts.iter().map(|mount| mount.path.clone()).collect();
    for path in &paths {
        let above = |mount: &MountPlan| match mount.path.as_str() {
            "/" => path
                .strip_prefix('/')
                .filter(|rest| !rest.is_empty())
                .map(str::to_owned),
            other => path
                .strip_prefix(other)
                .and_then(|rest| rest.strip_prefix('/'))
                .map(str::to_owned),
        };
        let nearest = mounts
            .iter_mut()
            .filter_map(|mount| above(mount).map(|rest| (mount, rest)))
            .min_by_key(|(_, rest)| rest.len());
        if let Some((
            MountPlan {
                path: mount,
                contents: MountContents::Memory { baked, .. } | MountContents::Overlay { baked, .. },
                ..
            },
            rest,
        )) = nearest
        {
            make_directory(baked, &rest)
                .map_err(|found| obstructed(mount, Wanted::MountPoint(path.clone()), &found))?;
        }
    }
    Ok(())
}
