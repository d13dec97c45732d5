//! A layer of a plan: an adapter, its configuration, and the answers to its imports.

use interpose_rules::Protocol;
use interpose_settings::{
    Clocks, ClocksConfig, EnvironmentConfig, Exit, FilesystemConfig, HostFilesystemConfig,
    HttpConfig, KernelConfig, Mount, NetworkConfig, Node, NodeKind, Random, RandomConfig,
    Source as MountSource, Stdin, Stdout, StoreConfig, StreamsConfig, Terminal, Timestamp, encode,
};
use serde::Serialize;

use super::answers::ResponsesPlan;
use super::bake::{Baked, BakedKind};
use crate::adapters::Adapter;
use crate::interface::InterfaceName;
use crate::wasi::Revision;

/// An adapter in a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// The adapter.
    pub adapter: Adapter,
    /// The adapter's configuration.
    pub configuration: LayerConfiguration,
    /// The answers to its imports, in its order.
    pub imports: Vec<Wire>,
}

/// An import and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wire {
    /// The import's full name.
    pub import: String,
    /// The provider that answers it.
    pub provider: Provider,
}

/// The provider that answers an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// The host; the composition imports the interface.
    Host,
    /// A layer's export.
    Layer {
        /// The layer's position in the plan.
        layer: usize,
        /// The export's name.
        export: String,
    },
    /// Another component of a graph.
    Peer,
    /// The provider of another import: this import is a type of that one, under its own name.
    Type,
    /// The component that holds an HTTP server's request until the kernel takes it.
    Request,
    /// A stub, because the adapter does not use the import in its present configuration.
    Stub,
}

/// The configuration of an adapter.
#[derive(Clone, Debug, PartialEq)]
pub enum LayerConfiguration {
    /// For the kernel.
    Kernel(KernelPlan),
    /// For the clock filter.
    Clocks(ClocksConfig),
    /// For the environment filter.
    Environment(EnvironmentConfig),
    /// For the filter for directories of the host.
    HostFilesystem(HostFilesystemConfig),
    /// For the random filter.
    Random(RandomConfig),
    /// For the network filter.
    Network(NetworkConfig),
    /// For the HTTP filter.
    Http(HttpConfig),
    /// For the filter for configuration values.
    Config(StoreConfig),
    /// For the adapter that gives functions of the kernel their synchronous form.
    Streams(StreamsConfig),
}

impl LayerConfiguration {
    /// The encoded configuration.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Kernel(plan) => encode(&plan.config()),
            Self::Clocks(config) => encode(config),
            Self::Environment(config) => encode(config),
            Self::HostFilesystem(config) => encode(config),
            Self::Random(config) => encode(config),
            Self::Network(config) => encode(config),
            Self::Http(config) => encode(config),
            Self::Config(config) => encode(config),
            Self::Streams(config) => encode(config),
        }
    }

    /// Whether an adapter with this configuration calls functions of an imported interface. The answer for `wasi:io`
    /// has no meaning, because all interfaces that make streams or pollables need it. `can_wait` says whether the
    /// application can wait for pollables.
    pub fn uses(&self, interface: &InterfaceName, can_wait: bool) -> bool {
        let path = interface.path();
        let path = path.as_str();
        match self {
            Self::Kernel(plan) => plan.uses(path, interface.revision()),
            Self::Clocks(config) => match config.mode {
                Clocks::Host | Clocks::Offset { .. } | Clocks::Coarse { .. } => true,
                // A wait takes real time even while the clock stands still.
                Clocks::Frozen { .. } => can_wait && path == "wasi:clocks/monotonic-clock",
                Clocks::Virtual { .. } | Clocks::Deny => false,
            },
            Self::Environment(config) => match path {
                "wasi:cli/exit" => config.exit == Exit::Host,
                _ => {
                    !config.variables.inherit.is_empty()
                        || config.arguments == interpose_settings::ArgumentsConfig::Host
                        || (config.inherit_cwd && config.cwd.is_none())
                }
            },
            // It imports only types of `wasi:clocks`.
            Self::HostFilesystem(config) => {
                !config.mounts.is_empty() && path.starts_with("wasi:filesystem/")
            }
            Self::Random(config) => config.mode == Random::Host,
            Self::Network(config) => network_uses(config, path),
            Self::Http(config) => match path {
                // Even a refused request is a resource of the host.
                "wasi:http/types" => true,
                "wasi:http/outgoing-handler" | "wasi:http/client" | "wasi:http/handler" => {
                    !config.rules.allow.is_empty()
                }
                _ => false,
            },
            Self::Config(config) => !config.inherit.is_empty(),
            // All of it is the kernel's.
            Self::Streams(_) => path.starts_with("wasi-interpose:"),
        }
    }
}

/// Whether the network filter calls functions of an interface that it imports.
fn network_uses(config: &NetworkConfig, path: &str) -> bool {
    let rules = &config.rules;
    let tcp = rules.allow_sockets(Protocol::Tcp);
    let udp = rules.allow_sockets(Protocol::Udp);
    match path {
        "wasi:sockets/network" | "wasi:sockets/instance-network" => {
            tcp || udp || rules.allow_lookups()
        }
        "wasi:sockets/ip-name-lookup" => rules.allow_lookups(),
        "wasi:sockets/types" => tcp || udp || rules.allow_lookups(),
        "wasi:sockets/tcp" | "wasi:sockets/tcp-create-socket" => tcp,
        "wasi:sockets/udp" | "wasi:sockets/udp-create-socket" => udp,
        _ => false,
    }
}

/// The configuration of a kernel, including the files that its mounts start with.
#[derive(Clone, Debug, PartialEq)]
pub struct KernelPlan {
    /// The clocks.
    pub clocks: Clocks,
    /// Whether the kernel may read the host's wall clock if `clocks` is the host's.
    pub wall_clock: bool,
    /// Whether this clock of the host is `wasi:clocks/system-clock` of WASI 0.3.
    pub system_clock: bool,
    /// Standard input.
    pub stdin: StdinPlan,
    /// Standard output.
    pub stdout: StdoutPlan,
    /// Standard error.
    pub stderr: StdoutPlan,
    /// Whether `/dev/urandom` can be read.
    pub random_device: bool,
    /// Whether its bytes come from the interface of WASI 0.3.
    pub random_p3: bool,
    /// Whether the application is an HTTP server whose requests the kernel wraps.
    pub handles_requests: bool,
    /// The answers to HTTP requests; `None` if the kernel answers none.
    pub responses: Option<ResponsesPlan>,
    /// Bytes that all memory mounts together may hold.
    pub max_bytes: u64,
    /// Entries that all memory mounts together may hold.
    pub max_entries: u64,
    /// The preopens.
    pub mounts: Vec<MountPlan>,
    /// The times of baked entries that have no time of their own.
    pub baked_at: Timestamp,
}

/// Standard input of a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StdinPlan {
    /// The host's.
    Host(Terminal),
    /// The host's, read to its end before the application gets any of it.
    Whole,
    /// Empty from the start.
    Closed,
    /// Each stream fails when it is read.
    Denied,
    /// These bytes.
    Bytes(Vec<u8>),
}

/// Standard output or error of a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StdoutPlan {
    /// The host's.
    Host(Terminal),
    /// No destination.
    Discard,
    /// Each stream fails when it is written.
    Denied,
    /// The host's, with this text in front of each line.
    Prefix(String),
}

/// A preopen of a kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct MountPlan {
    /// The name of the preopen.
    pub path: String,
    /// Whether a mount in memory refuses changes.
    pub read_only: bool,
    /// The files that it shows.
    pub contents: MountContents,
}

/// The files that a preopen of a kernel shows.
#[derive(Clone, Debug, PartialEq)]
pub enum MountContents {
    /// Files in memory.
    Memory {
        /// The entries at the start.
        baked: Vec<Baked>,
        /// The directory of the usual devices, relative to the mount; `None` for no devices.
        devices: Option<&'static str>,
    },
    /// A directory of the host, which the filter below the kernel shows under the preopen's own name.
    Host,
    /// Files in memory over a directory of the host, which the filter below the kernel shows.
    Overlay {
        /// The entries in memory at the start, over those of the host.
        baked: Vec<Baked>,
        /// The directory of the usual devices, as in [`MountContents::Memory`].
        devices: Option<&'static str>,
    },
    /// All preopens of the host.
    HostPreopens,
}

impl MountContents {
    /// The entries that a mount has in memory: the baked ones and its devices.
    pub(super) fn in_memory(&self) -> Option<(&[Baked], Option<&'static str>)> {
        match self {
            Self::Memory { baked, devices } | Self::Overlay { baked, devices } => {
                Some((baked, *devices))
            }
            Self::Host | Self::HostPreopens => None,
        }
    }
}

impl KernelPlan {
    /// The configuration that the kernel decodes.
    pub fn config(&self) -> KernelConfig<'_> {
        KernelConfig {
            filesystem: FilesystemConfig {
                max_bytes: self.max_bytes,
                max_entries: self.max_entries,
                mounts: self.mounts.iter().map(|mount| self.mount(mount)).collect(),
            },
            clocks: self.clocks,
            wall_clock: self.wall_clock,
            system_clock: self.system_clock,
            stdin: match &self.stdin {
                StdinPlan::Host(terminal) => Stdin::Host(*terminal),
                StdinPlan::Whole => Stdin::Whole,
                StdinPlan::Closed => Stdin::Closed,
                StdinPlan::Denied => Stdin::Denied,
                StdinPlan::Bytes(bytes) => Stdin::Bytes(bytes),
            },
            stdout: output(&self.stdout),
            stderr: output(&self.stderr),
            random_device: self.random_device,
            random_p3: self.random_p3,
            responses: self.responses.as_ref().map(ResponsesPlan::config),
        }
    }

    fn mount<'a>(&self, mount: &'a MountPlan) -> Mount<'a> {
        let source = match &mount.contents {
            MountContents::Host => MountSource::Host,
            MountContents::HostPreopens => MountSource::HostPreopens,
            MountContents::Memory { baked, devices } => {
                MountSource::Memory(self.nodes(baked, *devices))
            }
            MountContents::Overlay { baked, devices } => {
                MountSource::Overlay(self.nodes(baked, *devices))
            }
        };
        Mount {
            path: mount.path.clone(),
            read_only: mount.read_only,
            source,
        }
    }

    fn nodes<'a>(&self, baked: &'a [Baked], devices: Option<&str>) -> Vec<Node<'a>> {
        let mut nodes: Vec<Node<'a>> = baked
            .iter()
            .map(|entry| node(entry, self.baked_at))
            .collect();
        if let Some(directory) = devices {
            nodes.extend(device_nodes(directory, self.baked_at));
        }
        nodes
    }

    fn uses(&self, path: &str, revision: Option<Revision>) -> bool {
        let is_p3 = revision == Some(Revision::P3);
        let terminal = |host: Option<Terminal>| host == Some(Terminal::Host);
        let stdin = match self.stdin {
            StdinPlan::Host(terminal) => Some(terminal),
            StdinPlan::Whole => Some(Terminal::Never),
            StdinPlan::Closed | StdinPlan::Denied | StdinPlan::Bytes(_) => None,
        };
        let host_of = |output: &StdoutPlan| match output {
            StdoutPlan::Host(terminal) => Some(*terminal),
            StdoutPlan::Prefix(_) => Some(Terminal::Never),
            StdoutPlan::Discard | StdoutPlan::Denied => None,
        };
        let (stdout, stderr) = (host_of(&self.stdout), host_of(&self.stderr));
        match path {
            "wasi:cli/stdin" => stdin.is_some(),
            "wasi:cli/stdout" => stdout.is_some(),
            "wasi:cli/stderr" => stderr.is_some(),
            "wasi:cli/terminal-stdin" | "wasi:cli/terminal-input" => terminal(stdin),
            "wasi:cli/terminal-stdout" => terminal(stdout),
            "wasi:cli/terminal-stderr" => terminal(stderr),
            "wasi:cli/terminal-output" => terminal(stdout) || terminal(stderr),
            "wasi:filesystem/types" | "wasi:filesystem/preopens" => self
                .mounts
                .iter()
                .any(|mount| !matches!(mount.contents, MountContents::Memory { .. })),
            "wasi:clocks/monotonic-clock" => self.clocks == Clocks::Host,
            "wasi:clocks/wall-clock" => {
                self.clocks == Clocks::Host && self.wall_clock && !self.system_clock
            }
            "wasi:clocks/system-clock" => {
                self.clocks == Clocks::Host && self.wall_clock && self.system_clock
            }
            "wasi:random/random" => self.random_device && self.random_p3 == is_p3,
            "wasi-interpose:adapters/incoming" => self.handles_requests,
            // Only the kernel's builds that forward these interfaces import them.
            _ if path.starts_with("wasi:http/") => {
                let responses = self.responses.as_ref();
                responses.is_none_or(|responses| responses.uses(path))
            }
            _ => path.starts_with("wasi:sockets/"),
        }
    }
}

fn output(output: &StdoutPlan) -> Stdout<'_> {
    match output {
        StdoutPlan::Host(terminal) => Stdout::Host(*terminal),
        StdoutPlan::Discard => Stdout::Discard,
        StdoutPlan::Denied => Stdout::Denied,
        StdoutPlan::Prefix(prefix) => Stdout::Prefix(prefix),
    }
}

fn node(entry: &Baked, baked_at: Timestamp) -> Node<'_> {
    let kind = match &entry.kind {
        BakedKind::Directory => NodeKind::Directory,
        BakedKind::File(contents) => NodeKind::File(contents),
        BakedKind::Symlink(target) => NodeKind::Symlink(target),
    };
    Node {
        path: entry.path.clone(),
        modified: entry.modified.unwrap_or(baked_at),
        kind,
    }
}

/// The devices of `devices = true`, and the directory that holds them.
pub(super) fn device_nodes<'a>(
    directory: &str,
    modified: Timestamp,
) -> impl Iterator<Item = Node<'a>> + use<'a> {
    let prefix = if directory.is_empty() {
        String::new()
    } else {
        format!("{directory}/")
    };
    let holder = (!directory.is_empty()).then(|| (directory.to_owned(), NodeKind::Directory));
    let devices = [
        ("null", NodeKind::Null),
        ("stderr", NodeKind::Stderr),
        ("stdin", NodeKind::Stdin),
        ("stdout", NodeKind::Stdout),
        ("urandom", NodeKind::Random),
        ("zero", NodeKind::Zero),
    ];
    holder
        .into_iter()
        .chain(
            devices
                .into_iter()
                .map(move |(name, kind)| (format!("{prefix}{name}"), kind)),
        )
        .map(move |(path, kind)| Node {
            path,
            modified,
            kind,
        })
}
