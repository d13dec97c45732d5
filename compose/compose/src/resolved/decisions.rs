//! What an application gets of each capability.

use interpose_policy::covered::has_table;
use interpose_policy::model::{
    Arguments, Clocks, Config, Environment, Exit, Fallback, Filesystem, Http, Limits, Network,
    NetworkRules, Random, Stdin, Stdout,
};
use interpose_policy::{InterfacePattern, Policy};
use interpose_rules::Protocol;

use crate::interface::InterfaceName;
use crate::wasi::{Capability, is_known};

/// The decision about a capability that has rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given<T> {
    /// The application gets the host's, all of it.
    Host,
    /// The application gets the part that these rules permit. Empty rules permit nothing.
    Only(T),
}

impl<T> Given<T> {
    /// Whether the application gets all of the host's.
    pub fn is_host(&self) -> bool {
        matches!(self, Self::Host)
    }

    /// The rules; `None` if the application gets all of the host's.
    pub fn rules(&self) -> Option<&T> {
        match self {
            Self::Host => None,
            Self::Only(rules) => Some(rules),
        }
    }
}

/// The decisions about all capabilities.
#[derive(Clone, Debug, PartialEq)]
pub struct Decisions {
    /// Command-line arguments and the initial working directory.
    pub arguments: Given<Arguments>,
    /// Environment variables.
    pub environment: Given<Environment>,
    /// The exit of the application.
    pub exit: Exit,
    /// Standard input. [`Stdin::Inherit`] leaves the host's stream to the application, but no other interface that a
    /// host may have for it.
    pub stdin: Given<Stdin>,
    /// Standard output; [`Stdout::Inherit`] means the same as for input.
    pub stdout: Given<Stdout>,
    /// Standard error.
    pub stderr: Given<Stdout>,
    /// Whether a stream of the host is a terminal if the host says so.
    pub terminals: bool,
    /// Preopens.
    pub filesystem: Given<Filesystem>,
    /// Sockets and name lookups.
    pub network: Given<NetworkRules>,
    /// Outgoing HTTP requests.
    pub http: Given<Http>,
    /// Time.
    pub clocks: Clocks,
    /// Random numbers.
    pub random: Random,
    /// Configuration values.
    pub config: Given<Config>,
    /// Whether the host answers all interfaces that no table decides about.
    pub rest_is_hosts: bool,
    /// The interfaces that the policy leaves to the host by name.
    pub by_name: Vec<InterfacePattern>,
    /// The limits of a run. Adapters do not enforce them.
    pub limits: Limits,
}

impl Decisions {
    /// The decisions for any application, as if the policy decided about all imports: a capability that it does not
    /// decide about counts as denied.
    pub fn of_any(policy: &Policy) -> Self {
        let inherits = policy.default == Fallback::Inherit;
        let stdio = &policy.stdio;
        Self {
            arguments: given(inherits, &policy.arguments),
            environment: given(inherits, &policy.environment),
            exit: named_or(&policy.exit, || match inherits {
                true => Exit::Host,
                false => Exit::Trap,
            }),
            stdin: given_or(inherits, &stdio.stdin, Stdin::Closed),
            stdout: given_or(inherits, &stdio.stdout, Stdout::Discard),
            stderr: given_or(inherits, &stdio.stderr, Stdout::Discard),
            terminals: stdio.terminals != Some(false),
            filesystem: match given(inherits, &policy.filesystem) {
                Given::Only(filesystem) if filesystem.inherit && filesystem.mounts.is_empty() => {
                    Given::Host
                }
                given => given,
            },
            network: given(inherits, &policy.network.as_ref().map(Network::all_rules)),
            http: given(inherits, &policy.http),
            clocks: named_or(&policy.clocks, || match inherits {
                true => Clocks::Host,
                false => Clocks::Deny,
            }),
            random: named_or(&policy.random, || match inherits {
                true => Random::Host,
                false => Random::Deny,
            }),
            config: given(inherits, &policy.config),
            rest_is_hosts: inherits,
            by_name: (policy.interfaces.iter())
                .flat_map(|table| table.allow.iter().cloned())
                .collect(),
            limits: policy.limits.clone().unwrap_or_default(),
        }
    }

    /// Whether the policy names an interface in `[interfaces]`.
    pub fn names(&self, interface: &InterfaceName) -> bool {
        let (namespace, package) = interface.package.split_once(':').unwrap_or_default();
        let version = interface.version.as_ref();
        let mut patterns = self.by_name.iter();
        patterns.any(|pattern| pattern.matches(namespace, package, &interface.interface, version))
    }

    /// Whether the policy names an interface that belongs to a package of WASI with tables but that no table decides
    /// about. A pattern that stands for several interfaces never includes such an interface.
    pub fn names_beside_tables(&self, interface: &InterfaceName) -> bool {
        let package = interface.package.strip_prefix("wasi:");
        let Some((package, version)) = package.zip(interface.version.as_ref()) else {
            return false;
        };
        !has_table(package, &interface.interface, version)
            && self.by_name.iter().any(|pattern| {
                let is_one = matches!(
                    pattern,
                    InterfacePattern::Interface {
                        version: Some(_),
                        ..
                    }
                );
                is_one && pattern.matches("wasi", package, &interface.interface, Some(version))
            })
    }

    /// Whether the policy leaves all of a capability to the host.
    pub fn leaves(&self, capability: Capability) -> bool {
        match capability {
            // The provider of streams and pollables also provides the types of `wasi:io`.
            Capability::Io | Capability::Interfaces => self.rest_is_hosts,
            Capability::Environment => self.environment.is_host() && self.arguments.is_host(),
            Capability::Exit => self.exit == Exit::Host,
            Capability::Stdio => {
                self.stdin.is_host()
                    && self.stdout.is_host()
                    && self.stderr.is_host()
                    && self.terminals
            }
            Capability::Filesystem => self.filesystem.is_host(),
            Capability::Network => self.network.is_host(),
            Capability::Http => self.http.is_host(),
            Capability::Clocks => self.clocks == Clocks::Host,
            Capability::Random => self.random == Random::Host,
            Capability::Config => self.config.is_host(),
        }
    }

    /// Whether the policy names an interface in a version that no table decides about, while a table decides about
    /// another version.
    pub fn leaves_another_version(&self, interface: &InterfaceName) -> bool {
        self.names_beside_tables(interface) && is_known(&interface.path())
    }

    /// Whether the application gets the host's preopens, except those that mounts replace.
    pub fn inherits_preopens(&self) -> bool {
        let rules = self.filesystem.rules();
        rules.is_none_or(|filesystem| filesystem.inherit)
    }

    /// Whether the application's standard input is the host's as it arrives.
    pub fn inherits_stdin(&self) -> bool {
        matches!(self.stdin, Given::Host | Given::Only(Stdin::Inherit))
    }

    /// Whether a socket or a lookup can reach the host's network.
    pub fn reaches_network(&self) -> bool {
        self.network.rules().is_none_or(|rules| {
            rules.allow_sockets(Protocol::Tcp)
                || rules.allow_sockets(Protocol::Udp)
                || rules.allow_lookups()
        })
    }

    /// Whether an HTTP request can reach the host's network.
    pub fn reaches_http(&self) -> bool {
        let rules = self.http.rules();
        rules.is_none_or(|http| !http.rules.allow.is_empty())
    }

    /// Whether every run with the same input gives the same results: the application gets neither the host's clocks nor
    /// its random numbers, reaches neither network nor HTTP servers, and does not inherit the host's preopens. Mounts
    /// of host directories count as input.
    pub fn are_deterministic(&self) -> bool {
        let clocks = matches!(
            self.clocks,
            Clocks::Virtual { .. } | Clocks::Frozen { .. } | Clocks::Deny
        );
        clocks
            && self.random != Random::Host
            && !self.reaches_network()
            && !self.reaches_http()
            && !self.inherits_preopens()
    }
}

/// The capabilities whose functions all trap under a policy. The functions of other capabilities can return errors, and
/// imports that a policy does not decide about are refused when an application is composed.
pub fn trapping(policy: &Policy) -> impl Iterator<Item = Capability> {
    let decisions = Decisions::of_any(policy);
    let undecided = policy.default == Fallback::Error;
    let clocks = decisions.clocks == Clocks::Deny && !(undecided && policy.clocks.is_none());
    let random = decisions.random == Random::Deny && !(undecided && policy.random.is_none());
    let clocks = clocks.then_some(Capability::Clocks);
    clocks
        .into_iter()
        .chain(random.then_some(Capability::Random))
}

fn named_or<T: Clone>(table: &Option<T>, default: impl FnOnce() -> T) -> T {
    table.clone().unwrap_or_else(default)
}

fn given<T: Clone + Default>(inherits: bool, table: &Option<T>) -> Given<T> {
    given_or(inherits, table, T::default())
}

fn given_or<T: Clone>(inherits: bool, table: &Option<T>, denied: T) -> Given<T> {
    match (table, inherits) {
        (Some(table), _) => Given::Only(table.clone()),
        (None, true) => Given::Host,
        (None, false) => Given::Only(denied),
    }
}

impl Given<Stdout> {
    /// Whether the output goes to the host unchanged.
    pub fn is_inherited(&self) -> bool {
        matches!(self, Self::Host | Self::Only(Stdout::Inherit))
    }
}
