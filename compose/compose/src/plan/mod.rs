//! From a policy and a surface to a plan: which adapters, in which order, each with which configuration, and what
//! answers each import. A plan is a plain value; nothing has been configured or encoded yet.

mod bake;
mod config;
mod decide;
mod environment;
mod filesystem;
mod kernel;
mod layer;
mod layout;
mod network;
mod wire;

use std::collections::{BTreeMap, BTreeSet};

use interpose_policy::Policy;
use serde::Serialize;
use thiserror::Error;

use crate::adapters::Adapter;
use crate::http_handler;
use crate::interface::InterfaceName;
use crate::resolved::{Decisions, Refused};
use crate::surface::Surface;
use crate::wasi::Capability;

pub(crate) use bake::MAX_BYTES;
pub use bake::{BakeError, Baked, BakedKind};
pub use layer::{
    Configuration, Input, KernelPlan, Layer, MountContents, MountPlan, Output, Source, Wire,
};
pub use layout::{Layout, Role};
pub use network::header_rules;

/// How an application is interposed.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What the application gets.
    pub decisions: Decisions,
    /// The adapters, the host's side first.
    pub layers: Vec<Layer>,
    /// What answers each import of the application, in its order.
    pub application: Vec<Wire>,
    /// The imports that the result may have, under the application's names.
    pub granted: BTreeMap<String, Granted>,
    /// What the person should know: each a sentence.
    pub warnings: Vec<String>,
}

/// How much of an interface is left to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Granted {
    /// Its types, because another interface uses them, and none of its functions.
    Types,
    /// All of it.
    All,
}

/// Why there is no plan for an application under a policy.
#[derive(Debug, Error)]
pub enum PlanError {
    /// The policy refuses imports of the application, or does not decide about them.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The policy wants something that this version has no adapter for.
    #[error("{what} is not available yet: {reason}")]
    Unavailable {
        /// What the policy says.
        what: String,
        /// What is missing.
        reason: String,
    },
    /// Virtual clocks, beside something of the application whose answers take real time.
    #[error(
        "virtual time cannot go together with {what} that reaches the host: a peer's answer takes real time"
    )]
    RealTime {
        /// What reaches the host.
        what: &'static str,
        /// The table that can deny it.
        table: Capability,
    },
    /// The files of a mount could not be read.
    #[error(transparent)]
    Bake(#[from] BakeError),
    /// A mount cannot have a directory or a device that the policy wants, because of what it is baked from.
    #[error("the mount `{mount}` cannot have {wanted}: the baked {found} is in its place")]
    Obstructed {
        /// The mount's path.
        mount: String,
        /// What the policy wants.
        wanted: Wanted,
        /// What is there: its kind, and its path in the mount.
        found: String,
    },
    /// The mounts begin with more than the policy's limit.
    #[error(
        "the memory mounts begin with {entries} files, directories and links, and `max-entries` is {limit}"
    )]
    TooManyEntries {
        /// How many there are.
        entries: u64,
        /// The limit.
        limit: u64,
    },
    /// The text for standard input could not be read.
    #[error("standard input cannot be read from `{}`: {source}", path.display())]
    Stdin {
        /// The file.
        path: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// An adapter needs an interface of the host that the application does not import.
    #[error(
        "the policy needs `{interface}` of the host, which the application does not import, for the adapter `{adapter}`"
    )]
    Widens {
        /// The interface.
        interface: String,
        /// The adapter that needs it.
        adapter: Adapter,
    },
    /// An export of the application uses types that an adapter owns, so that nobody outside could use it.
    #[error(
        "the export `{export}` uses types of `{interface}`, which under this policy belong to the adapter `{adapter}` and mean nothing outside"
    )]
    Leaks {
        /// The export.
        export: String,
        /// The interface whose types it uses.
        interface: String,
        /// The adapter that owns them.
        adapter: Adapter,
    },
    /// An import that is left to the host uses types that an adapter owns, so that the host could not know them.
    #[error(
        "the import `{import}` is left to the host but uses types of `{interface}`, which under this policy belong to the adapter `{adapter}`"
    )]
    Foreign {
        /// The import.
        import: String,
        /// The interface whose types it uses.
        interface: String,
        /// The adapter that owns them.
        adapter: Adapter,
    },
    /// An import that another component answers uses types that an adapter owns, so that the other component has
    /// others of the same name.
    #[error(
        "the import `{import}` is answered by another component but uses types of `{interface}`, which under this policy belong to the adapter `{adapter}`"
    )]
    NotShared {
        /// The import.
        import: String,
        /// The interface whose types it uses.
        interface: String,
        /// The adapter that owns them.
        adapter: Adapter,
    },
    /// An embedded adapter is damaged.
    #[error("the adapter `{adapter}` cannot be read: {message}")]
    Adapter {
        /// The adapter.
        adapter: Adapter,
        /// What is wrong.
        message: String,
    },
}

/// What a policy wants in a mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A directory of its `directories`, relative to the mount.
    Directory(String),
    /// The directory at which another mount is seen, absolute.
    MountPoint(String),
    /// One of its devices, or the directory that holds them, relative to the mount.
    Device(String),
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Directory(path) => write!(f, "the directory `{path}`"),
            Self::MountPoint(path) => write!(f, "the mount `{path}` in it"),
            Self::Device(path) => write!(f, "the device `{path}`"),
        }
    }
}

impl Plan {
    /// Plans how an application with this surface is interposed under a policy. Reads the files that memory mounts
    /// start with.
    ///
    /// # Errors
    /// [`PlanError`], with all refusals at once.
    pub fn new(policy: &Policy, surface: &Surface) -> Result<Self, PlanError> {
        Self::among(policy, surface, &BTreeSet::new())
    }

    /// Like [`Plan::new`], for a component of several: the imports in `answered`, by full name, are other components',
    /// not the host's, so the policy does not decide about them.
    ///
    /// # Errors
    /// [`PlanError`], with all refusals at once.
    pub fn among(
        policy: &Policy,
        whole: &Surface,
        answered: &BTreeSet<String>,
    ) -> Result<Self, PlanError> {
        let decided = Surface {
            imports: whole
                .imports
                .iter()
                .filter(|item| !answered.contains(&item.name))
                .cloned()
                .collect(),
            exports: whole.exports.clone(),
        };
        let surface = &decided;
        let decisions = Decisions::of(policy, surface)?;
        let with_kernel = decide::needs_kernel(&decisions, surface);
        decide::unavailable(policy, &decisions, surface)?;
        network::takes_no_virtual_time(&decisions, surface)?;
        let mut configurations: Vec<(Adapter, Configuration)> = Vec::new();
        configurations.extend(environment::random_layer(&decisions, surface, with_kernel));
        configurations.extend(environment::environment_layer(&decisions, surface));
        configurations.extend(environment::clocks_layer(&decisions, surface, with_kernel));
        configurations.extend(config::config_layer(&decisions, surface));
        configurations.extend(filesystem::filesystem_layer(
            &decisions,
            surface,
            with_kernel,
        ));
        // A kernel that refuses both needs no filter below it.
        if !with_kernel || network::forwards(&decisions, surface) {
            configurations.extend(network::network_layer(&decisions, surface));
            configurations.extend(network::http_layer(&decisions, surface));
        }
        if with_kernel {
            configurations.push(kernel::layer(&decisions, surface)?);
        }
        wire::wire(decisions, configurations, surface, whole, answered)
    }

    /// The name of the component that answers an import: `host`, the name of an adapter, or words for what else there is.
    pub fn answered_by(&self, source: &Source) -> &str {
        match source {
            Source::Host => "host",
            Source::Peer => "another component",
            Source::Type => "type of another import",
            Source::Request => http_handler::REQUEST_NAME,
            Source::Stub => "stub",
            Source::Layer { layer, .. } => self.layers[*layer].adapter.name(),
        }
    }

    /// The layer that is the kernel, if there is one.
    pub fn kernel(&self) -> Option<(usize, &KernelPlan)> {
        self.layers
            .iter()
            .enumerate()
            .find_map(|(position, layer)| match &layer.configuration {
                Configuration::Kernel(plan) => Some((position, plan)),
                _ => None,
            })
    }

    /// Whether the requests to the application become the kernel's: whether another component than the application
    /// exports its `wasi:http/incoming-handler`.
    pub fn wraps_requests(&self) -> bool {
        self.kernel()
            .is_some_and(|(_, kernel)| kernel.handles_requests)
    }

    /// Whether the functions of an interface, named without version, are left to the host.
    pub fn grants(&self, interface: &str) -> bool {
        self.granted.iter().any(|(name, granted)| {
            let name = InterfaceName::parse(name);
            *granted == Granted::All && name.is_some_and(|name| name.path() == interface)
        })
    }
}
