//! Narrows mounts.

use std::collections::BTreeMap;

use interpose_policy::model::{
    Access, Fallback, Filesystem, Glob, HostDirectory, Memory, Mount, Policy, Source, Times,
};

use crate::disk::Disk;
use crate::uses::{Files, Uses};

/// How many files are few, so that a policy can name each of them.
const FEW_FILES: usize = 16;

/// How many bytes these files may have together. They are read into memory at each run.
const FEW_BYTES: u64 = 16 << 20;

/// The characters that have a meaning in globs, or that globs refuse.
const SPECIAL: &[char] = &['*', '?', '[', ']', '{', '}', '\\', '\0'];

pub(super) fn filesystem(base: &Policy, uses: &Uses, disk: &dyn Disk) -> Option<Filesystem> {
    let given = match (&base.filesystem, base.default) {
        (Some(table), _) => table.clone(),
        (None, Fallback::Inherit) => Filesystem {
            inherit: true,
            ..Filesystem::default()
        },
        (None, _) => return None,
    };
    let used = &uses.preopens;
    let is_mount = |name: &String| given.mounts.iter().any(|mount| mount.path == *name);
    let mut names = used.iter().filter(|(_, files)| !files.is_empty());
    let inherit = given.inherit && names.any(|(name, _)| !is_mount(name));
    let nothing = Files::default();
    let mounts = given.mounts.iter().filter_map(|mount| {
        let files = used.get(&mount.path).unwrap_or(&nothing);
        let is_shown = is_listed(mount, &given.mounts, used);
        (is_shown || !files.is_empty()).then(|| narrowed(mount, files, disk))
    });
    let mounts: Vec<Mount> = mounts.collect();
    let mut sources = mounts.iter().map(|mount| &mount.source);
    let in_memory = sources.any(|source| source.memory().is_some());
    (inherit || !mounts.is_empty()).then_some(Filesystem {
        inherit,
        max_bytes: given.max_bytes.filter(|_| in_memory),
        max_entries: given.max_entries.filter(|_| in_memory),
        mounts,
    })
}

/// Whether a mount appears in a listing of a mount in memory.
fn is_listed(mount: &Mount, mounts: &[Mount], used: &BTreeMap<String, Files>) -> bool {
    mounts.iter().any(|outer| {
        let rest = mount.path.strip_prefix(outer.path.trim_end_matches('/'));
        let is_below = rest.is_some_and(|rest| rest.len() > 1 && rest.starts_with('/'));
        let is_inside = is_below && outer.source.memory().is_some();
        let files = used.get(&outer.path);
        is_inside && files.is_some_and(|files| !files.listings.is_empty())
    })
}

fn narrowed(mount: &Mount, files: &Files, disk: &dyn Disk) -> Mount {
    let access = match files.changes.is_empty() {
        true => Access::ReadOnly,
        false => mount.access,
    };
    let source = match &mount.source {
        Source::Host(host) => match few(host, files, disk) {
            Some(memory) => Source::Memory(memory),
            None => Source::Host(host.clone()),
        },
        Source::Memory(memory) => Source::Memory(narrowed_memory(&mount.path, memory, files)),
        Source::Overlay(memory, host) => {
            Source::Overlay(narrowed_memory(&mount.path, memory, files), host.clone())
        }
    };
    Mount {
        path: mount.path.clone(),
        access,
        source,
    }
}

/// The files that were read, if these can be named one by one, and if the application cannot tell whether others are there.
fn names(files: &Files) -> Option<Vec<Glob>> {
    let is_few = files.listings.is_empty() && files.unusual == 0 && files.reads.len() <= FEW_FILES;
    let bytes: u64 = files.reads.values().map(|read| read.size).sum();
    if !is_few || bytes > FEW_BYTES {
        return None;
    }
    let names = files.reads.keys();
    let names = names.map(|path| match path.contains(SPECIAL) {
        true => None,
        false => Glob::parse(path).ok(),
    });
    names.collect()
}

/// The few files of a directory of the host that were read, as files in memory; `None` if the directory itself has to be
/// shown.
fn few(host: &HostDirectory, files: &Files, disk: &dyn Disk) -> Option<Memory> {
    if !files.changes.is_empty() || !host.hide.is_empty() {
        return None;
    }
    let include = names(files)?;
    let from = match &host.subtree {
        Some(subtree) => host.directory.join(subtree),
        None => host.directory.clone(),
    };
    let mut paths = files.reads.keys();
    if !paths.all(|path| disk.is_plain_file(&from, path)) {
        return None;
    }
    let holds = |directory: &str| {
        let mut paths = files.reads.keys();
        directory.is_empty() || paths.any(|path| is_below(path, directory))
    };
    let directories = files.directories.keys().filter(|path| !holds(path));
    Some(Memory {
        // An empty list would include everything.
        from: (!include.is_empty()).then_some(from),
        times: match include.is_empty() {
            true => Times::Fixed,
            false => Times::Disk,
        },
        include,
        directories: directories.cloned().collect(),
        ..Memory::default()
    })
}

fn is_below(path: &str, directory: &str) -> bool {
    let rest = path.strip_prefix(directory);
    rest.is_some_and(|rest| rest.starts_with('/'))
}

/// A mount in memory of which only files that were read are baked in, without devices that were not used.
fn narrowed_memory(path: &str, memory: &Memory, files: &Files) -> Memory {
    let mut narrowed = memory.clone();
    let touched = files.reads.keys().chain(files.changes.keys());
    let touched = touched
        .chain(files.directories.keys())
        .chain(files.listings.keys());
    let mut touched = touched.chain(files.absent.keys());
    let is_device = |touched: &String| {
        path == "/dev" || touched.is_empty() || touched == "dev" || touched.starts_with("dev/")
    };
    narrowed.devices = memory.devices && touched.any(is_device);
    if memory.from.is_none() || !files.changes.is_empty() {
        return narrowed;
    }
    // Files of the policy take the place of those that are baked in.
    let is_own = |name: &str| memory.files.iter().any(|(own, _)| own == name);
    if let Some(names) = names(files) {
        let baked: Vec<Glob> = names
            .into_iter()
            .filter(|glob| !is_own(glob.as_str()))
            .collect();
        match baked.is_empty() {
            false => narrowed.include = baked,
            true => narrowed.from = None,
        }
        if narrowed.from.is_none() {
            narrowed.include = Vec::new();
            narrowed.exclude = Vec::new();
        }
    }
    narrowed
}
