//! The preopens that an application sees.

use std::cell::OnceCell;
use std::rc::Rc;

use interpose_filesystem::Root;

use crate::bindings::wasi::filesystem::{preopens as host, types as host_types};

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
    /// The mounts, in the order in which the guest sees them.
    pub mounts: Vec<Mount>,
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

    /// The host's preopens.
    pub fn of_host(&self) -> &[(Rc<host_types::Descriptor>, String)] {
        self.of_host.get_or_init(|| {
            host::get_directories()
                .into_iter()
                .map(|(descriptor, name)| (Rc::new(descriptor), name))
                .collect()
        })
    }

    /// Whether a mount has this name for the guest.
    pub fn is_taken(&self, name: &str) -> bool {
        self.mounts.iter().any(|mount| match mount {
            Mount::Memory { path, .. } | Mount::Overlay { path, .. } | Mount::Host { path } => {
                path == name
            }
            Mount::HostPreopens => false,
        })
    }
}
