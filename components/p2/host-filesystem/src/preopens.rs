//! `wasi:filesystem/preopens`.

use std::cell::OnceCell;
use std::rc::Rc;

use interpose_adapter::with;
use interpose_config::{HostFilesystemConfig, HostMount};
use interpose_mounts::{Hidden, Walk};

use crate::bindings::exports::wasi::filesystem::preopens::Guest;
use crate::bindings::exports::wasi::filesystem::types;
use crate::bindings::wasi::filesystem::{preopens as host, types as host_types};
use crate::descriptor::Descriptor;
use crate::mount::Mount;
use crate::tree::HostTree;
use crate::{Adapter, PREOPENS};

/// The application's preopens.
#[derive(Clone)]
pub struct Preopens(Rc<Inner>);

struct Inner {
    mounts: Vec<(HostMount, Rc<Mount>)>,
    /// The host's preopens, asked for when the application asks for its own: before the snapshot there is no host.
    of_host: OnceCell<Vec<(Rc<host_types::Descriptor>, String)>>,
}

impl Preopens {
    /// The preopens that a configuration describes.
    pub fn new(config: HostFilesystemConfig) -> Self {
        let mounts = config.mounts.into_iter();
        Self(Rc::new(Inner {
            mounts: mounts
                .map(|mount| {
                    let rules = Rc::new(Mount::new(&mount));
                    (mount, rules)
                })
                .collect(),
            of_host: OnceCell::new(),
        }))
    }

    /// The descriptors of all mounts. One whose directory the host does not have is left out.
    fn open(&self) -> Vec<(Descriptor, String)> {
        let mounts = self.0.mounts.iter();
        mounts
            .filter_map(|(config, rules)| {
                let directory = self.directory(config)?;
                Some((Descriptor::root(directory, rules), config.path.clone()))
            })
            .collect()
    }

    fn directory(&self, config: &HostMount) -> Option<Rc<host_types::Descriptor>> {
        let of_host = self.0.of_host.get_or_init(|| {
            let directories = host::get_directories().into_iter();
            directories
                .map(|(descriptor, name)| (Rc::new(descriptor), name))
                .collect()
        });
        let (preopen, _) = of_host.iter().find(|(_, name)| *name == config.preopen)?;
        if config.subtree.is_empty() {
            Some(preopen.clone())
        } else {
            open_subtree(preopen, config)
        }
    }
}

/// Opens the directory that a mount shows. There may be symbolic links on the way, as long as they do not lead out of
/// the preopen.
fn open_subtree(
    preopen: &Rc<host_types::Descriptor>,
    config: &HostMount,
) -> Option<Rc<host_types::Descriptor>> {
    let tree = HostTree {
        mutates: !config.read_only,
    };
    let nothing = Hidden::default();
    let place = nothing.root();
    // With a slash behind it the path can only mean a directory, into which the walk then goes.
    let path = format!("{}/", config.subtree);
    let mut walk = Walk::new(&tree, &nothing, (&**preopen, &place), &path).ok()?;
    walk.to_entry(true).ok()?;
    // Links can lead back to where it began.
    let below = walk.into_directory().map(Rc::new);
    Some(below.unwrap_or_else(|| preopen.clone()))
}

impl Guest for Adapter {
    fn get_directories() -> Vec<(types::Descriptor, String)> {
        // A clone, because the host is asked.
        let preopens = with(&PREOPENS, |preopens| preopens.clone());
        let directories = preopens.open().into_iter();
        directories
            .map(|(descriptor, name)| (types::Descriptor::new(descriptor), name))
            .collect()
    }
}
