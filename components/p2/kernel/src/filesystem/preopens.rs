//! `wasi:filesystem/preopens`.

use std::cell::OnceCell;
use std::rc::Rc;

use interpose_adapter::with;
use interpose_filesystem::Root;

use crate::Adapter;
use crate::bindings::exports::wasi::filesystem::preopens::Guest;
use crate::bindings::exports::wasi::filesystem::types::{
    self, DescriptorFlags, OpenFlags, PathFlags,
};
use crate::bindings::wasi::filesystem::{preopens as host, types as host_types};
use crate::filesystem::{Descriptor, HostDescriptor, OpenFile};
use crate::state::STATE;

/// What a preopen, or several, come from.
pub enum Mount {
    /// A tree in memory.
    Memory {
        /// The guest's name of it.
        path: String,
        /// Which tree.
        root: Root,
    },
    /// A directory of the host.
    Host {
        /// The guest's name of it.
        path: String,
        /// Whether every change fails.
        read_only: bool,
        /// The host's name of the preopen.
        preopen: String,
        /// The directory below it; empty for the preopen itself.
        subtree: String,
    },
    /// Every preopen of the host whose name no other mount has.
    HostPreopens {
        /// Whether every change fails.
        read_only: bool,
    },
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
            Mount::Memory { path, .. } | Mount::Host { path, .. } => path == name,
            Mount::HostPreopens { .. } => false,
        })
    }

    /// The descriptors that a mount gives. A directory that the host does not have is left out.
    fn open(&self, mount: &Mount) -> Vec<(Descriptor, String)> {
        match mount {
            Mount::Memory { path, root } => {
                let descriptor = with(&STATE, |kernel| kernel.files.open_root(*root));
                vec![(Descriptor::Memory(OpenFile::new(descriptor)), path.clone())]
            }
            Mount::Host {
                path,
                read_only,
                preopen,
                subtree,
            } => {
                let opened = self
                    .of_host()
                    .iter()
                    .find(|(_, name)| name == preopen)
                    .and_then(|(directory, _)| {
                        let directory = HostDescriptor::new(directory.clone(), *read_only);
                        if subtree.is_empty() {
                            Some(directory)
                        } else {
                            open_subtree(&directory, subtree)
                        }
                    });
                opened
                    .into_iter()
                    .map(|directory| (Descriptor::Host(directory), path.clone()))
                    .collect()
            }
            Mount::HostPreopens { read_only } => self
                .of_host()
                .iter()
                .filter(|(_, name)| !self.is_taken(name))
                .map(|(directory, name)| {
                    (
                        Descriptor::Host(HostDescriptor::new(directory.clone(), *read_only)),
                        name.clone(),
                    )
                })
                .collect(),
        }
    }
}

/// Opens a directory that the policy names, which may be a symbolic link, as long as it stays below its preopen.
fn open_subtree(directory: &HostDescriptor, subtree: &str) -> Option<HostDescriptor> {
    let flags = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
    directory
        .open_at(
            PathFlags::SYMLINK_FOLLOW,
            subtree,
            OpenFlags::DIRECTORY,
            flags,
        )
        .ok()
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
