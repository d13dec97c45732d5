//! What a network policy says, and its compiled form.

use alloc::vec::Vec;
use core::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::host::{canonical_address, reached_addresses};
use crate::index::HostIndex;
use crate::port::PortSet;
use crate::{DenyRule, Host, HostName, HostPattern, Ports, Protocol, SocketRule};

/// Which sockets and name lookups are allowed. What no rule allows is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkRules {
    /// Peers that may be connected or sent to. A name may be looked up, and the addresses that the lookup returns may
    /// be connected to, on the rule's ports and protocol.
    pub connect: Vec<SocketRule>,
    /// Addresses of this host that sockets may be bound to.
    pub listen: Vec<SocketRule>,
    /// Names that may be looked up besides those in `connect`.
    pub resolve: Vec<HostPattern>,
    /// What is refused although the rules above allow it, also for the addresses that an allowed name has.
    pub deny: Vec<DenyRule>,
}

impl NetworkRules {
    /// Whether some rule lets a socket of this protocol do anything.
    pub fn allow_sockets(&self, protocol: Protocol) -> bool {
        let mut rules = self.connect.iter().chain(&self.listen);
        rules.any(|rule| rule.protocol == protocol)
    }

    /// Whether some rule allows something to be looked up.
    pub fn allow_lookups(&self) -> bool {
        // Programs also look up the addresses that they listen at: `getaddrinfo` of wasi-libc asks for every one.
        !(self.connect.is_empty() && self.listen.is_empty() && self.resolve.is_empty())
    }
}

/// What rules say about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A rule allows it and none denies it.
    Allowed,
    /// A rule denies it.
    Denied,
    /// No rule says anything about it; it is refused.
    Unmatched,
}

impl Verdict {
    /// Whether the request may proceed.
    pub fn is_allowed(self) -> bool {
        self == Self::Allowed
    }

    /// What this verdict and another one about the same request come to: a denial wins.
    pub(crate) fn or(self, other: Self) -> Self {
        let either = |verdict| self == verdict || other == verdict;
        Self::new(either(Self::Allowed), either(Self::Denied))
    }

    /// The verdict about a request for which there is a rule that allows it, or one that denies it.
    pub fn new(allowed: bool, denied: bool) -> Self {
        match (denied, allowed) {
            (true, _) => Self::Denied,
            (false, true) => Self::Allowed,
            (false, false) => Self::Unmatched,
        }
    }
}

/// Ports by protocol.
#[derive(Clone, Debug, Default)]
struct Transports {
    tcp: PortSet,
    udp: PortSet,
}

impl Transports {
    fn add(&mut self, protocol: Protocol, ports: Ports) {
        match protocol {
            Protocol::Tcp => self.tcp.add(ports),
            Protocol::Udp => self.udp.add(ports),
        }
    }

    fn covers(&self, protocol: Protocol, ports: Ports) -> bool {
        match protocol {
            Protocol::Tcp => self.tcp.covers(ports),
            Protocol::Udp => self.udp.covers(ports),
        }
    }

    fn covers_everything(&self) -> bool {
        self.tcp.covers(Ports::ALL) && self.udp.covers(Ports::ALL)
    }
}

/// The compiled form of [`NetworkRules`]: asking costs the same whether there are ten rules or ten thousand.
///
/// An IPv4-mapped IPv6 address is judged as the IPv4 address that it carries. Addresses through which a translator
/// leads to an IPv4 address (IPv4-compatible, 6to4, NAT64) are allowed by rules about IPv6 only, but denied by rules
/// about that IPv4 address too. Connecting to the unspecified address reaches this host on common systems, so it is
/// denied where loopback is.
#[derive(Clone, Debug, Default)]
pub struct NetworkMatcher {
    connect: HostIndex<Transports>,
    listen: HostIndex<Transports>,
    resolve: HostIndex<()>,
    deny: HostIndex<Transports>,
}

impl NetworkMatcher {
    /// Compiles `rules`.
    pub fn new(rules: &NetworkRules) -> Self {
        let mut this = Self::default();
        for rule in &rules.connect {
            this.connect.edit(&rule.host, |transports| {
                transports.add(rule.protocol, rule.ports)
            });
        }
        for rule in &rules.listen {
            this.listen.edit(&rule.host, |transports| {
                transports.add(rule.protocol, rule.ports)
            });
        }
        for pattern in &rules.resolve {
            this.resolve.edit(&Host::Pattern(pattern.clone()), |()| ());
        }
        for rule in &rules.deny {
            match rule {
                DenyRule::Host(host) => this.deny.edit(host, |transports| {
                    transports.add(Protocol::Tcp, Ports::ALL);
                    transports.add(Protocol::Udp, Ports::ALL);
                }),
                DenyRule::Endpoint(rule) => {
                    this.deny.edit(&rule.host, |transports| {
                        transports.add(rule.protocol, rule.ports)
                    });
                }
            }
        }
        this
    }

    /// Whether a socket may connect or send to an address that the application named itself.
    pub fn connect(&self, protocol: Protocol, address: IpAddr, port: u16) -> Verdict {
        let host = Host::Network(canonical_address(address).into());
        let ports = Ports::one(port);
        let allowed = self
            .connect
            .any(&host, |transports| transports.covers(protocol, ports));
        Verdict::new(allowed, self.denies_peer(protocol, address, port))
    }

    /// Whether a socket may connect or send to an address that a lookup of `name` returned.
    pub fn connect_named(
        &self,
        name: &HostName,
        protocol: Protocol,
        address: IpAddr,
        port: u16,
    ) -> Verdict {
        let host = Host::Pattern(HostPattern::Name(name.clone()));
        let ports = Ports::one(port);
        let covers = |transports: &Transports| transports.covers(protocol, ports);
        let denied = self.deny.any(&host, covers) || self.denies_peer(protocol, address, port);
        Verdict::new(self.connect.any(&host, covers), denied)
    }

    /// Whether a socket may be bound to a port of an address of this host.
    pub fn listen(&self, protocol: Protocol, address: IpAddr, port: u16) -> Verdict {
        let host = Host::Network(canonical_address(address).into());
        let ports = Ports::one(port);
        let covers = |transports: &Transports| transports.covers(protocol, ports);
        Verdict::new(self.listen.any(&host, covers), self.deny.any(&host, covers))
    }

    /// Whether `name` may be looked up.
    pub fn resolve(&self, name: &HostName) -> Verdict {
        let host = Host::Pattern(HostPattern::Name(name.clone()));
        let allowed = self.resolve.any(&host, |()| true) || self.connect.any(&host, |_| true);
        Verdict::new(allowed, self.deny.any(&host, Transports::covers_everything))
    }

    /// Whether a rule lets a socket connect, send or be bound to some port of an address, or lets everything be looked up,
    /// and not everything about the address is denied.
    pub fn is_of_use(&self, address: IpAddr) -> bool {
        let host = Host::Network(canonical_address(address).into());
        let connects = || {
            let named = self.connect.any(&host, |_| true) || self.resolve.any(&host, |()| true);
            named && !self.denies_address(address)
        };
        let binds = || {
            let denied = self.deny.any(&host, Transports::covers_everything);
            self.listen.any(&host, |_| true) && !denied
        };
        connects() || binds()
    }

    /// Whether a rule says of a name what a socket may do with an address that a lookup of it returned.
    pub fn mentions(&self, name: &HostName) -> bool {
        let host = Host::Pattern(HostPattern::Name(name.clone()));
        self.connect.any(&host, |_| true) || self.deny.any(&host, |_| true)
    }

    /// Whether a deny rule refuses a peer, whichever side a connection or a datagram comes from.
    pub fn denies_peer(&self, protocol: Protocol, address: IpAddr, port: u16) -> bool {
        let ports = Ports::one(port);
        self.denies(address, |deny| deny.covers(protocol, ports))
    }

    /// Whether deny rules refuse an address with every protocol and port.
    pub fn denies_address(&self, address: IpAddr) -> bool {
        self.denies(address, Transports::covers_everything)
    }

    fn denies(&self, address: IpAddr, test: impl Fn(&Transports) -> bool) -> bool {
        reached_addresses(address)
            .any(|address| self.deny.any(&Host::Network(address.into()), &test))
    }

    /// Whether a deny rule refuses all that `rule`, a rule of `connect` or `listen`, allows.
    pub fn denies_all(&self, rule: &SocketRule) -> bool {
        self.deny
            .any(&rule.host, |deny| deny.covers(rule.protocol, rule.ports))
    }

    /// Whether a deny rule refuses to look up every name that `pattern` means.
    pub fn denies_lookups(&self, pattern: &HostPattern) -> bool {
        self.deny.any(
            &Host::Pattern(pattern.clone()),
            Transports::covers_everything,
        )
    }
}
