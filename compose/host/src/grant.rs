//! What the host gives to a component, and how it follows from a policy: what the plan leaves to the host, and of that
//! no more than the policy names.

use std::collections::BTreeSet;
use std::path::PathBuf;

use interpose_policy::model::{Access, ArgumentList, Limits, NamePattern, Source};
use miette::Diagnostic;
use thiserror::Error;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

use crate::network::Network;
use crate::requests::Http;
use wasi_interpose::configurations::Configuration;
use wasi_interpose::graph::Assembled;
use wasi_interpose::plan::Plan;
use wasi_interpose::resolved::{Decisions, Given};
use wasi_interpose::wasi::INTERFACES;

/// The interfaces of `wasi:sockets` that a program gets something of the network from.
const NETWORK: [&str; 3] = [
    "wasi:sockets/instance-network",
    "wasi:sockets/tcp-create-socket",
    "wasi:sockets/udp-create-socket",
];

/// What the host gives to a component. The default gives nothing but what [`Grant::trapping`] is about.
///
/// The adapters of a composition hold its policy by themselves. That the host gives no more either, where the grant is
/// [`Grant::of`] the same policy, is a second line: it holds for an application without adapters too. It is coarser than
/// they are:
///
/// - Of a directory that a policy mounts, the host opens the whole: subtrees and hidden paths are the adapters' to hold.
/// - It does not see which names are looked up, and not which addresses a name has led to.
/// - It changes no headers of requests, and refuses those that should have been changed.
/// - Clocks, random numbers and `exit` it gives as they are or not at all.
///
/// What is not the host's (files in memory, virtual time, seeded numbers, variables and values that the policy sets, input
/// from a text, prefixes of output) an application without adapters does not get: it is refused, or traps where there
/// is no error.
#[derive(Clone, Debug, Default)]
pub struct Grant {
    /// What the component reads from standard input.
    pub stdin: Input,
    /// Where standard output goes.
    pub stdout: Output,
    /// Where standard error goes.
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
    /// What `wasi:config/store` holds, and `wasi:config/runtime`.
    pub config: Vec<(String, String)>,
    /// Interfaces, named without version, whose functions trap: for those that have no error with which to refuse, such
    /// as clocks, random numbers and `exit`.
    pub trapping: BTreeSet<String>,
    /// Whether the bits of numbers that are not a number (NaN), and the results of relaxed SIMD, are the same on every
    /// processor. Computing with floating-point numbers takes longer then. [`Host::for_grant`](crate::Host::for_grant)
    /// makes a host that does so.
    pub deterministic: bool,
    /// What a run, or with a server each request, may take.
    pub limits: Limits,
    /// What the adapters of an open composition are configured with: its
    /// [`configurations`](wasi_interpose::compose::Composition::configurations). [`Grant::of`] does not set this.
    pub configurations: Vec<Configuration>,
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

/// Where standard input comes from.
#[derive(Clone, Debug, Default)]
pub enum Input {
    /// Nothing to read.
    #[default]
    Closed,
    /// This process's.
    Inherit,
    /// These bytes.
    Bytes(Vec<u8>),
}

/// Where an output goes.
#[derive(Clone, Debug, Default)]
pub enum Output {
    /// Nowhere.
    #[default]
    Discard,
    /// This process's.
    Inherit,
    /// A buffer that can be read afterwards.
    Buffer(Buffer),
}

/// A buffer that collects an output. Clones share their contents.
#[derive(Clone, Debug)]
pub struct Buffer(MemoryOutputPipe);

impl Buffer {
    /// Bytes that a buffer takes before the component's writes trap: 1 GiB.
    const CAPACITY: usize = 1 << 30;

    /// Where the host writes to.
    pub(super) fn pipe(&self) -> MemoryOutputPipe {
        self.0.clone()
    }

    /// What has been written so far.
    pub fn contents(&self) -> Vec<u8> {
        self.0.contents().to_vec()
    }
}

impl Default for Buffer {
    fn default() -> Self {
        Self(MemoryOutputPipe::new(Self::CAPACITY))
    }
}

/// What an embedder has to give. A component gets of it what its policy lets through, as [`Grant::of`] says. The default
/// has nothing.
#[derive(Clone, Debug, Default)]
pub struct Offer {
    /// What can be read from standard input.
    pub stdin: Input,
    /// Where standard output goes.
    pub stdout: Output,
    /// Where standard error goes.
    pub stderr: Output,
    /// Command-line arguments, the program's name first.
    pub arguments: Vec<String>,
    /// Environment variables.
    pub variables: Vec<(String, String)>,
    /// Directories of this machine, for mounts of the host's preopens of these names. A mount of another name shows the
    /// directory that its policy names.
    pub directories: Vec<Directory>,
    /// Values for `wasi:config/store`.
    pub config: Vec<(String, String)>,
}

impl Offer {
    /// The standard streams and the environment variables of this process.
    pub fn inherit() -> Self {
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            // Those that are no Unicode cannot be passed to a component.
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

/// Why several components cannot be given what their policies name.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum GrantError {
    /// A component inherits all directories of the host, so that it would get those that the policies of others name.
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
    /// Two components name different directories alike, and an adapter knows a directory by its name alone.
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
        /// The one directory.
        first: PathBuf,
        /// The other directory.
        second: PathBuf,
    },
}

impl Grant {
    /// What a component with this plan under this policy gets of what is offered, of networks and of HTTP: what the plan
    /// leaves to the host, and of that no more than the policy names.
    pub fn of(plan: &Plan, offer: &Offer) -> Self {
        Self::narrowed(&plan.decisions, &|interface| plan.grants(interface), offer)
    }

    /// The union of what several components in one get; each component's adapters enforce its share.
    ///
    /// # Errors
    /// [`GrantError`] when a component has no adapter that keeps something from it which is meant for another.
    pub fn of_graph(assembled: &Assembled, offer: &Offer) -> Result<Self, GrantError> {
        let mut all = Self {
            trapping: without_errors().map(str::to_owned).collect(),
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
        // What an older draft called it has no adapter, and is left to the host as a whole or not at all.
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
        // A socket is made without a network, and is of some use without one.
        if NETWORK.iter().any(|interface| grants(interface)) {
            grant.network = match &decisions.network {
                Given::Host => Network::Inherit,
                Given::Only(rules) => Network::Rules(vec![rules.clone()]),
            };
        }
        if grants("wasi:http/outgoing-handler") {
            grant.http = match &decisions.http {
                Given::Host => Http::Inherit,
                Given::Only(table) => Http::Rules(vec![table.clone()]),
            };
        }
        let refused = without_errors().filter(|interface| !grants(interface));
        grant.trapping = refused.map(str::to_owned).collect();
        grant
    }

    /// Refuses a component's directory that has the name of another.
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

    /// Gives also what another grant gives that was made from the same offer. Limits are those of the whole: the stricter
    /// ones.
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

/// The interfaces whose functions have no error with which to refuse.
fn without_errors() -> impl Iterator<Item = &'static str> {
    let interfaces = INTERFACES.iter();
    let without = interfaces.filter(|interface| !interface.has_errors);
    without.map(|interface| interface.path)
}

/// Which of the offered names are passed on: all, or those that the first patterns mean and the others do not.
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

/// The directories that a host has to open for mounts of the host; where the filesystem is the host's, all that are offered.
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
            // What is written stays in memory.
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

/// Adds a directory. Several mounts may show parts of one: it is opened once, so that each of them can do what it may.
fn add_directory(opened: &mut Vec<Directory>, directory: Directory) {
    match opened.iter_mut().find(|other| other.name == directory.name) {
        Some(other) => other.read_only &= directory.read_only,
        None => opened.push(directory),
    }
}
