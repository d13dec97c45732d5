//! `wasi:filesystem/preopens`.

use std::cell::OnceCell;
use std::rc::Rc;

use interpose_adapter::refusals::{Subject, refused};
use interpose_adapter::{state, with};
use interpose_mounts::{Guarded, Hidden, Walk};
use interpose_settings::{HostFilesystemConfig, HostMount, Reason};

use crate::adapter::Adapter;
use crate::bindings::exports::wasi::filesystem::preopens::Guest;
use crate::bindings::exports::wasi::filesystem::types;
use crate::bindings::wasi::filesystem::{preopens as host, types as host_types};
use crate::descriptor::Descriptor;
use crate::mount::Mount;
use crate::tree::HostTree;

state! {
    /// The application's preopens. They are never borrowed across a call to the host.
    pub static PREOPENS: Preopens
}

/// The application's preopens.
#[derive(Clone)]
pub struct Preopens(Rc<Inner>);

struct Inner {
    mounts: Vec<(HostMount, Rc<Mount>)>,
    /// The directory of each mount, if the host has it. All directories are opened once, when the application asks for
    /// its preopens for the first time. Before the snapshot there is no host, and before the application asks, it has
    /// no descriptor through which it could exchange a directory.
    directories: OnceCell<Vec<Option<Directory>>>,
    /// The host's other preopens, opened together with those of the mounts.
    #[cfg(feature = "inherit")]
    others: OnceCell<Vec<(Directory, String)>>,
}

type Directory = Rc<host_types::Descriptor>;

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
            directories: OnceCell::new(),
            #[cfg(feature = "inherit")]
            others: OnceCell::new(),
        }))
    }

    /// Whether there are no preopens, so that the host's `wasi:filesystem` cannot be called.
    pub fn is_empty(&self) -> bool {
        self.0.mounts.is_empty()
    }

    /// The descriptors of all mounts. A mount whose directory the host does not have is left out.
    fn open(&self) -> Vec<(Descriptor, String)> {
        let directories = self.0.directories.get_or_init(|| self.directories());
        let mounts = self.0.mounts.iter().zip(directories);
        let opened = mounts.filter_map(|((config, rules), directory)| {
            let directory = directory.clone()?;
            Some((Descriptor::root(directory, rules), config.path.clone()))
        });
        #[cfg(feature = "inherit")]
        let opened = opened.chain(self.others());
        opened.collect()
    }

    /// Opens the directories of all mounts.
    fn directories(&self) -> Vec<Option<Directory>> {
        // If nothing is mounted, the policy denies files and the host may not be asked.
        if self.0.mounts.is_empty() {
            return Vec::new();
        }
        let of_host: Vec<(Directory, String)> = host::get_directories()
            .into_iter()
            .map(|(descriptor, name)| (Rc::new(descriptor), name))
            .collect();
        let open = |config: &HostMount, exchangeable: &Exchangeable<'_>| {
            let (preopen, _) = of_host.iter().find(|(_, name)| *name == config.preopen)?;
            if config.subtree.is_empty() {
                Some(preopen.clone())
            } else {
                open_subtree(preopen, config, exchangeable)
            }
        };
        let mounts = &self.0.mounts;
        let writable = mounts
            .iter()
            .filter(|(config, _)| !config.read_only)
            .filter_map(|(config, rules)| Some((open(config, &|_, _| false)?, &**rules)));
        #[cfg(feature = "inherit")]
        let writable = writable.chain(self.keep_others(&of_host));
        let writable: Vec<(Directory, &Mount)> = writable.collect();
        // An earlier instance may have put a symbolic link into a directory where a mount lets it write, except under
        // hidden names.
        let exchangeable = |directory: &host_types::Descriptor, name: &str| {
            writable.iter().any(|(root, rules)| {
                let hidden = &rules.hidden;
                directory.is_same_object(root) && hidden.enter(&hidden.root(), name).is_some()
            })
        };
        mounts
            .iter()
            .map(|(config, _)| open(config, &exchangeable))
            .collect()
    }
}

#[cfg(feature = "inherit")]
impl Preopens {
    /// The rules of the host's other preopens, if they are shown: those of the mount without a path.
    fn rules_of_others(&self) -> Option<&Rc<Mount>> {
        let (config, rules) = self.0.mounts.last()?;
        (*config == HostMount::all_others()).then_some(rules)
    }

    /// Keeps those of the host's preopens whose names are no paths of mounts, and returns them with their rules.
    fn keep_others(
        &self,
        of_host: &[(Directory, String)],
    ) -> impl Iterator<Item = (Directory, &Mount)> {
        let others = self.0.others.get_or_init(|| {
            let is_taken =
                |name: &String| self.0.mounts.iter().any(|(config, _)| config.path == *name);
            let others = of_host.iter().filter(|(_, name)| !is_taken(name));
            others.cloned().collect()
        });
        let rules = self.rules_of_others().into_iter();
        rules.flat_map(|rules| {
            others
                .iter()
                .map(|(directory, _)| (directory.clone(), &**rules))
        })
    }

    /// The descriptors of the host's other preopens.
    fn others(&self) -> impl Iterator<Item = (Descriptor, String)> {
        let others = self.0.others.get().into_iter().flatten();
        let rules = self.rules_of_others().into_iter();
        rules.flat_map(move |rules| {
            others
                .clone()
                .map(|(directory, name)| (Descriptor::root(directory.clone(), rules), name.clone()))
        })
    }
}

/// Whether the application could have exchanged a name in a directory.
type Exchangeable<'a> = dyn Fn(&host_types::Descriptor, &str) -> bool + 'a;

/// Opens the directory that a mount shows. There may be symbolic links on the way, if they do not lead out of the
/// preopen and the application could not have exchanged them.
fn open_subtree(
    preopen: &Directory,
    config: &HostMount,
    exchangeable: &Exchangeable<'_>,
) -> Option<Directory> {
    let tree = HostTree {
        mutates: !config.read_only,
    };
    let tree = Guarded::new(&tree, exchangeable);
    let nothing = Hidden::default();
    let place = nothing.root();
    // A path with a slash at its end can only mean a directory, into which the walk then goes.
    let path = format!("{}/", config.subtree);
    let mut walk = Walk::new(&tree, &nothing, (&**preopen, &place), &path).ok()?;
    walk.to_entry(true).ok()?;
    // Links can lead back to the preopen itself.
    let below = walk.into_directory().map(Rc::new);
    Some(below.unwrap_or_else(|| preopen.clone()))
}

impl Guest for Adapter {
    fn get_directories() -> Vec<(types::Descriptor, String)> {
        // The preopens are cloned, because they must not be borrowed while the host is called.
        let preopens = with(&PREOPENS, |preopens| preopens.clone());
        if preopens.is_empty() {
            refused(Reason::NoMounts, "get-directories", Subject::Text(&[]));
        }
        let directories = preopens.open().into_iter();
        directories
            .map(|(descriptor, name)| (types::Descriptor::new(descriptor), name))
            .collect()
    }
}
