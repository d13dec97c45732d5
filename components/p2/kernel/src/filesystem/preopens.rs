//! `wasi:filesystem/preopens`.

use std::rc::Rc;

use interpose_adapter::refusals::{Subject, refused};
use interpose_adapter::with;
use interpose_filesystem::{NodeType, Root};
use interpose_settings::Reason;

use super::descriptor::Descriptor;
use super::memory::OpenFile;
use crate::adapter::Adapter;
use crate::bindings::exports::wasi::filesystem::preopens::Guest;
use crate::bindings::exports::wasi::filesystem::types;
use crate::bindings::wasi::filesystem::types as host_types;
use crate::mounts::{HAS_OVERLAYS, LowerTree, Mount, Preopens, lower_stat};
use crate::state::STATE;

/// The root of an overlay, if the host has the directory under it.
fn open_overlay(preopens: &Preopens, path: &str, root: Root) -> Option<Rc<OpenFile>> {
    if with(&STATE, |kernel| {
        !kernel.lower.iter().any(|(other, _)| *other == root)
    }) {
        let (directory, _) = preopens.of_host().iter().find(|(_, name)| name == path)?;
        let lower = LowerTree::new(directory.clone());
        let stat = lower_stat(NodeType::Directory, lower.stat().ok()?);
        with(&STATE, |kernel| {
            kernel.files.provide_root(root, &stat);
            kernel.lower.push((root, lower));
        });
    }
    let descriptor = with(&STATE, |kernel| kernel.files.open_root(root));
    Some(OpenFile::new(descriptor))
}

/// The descriptors of a mount. A directory that the host does not have is left out.
fn open(preopens: &Preopens, mount: &Mount) -> Vec<(Descriptor, String)> {
    match mount {
        Mount::Memory { path, root } => {
            let descriptor = with(&STATE, |kernel| kernel.files.open_root(*root));
            vec![(Descriptor::Memory(OpenFile::new(descriptor)), path.clone())]
        }
        // A build without overlays has refused the configuration.
        Mount::Overlay { .. } if !HAS_OVERLAYS => Vec::new(),
        Mount::Overlay { path, root } => {
            let opened = open_overlay(preopens, path, *root);
            opened
                .into_iter()
                .map(|file| (Descriptor::Memory(file), path.clone()))
                .collect()
        }
        Mount::Host { path } => {
            let mut of_host = preopens.of_host().iter();
            let opened = of_host.find(|(_, name)| name == path);
            opened.map(of_host_descriptor).into_iter().collect()
        }
        Mount::HostPreopens => preopens
            .of_host()
            .iter()
            .filter(|(_, name)| !preopens.is_taken(name))
            .map(of_host_descriptor)
            .collect(),
    }
}

fn of_host_descriptor(
    (descriptor, name): &(Rc<host_types::Descriptor>, String),
) -> (Descriptor, String) {
    (Descriptor::Host(descriptor.clone()), name.clone())
}

/// The descriptors of all mounts.
pub fn directories() -> Vec<(Descriptor, String)> {
    let preopens = with(&STATE, |kernel| kernel.preopens.clone());
    if preopens.mounts.is_empty() {
        refused(Reason::NoMounts, "get-directories", Subject::Text(&[]));
    }
    let mounts = preopens.mounts.iter();
    mounts.flat_map(|mount| open(&preopens, mount)).collect()
}

impl Guest for Adapter {
    fn get_directories() -> Vec<(types::Descriptor, String)> {
        let directories = directories().into_iter();
        directories
            .map(|(descriptor, name)| (types::Descriptor::new(descriptor), name))
            .collect()
    }
}
