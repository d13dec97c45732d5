//! `wasi:filesystem/preopens`.

use std::cell::OnceCell;
use std::rc::Rc;

use interpose_adapter::with;
use interpose_filesystem::{NodeType, Root};

use crate::bindings::exports::wasi::filesystem::preopens::Guest;
use crate::bindings::exports::wasi::filesystem::types;
use crate::bindings::wasi::filesystem::{preopens as host, types as host_types};
use crate::filesystem::convert::lower_stat;
use crate::filesystem::{Descriptor, LowerTree, OpenFile};
use crate::state::STATE;
use crate::{Adapter, HAS_OVERLAYS};

/// What a preopen, or several, come from.
pub enum Mount {
    /// A tree in memory.
    Memory {
        /// The guest's name of it.
        path: String,
        /// Which tree.
        root: Root,
    },
    /// A tree in memory over the host's preopen of that name.
    Overlay {
        /// The guest's name of it, and the host's.
        path: String,
        /// Which tree.
        root: Root,
    },
    /// The host's preopen of that name.
    Host {
        /// The guest's name of it, and the host's.
        path: String,
    },
    /// Every preopen of the host whose name no other mount has.
    HostPreopens,
}

/// The guest's preopens.
pub struct Preopens {
    mounts: Vec<Mount>,
    /// The host's preopens, asked for when the guest asks for its own: before the snapshot there is no host.
    of_host: OnceCell<Vec<(Rc<host_types::Descriptor>, String)>>,
}

impl Preopens {
    /// Preopens in the order in which the guest sees them.
    pub fn new(mounts: Vec<Mount>) -> Self {
        Self {
            mounts,
            of_host: OnceCell::new(),
        }
    }

    /// Whether any of them shows files of the host.
    pub fn any_of_host(&self) -> bool {
        self.mounts
            .iter()
            .any(|mount| !matches!(mount, Mount::Memory { .. }))
    }

    fn of_host(&self) -> &[(Rc<host_types::Descriptor>, String)] {
        self.of_host.get_or_init(|| {
            host::get_directories()
                .into_iter()
                .map(|(descriptor, name)| (Rc::new(descriptor), name))
                .collect()
        })
    }

    /// Whether a mount has this name for the guest.
    fn is_taken(&self, name: &str) -> bool {
        self.mounts.iter().any(|mount| match mount {
            Mount::Memory { path, .. } | Mount::Overlay { path, .. } | Mount::Host { path } => {
                path == name
            }
            Mount::HostPreopens => false,
        })
    }

    /// The root of an overlay, if the host has what lies under it.
    fn open_overlay(&self, path: &str, root: Root) -> Option<Rc<OpenFile>> {
        if with(&STATE, |kernel| {
            !kernel.lower.iter().any(|(other, _)| *other == root)
        }) {
            let (directory, _) = self.of_host().iter().find(|(_, name)| name == path)?;
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

    /// The descriptors that a mount gives. A directory that the host does not have is left out.
    fn open(&self, mount: &Mount) -> Vec<(Descriptor, String)> {
        match mount {
            Mount::Memory { path, root } => {
                let descriptor = with(&STATE, |kernel| kernel.files.open_root(*root));
                vec![(Descriptor::Memory(OpenFile::new(descriptor)), path.clone())]
            }
            // A build without overlays has refused the configuration.
            Mount::Overlay { .. } if !HAS_OVERLAYS => Vec::new(),
            Mount::Overlay { path, root } => {
                let opened = self.open_overlay(path, *root);
                opened
                    .into_iter()
                    .map(|file| (Descriptor::Memory(file), path.clone()))
                    .collect()
            }
            Mount::Host { path } => {
                let mut of_host = self.of_host().iter();
                let opened = of_host.find(|(_, name)| name == path);
                opened.map(of_host_descriptor).into_iter().collect()
            }
            Mount::HostPreopens => self
                .of_host()
                .iter()
                .filter(|(_, name)| !self.is_taken(name))
                .map(of_host_descriptor)
                .collect(),
        }
    }
}

fn of_host_descriptor(
    (descriptor, name): &(Rc<host_types::Descriptor>, String),
) -> (Descriptor, String) {
    (Descriptor::Host(descriptor.clone()), name.clone())
}

impl Guest for Adapter {
    fn get_directories() -> Vec<(types::Descriptor, String)> {
        let preopens = with(&STATE, |kernel| kernel.preopens.clone());
        let directories = preopens
            .mounts
            .iter()
            .flat_map(|mount| preopens.open(mount));
        directories
            .map(|(descriptor, name)| (types::Descriptor::new(descriptor), name))
            .collect()
    }
}
