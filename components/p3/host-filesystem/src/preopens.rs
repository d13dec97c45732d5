//! `wasi:filesystem/preopens`.

use std::rc::Rc;

use interpose_adapter::{state, with};
use interpose_settings::{HostFilesystemConfig, HostMount};

use crate::adapter::Adapter;
use crate::bindings::exports::wasi::filesystem::preopens::Guest;
use crate::bindings::exports::wasi::filesystem::types;
use crate::bindings::wasi::filesystem::preopens as host;
use crate::descriptor::{Descriptor, Mount};

state! {
    /// The application's preopens. They are never borrowed across a call to the host.
    pub static PREOPENS: Preopens
}

/// The application's preopens: the mounts, and last, without a path, the host's other preopens if they are shown.
#[derive(Clone)]
pub struct Preopens(Rc<[HostMount]>);

impl Preopens {
    /// The preopens that a configuration describes.
    ///
    /// # Errors
    /// When a mount shows a part of a directory.
    pub fn new(config: HostFilesystemConfig) -> Result<Self, String> {
        let mut mounts = config.mounts.iter();
        match mounts.all(|mount| mount.subtree.is_empty() && mount.hide.is_empty()) {
            true => Ok(Self(config.mounts.into())),
            false => Err("the adapter shows directories as a whole".into()),
        }
    }

    /// The descriptors of all mounts. A mount whose directory the host does not have is left out.
    fn open(&self) -> Vec<(Descriptor, String)> {
        let of_host: Vec<_> = host::get_directories()
            .into_iter()
            .map(|(descriptor, name)| (Rc::new(descriptor), name))
            .collect();
        let is_taken = |name: &str| self.0.iter().any(|mount| mount.path == name);
        let mut opened = Vec::new();
        for config in self.0.iter() {
            let is_others = *config == HostMount::all_others();
            let mount = Rc::new(Mount {
                path: config.path.clone(),
                read_only: config.read_only,
            });
            for (directory, name) in &of_host {
                let shown = match is_others {
                    true => (!is_taken(name)).then_some(name),
                    false => (*name == config.preopen).then_some(&config.path),
                };
                if let Some(path) = shown {
                    opened.push((Descriptor::root(directory.clone(), &mount), path.clone()));
                }
            }
        }
        opened
    }
}

impl Guest for Adapter {
    fn get_directories() -> Vec<(types::Descriptor, String)> {
        // The preopens are cloned, because they must not be borrowed while the host is called.
        let preopens = with(&PREOPENS, |preopens| preopens.clone());
        let directories = preopens.open().into_iter();
        directories
            .map(|(descriptor, name)| (types::Descriptor::new(descriptor), name))
            .collect()
    }
}
