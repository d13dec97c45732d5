//! The grant, which is what the host gives to a component, and how it follows from a policy: the interfaces that the
//! plan leaves to the host, restricted to what the policy names.

use std::collections::BTreeSet;
use std::path::PathBuf;

use interpose_policy::model::{Access, ArgumentList, Limits, NamePattern, Source};
use miette::Diagnostic;
use thiserror::Error;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

use crate::network::Network;
use crate::observing::Observer;
use crate::playing::Player;
use crate::requests::Http;
use wasi_interpose::configurations::Configuration;
use wasi_interpose::graph::Assembled;
use wasi_interpose::plan::Plan;
use wasi_interpose::reports::Report;
use wasi_interpose::resolved::{Decisions, Given};
use wasi_interpose::wasi::without_error;

/// The interfaces of `wasi:sockets` through which a program reaches the network: three of WASI 0.2, and two of 0.3, of which
/// 0.2 has one too, where it needs the first.
const NETWORK: [&str; 5] = [
    "wasi:sockets/instance-network",
    "wasi:sockets/tcp-create-socket",
    "wasi:sockets/udp-create-socket",
    "wasi:sockets/types",
    "wasi:sockets/ip-name-lookup",
];

/// The interfaces of WASI 0.2 and of 0.3 that make HTTP requests.
const HTTP: [&str; 2] = ["wasi:http/outgoing-handler", "wasi:http/client"];

/// The access that the host gives to a component. The default gives none except to the interfaces that
/// [`Grant::trapping`] can deny, such as clocks and random numbers.
///
/// The adapters of a composition enforce its policy alone. A grant from [`Grant::of`] makes the host enforce the same
/// policy a second time, which also restrains an application without adapters. The host's enforcement is coarser than
/// that of the adapters:
///
/// - The host opens the whole of a directory that a policy mounts: only adapters enforce subtrees and hidden paths.
/// - The host sees neither which names are looked up nor which addresses a name has.
/// - The host changes no headers of requests, and refuses requests whose headers the policy would change.
/// - The host gives clocks, random numbers and `exit` unchanged or not at all.
///
/// An application without adapters gets nothing that adapters provide (files in memory, virtual time, seeded numbers,
/// variables and values that the policy sets, input from a text, prefixes of output): the host refuses a call, or traps
/// if the function has no error.
#[derive(Clone, Debug, Default)]
pub struct Grant {
    /// The source of standard input.
    pub stdin: Input,
    /// The destination of standard output.
    pub stdout: Output,
    /// The destination of standard error.
    pub stderr: Output,
    /// Command-line arguments, the program's name first.
    pub arguments: Vec<String>,
    /// Environment variables.
    pub variables: Vec<(String, String)>,
    /// Preopened directories.
    pub directories: Vec<Directory>,
    /// Sockets and name lookups.
    pub network: Network,
    /// Outgoing HTTP requests.
    pub http: Http,
    /// The values of `wasi:config/store` and `wasi:config/runtime`.
    pub config: Vec<(String, String)>,
    /// Interfaces, named without version, whose functions trap because they have no error with which to refuse, such as
    /// clocks, random numbers and `exit`.
    pub trapping: BTreeSet<String>,
    /// Whether the bits of floating-point numbers that are not a number (NaN), and the results of relaxed SIMD, are the
    /// same on every processor. Computing with floating-point numbers then takes longer.
    /// [`Host::for_grant`](crate::Host::for_grant) makes a host that can run such a grant.
    pub deterministic: bool,
    /// The limits of a run; with a server, of each request.
    pub limits: Limits,
    /// The configurations for the adapters of an open composition: its
    /// [`configurations`](wasi_interpose::compose::Composition::configurations). [`Grant::of`] leaves this empty.
    pub configurations: Vec<Configuration>,
    /// Who is told of the events that probes report. [`Grant::of`] leaves this empty.
    pub observers: Vec<Observer>,
    /// Who plays what an application does that gets its answers from a recording; see
    /// [`replaying`](wasi_interpose::probe::replaying). [`Grant::of`] leaves this empty.
    pub player: Option<Player>,
    /// The imports by which adapters tell of refused calls: the composition's
    /// [`reports`](wasi_interpose::compose::Composition::reports). [`Grant::of`] leaves this empty.
    pub reports: Vec<Report>,
}

/// A directory that the host opens for a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    /// The directory on this machine.
    pub path: PathBuf,
    /// The preopen's name.
    pub name: String,
    /// Whether changes are refused.
    pub read_only: bool,
}

/// The source of standard input.
#[derive(Clone, Debug, Default)]
pub enum Input {
    /// Empty: the first read finds the end.
    #[default]
    Closed,
    /// Standard input of this process.
    Inherit,
    /// These bytes.
    Bytes(Vec<u8>),
}

/// The destination of an output.
#[derive(Clone, Debug, Default)]
pub enum Output {
    /// No destination.
    #[default]
    Discard,
    /// The same stream of this process.
    Inherit,
    /// A buffer that can be read afterwards.
    Buffer(Buffer),
}

/// A buffer that collects an output. Clones share their contents.
#[derive(Clone, Debug)]
pub struct Buffer(MemoryOutputPipe);

impl Buffer {
    /// The size in bytes beyond which the component's writes trap: 1 GiB.
    const CAPACITY: usize = 1 << 30;

    /// The pipe that the host writes to.
    pub(super) fn pipe(&self) -> MemoryOutputPipe {
        self.0.clone()
    }

    /// All bytes that were written so far.
    pub fn contents(&self) -> Vec<u8> {
        self.0.contents().to_vec()
    }
}

impl Default for Buffer {
    fn default() -> Self {
        Self(MemoryOutputPipe::new(Self::CAPACITY))
    }
}

/// The access that an embedder can give. Of this, a component gets what its policy permits, as [`Grant::of`] says. The
/// default offers nothing.
#[derive(Clone, Debug, Default)]
pub struct Offer {
    /// The source of standard input.
    pub stdin: Input,
    /// The destination of standard output.
    pub stdout: Output,
    /// The destination of standard error.
    pub stderr: Output,
    /// Command-line arguments, the program's name first.
    pub arguments: Vec<String>,
    /// Environment variables.
    pub variables: Vec<(String, String)>,
    /// Directories of this machine, for mounts of the host's preopens of these names. A mount of a preopen that is not
    /// among them shows the directory that its policy names.
    pub directories: Vec<Directory>,
    /// Values for `wasi:config/store`.
    pub config: Vec<(String, String)>,
}

impl Offer {
    /// The standard streams and the environment variables of this process.
    pub fn inherit() -> Self {
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            // Variables that are not Unicode cannot be passed to a component.
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self {
            stdin: Input::Inherit,
            stdout: Output::Inherit,
            stderr: Output::Inherit,
            variables: variables.collect(),
            ..Self::default()
        }
    }
}

/// Why a graph's components cannot be given the directories that their policies name.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum GrantError {
    /// A component inherits all directories of the host, so it would also get those that the policies of others name.
    #[error(
        "`{component}` inherits the whole filesystem of the host, so it would see the directories of the other components"
    )]
    #[diagnostic(
        code("grant::whole-filesystem"),
        help("name what it gets under `[filesystem]` of its policy")
    )]
    WholeFilesystem {
        /// The component.
        component: String,
    },
    /// Two components have different directories of the same name, and adapters tell directories apart only by name.
    #[error(
        "`{component}` and another component name different directories `{name}`: `{}` and `{}`",
        first.display(), second.display()
    )]
    #[diagnostic(
        code("grant::same-name"),
        help("give one of them another name: `preopen = \"…\"` in its mount")
    )]
    SameName {
        /// The name of the preopen.
        name: String,
        /// The component whose directory comes second.
        component: String,
        /// The directory of the other component.
        first: PathBuf,
        /// The directory of this component.
        second: PathBuf,
    },
}

impl Grant {
    /// The access of a component with this plan: the part of the offer, of networks and of HTTP that the plan leaves to
    /// the host, restricted to what the policy names.
    pub fn of(plan: &Plan, offer: &Offer) -> Self {
        Self::narrowed(&plan.decisions, &|interface| plan.grants(interface), offer)
    }

    /// The union of the members' grants; each member's adapters enforce its share.
    ///
    /// # Errors
    /// [`GrantError`] when no adapter keeps a component from the directories of another.
    pub fn of_graph(assembled: &Assembled, offer: &Offer) -> Result<Self, GrantError> {
        let mut all = Self {
            trapping: without_error().map(str::to_owned).collect(),
            ..Self::default()
        };
        for member in &assembled.members {
            let decisions = &member.composition.plan.decisions;
            let grants = |interface: &str| member.grants(interface);
            let grant = Self::narrowed(decisions, &grants, offer);
            all.refuse_same_names(&grant, &member.name)?;
            all.add(grant);
        }
        let sees_directories = assembled
            .members
            .iter()
            .filter(|member| member.grants("wasi:filesystem/preopens"))
            .map(|member| (member, &member.composition.plan.decisions));
        let names_directories = sees_directories
            .clone()
            .any(|(_, decisions)| !directories(decisions, &Offer::default()).is_empty());
        let mut whole = sees_directories.filter(|(_, decisions)| decisions.inherits_preopens());
        match whole.next().filter(|_| names_directories) {
            Some((member, _)) => Err(GrantError::WholeFilesystem {
                component: member.name.clone(),
            }),
            None => Ok(all),
        }
    }

    fn narrowed(decisions: &Decisions, grants: &dyn Fn(&str) -> bool, offer: &Offer) -> Self {
        let output = |interface: &str, output: &Output| match grants(interface) {
            true => output.clone(),
            false => Output::Discard,
        };
        let environment = grants("wasi:cli/environment");
        let arguments = (decisions.arguments.rules())
            .is_none_or(|arguments| arguments.list == ArgumentList::Inherit);
        let mut grant = Self {
            stdin: match grants("wasi:cli/stdin") {
                true => offer.stdin.clone(),
                false => Input::Closed,
            },
            deterministic: decisions.are_deterministic(),
            limits: decisions.limits.clone(),
            stdout: output("wasi:cli/stdout", &offer.stdout),
            stderr: output("wasi:cli/stderr", &offer.stderr),
            ..Self::default()
        };
        if environment && arguments {
            grant.arguments = offer.arguments.clone();
        }
        if environment {
            let table = decisions.environment.rules();
            let names = table.map(|table| (&table.inherit, &table.except));
            grant.variables = inherited(names, &offer.variables);
        }
        // No adapter answers the interface's name in an older draft, so a policy leaves it to the host completely or
        // not at all.
        if grants("wasi:config/runtime") {
            grant.config = offer.config.clone();
        } else if grants("wasi:config/store") {
            let table = decisions.config.rules();
            let names = table.map(|table| (&table.inherit, &table.except));
            grant.config = inherited(names, &offer.config);
        }
        if grants("wasi:filesystem/preopens") {
            grant.directories = directories(decisions, offer);
        }
        // A component can create a socket, and do a few things with it, without a network.
        if NETWORK.iter().any(|interface| grants(interface)) {
            grant.network = match &decisions.network {
                Given::Host => Network::Inherit,
                Given::Only(rules) => Network::Rules(vec![rules.clone()]),
            };
        }
        if HTTP.iter().any(|interface| grants(interface)) {
            grant.http = match &decisions.http {
                Given::Host => Http::Inherit,
                Given::Only(table) => Http::Rules(vec![table.clone()]),
            };
        }
        let refused = without_error().filter(|interface| !grants(interface));
        grant.trapping = refused.map(str::to_owned).collect();
        grant
    }

    /// Refuses a component's directory that has the same name as another component's different directory.
    fn refuse_same_names(&self, grant: &Self, component: &str) -> Result<(), GrantError> {
        for second in &grant.directories {
            let same = |first: &&Directory| first.name == second.name && first.path != second.path;
            if let Some(first) = self.directories.iter().find(same) {
                return Err(GrantError::SameName {
                    name: second.name.clone(),
                    component: component.to_owned(),
                    first: first.path.clone(),
                    second: second.path.clone(),
                });
            }
        }
        Ok(())
    }

    /// Adds the access of another grant from the same offer. Of two limits the stricter one remains, because limits
    /// hold for the assembled component.
    fn add(&mut self, other: Self) {
        self.deterministic |= other.deterministic;
        self.limits = std::mem::take(&mut self.limits).strictest(other.limits);
        if matches!(self.stdin, Input::Closed) {
            self.stdin = other.stdin;
        }
        for (into, output) in [
            (&mut self.stdout, other.stdout),
            (&mut self.stderr, other.stderr),
        ] {
            if matches!(into, Output::Discard) {
                *into = output;
            }
        }
        if self.arguments.is_empty() {
            self.arguments = other.arguments;
        }
        for (into, from) in [
            (&mut self.variables, other.variables),
            (&mut self.config, other.config),
        ] {
            for entry in from {
                if !into.contains(&entry) {
                    into.push(entry);
                }
            }
        }
        for directory in other.directories {
            add_directory(&mut self.directories, directory);
        }
        self.network = match (std::mem::take(&mut self.network), other.network) {
            (Network::Inherit, _) | (_, Network::Inherit) => Network::Inherit,
            (Network::Rules(mut rules), Network::Rules(others)) => {
                rules.extend(others);
                Network::Rules(rules)
            }
            (Network::Denied, network) | (network, Network::Denied) => network,
        };
        self.http = match (std::mem::take(&mut self.http), other.http) {
            (Http::Inherit, _) | (_, Http::Inherit) => Http::Inherit,
            (Http::Rules(mut tables), Http::Rules(others)) => {
                tables.extend(others);
                Http::Rules(tables)
            }
            (Http::Denied, http) | (http, Http::Denied) => http,
        };
        self.trapping
            .retain(|interface| other.trapping.contains(interface));
    }
}

/// The offered names and values that the component inherits: all of them, or those that match the first patterns and
/// not the second.
fn inherited(
    names: Option<(&Vec<NamePattern>, &Vec<NamePattern>)>,
    offered: &[(String, String)],
) -> Vec<(String, String)> {
    let passes = |name: &str| {
        let matches =
            |patterns: &[NamePattern]| patterns.iter().any(|pattern| pattern.matches(name));
        names.is_none_or(|(inherit, except)| matches(inherit) && !matches(except))
    };
    let passed = offered.iter().filter(|(name, _)| passes(name));
    passed.cloned().collect()
}

/// The directories that a host has to open for mounts of the host; all offered directories if the filesystem is the
/// host's.
fn directories(decisions: &Decisions, offer: &Offer) -> Vec<Directory> {
    let Some(filesystem) = decisions.filesystem.rules() else {
        return offer.directories.clone();
    };
    let is_mount = |name: &String| filesystem.mounts.iter().any(|mount| mount.path == *name);
    let inherited = offer.directories.iter().filter(|_| filesystem.inherit);
    let inherited = inherited.filter(|directory| !is_mount(&directory.name));
    let mut opened: Vec<Directory> = inherited.cloned().collect();
    for mount in &filesystem.mounts {
        let (host, read_only) = match &mount.source {
            Source::Memory(_) => continue,
            Source::Host(host) => (host, mount.access == Access::ReadOnly),
            // The adapter keeps changes of an overlay in memory.
            Source::Overlay(_, host) => (host, true),
        };
        let mut offered = offer.directories.iter();
        let offered = offered.find(|directory| directory.name == host.preopen);
        let directory = Directory {
            path: offered.map_or_else(
                || host.directory.clone(),
                |directory| directory.path.clone(),
            ),
            name: host.preopen.clone(),
            read_only: read_only || offered.is_some_and(|directory| directory.read_only),
        };
        add_directory(&mut opened, directory);
    }
    opened
}

/// Adds a directory. Several mounts may show parts of one directory: it is opened once, and changes are permitted if
/// one mount permits them.
fn add_directory(opened: &mut Vec<Directory>, directory: Directory) {
    match opened.iter_mut().find(|other| other.name == directory.name) {
        Some(other) => other.read_only &= directory.read_only,
        None => opened.push(directory),
    }
}
