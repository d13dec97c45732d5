//! What a network filter asks, and what it has to remember: the addresses that lookups returned.

use alloc::collections::BTreeMap;
use core::net::IpAddr;

use crate::host::canonical_address;
use crate::lookup::{self, Lookup, LookupRefusal};
use crate::{HostName, NetworkMatcher, NetworkRules, Protocol};

/// Pairs of an address and a name that are remembered. Each takes some hundred bytes at most; a program that looks up
/// more names under a wildcard has to look up the first ones again before it connects.
const MAX_PINS: usize = 4096;

/// Decides about sockets and lookups, one after the other.
///
/// A name in a `connect` rule allows to connect to the addresses that a lookup of it returned, and to no others: a name
/// that leads elsewhere later (DNS rebinding) leads nowhere new unless the application looks it up again, and `deny` is
/// asked about the address each time. A name in a `deny` rule denies what a lookup of it returned.
#[derive(Clone, Debug)]
pub struct NetworkSession {
    matcher: NetworkMatcher,
    tcp: bool,
    udp: bool,
    lookups: bool,
    /// The names whose lookups returned an address, each with when that was last.
    names: BTreeMap<IpAddr, BTreeMap<HostName, u64>>,
    /// The same pairs by when they were returned last.
    order: BTreeMap<u64, (IpAddr, HostName)>,
    /// How many results of lookups were noted.
    noted: u64,
}

impl NetworkSession {
    /// A session that has seen nothing yet.
    pub fn new(rules: &NetworkRules) -> Self {
        Self {
            matcher: NetworkMatcher::new(rules),
            tcp: rules.allow_sockets(Protocol::Tcp),
            udp: rules.allow_sockets(Protocol::Udp),
            lookups: rules.allow_lookups(),
            names: BTreeMap::new(),
            order: BTreeMap::new(),
            noted: 0,
        }
    }

    /// Whether anything is allowed to a socket of this protocol.
    pub fn has_use_for(&self, protocol: Protocol) -> bool {
        match protocol {
            Protocol::Tcp => self.tcp,
            Protocol::Udp => self.udp,
        }
    }

    /// Whether a socket may connect or send to a peer, because of its address or of a name that led to it.
    pub fn connects(&self, protocol: Protocol, address: IpAddr, port: u16) -> bool {
        let mut verdict = self.matcher.connect(protocol, address, port);
        let names = self.names.get(&canonical_address(address));
        for name in names.into_iter().flat_map(BTreeMap::keys) {
            let named = self.matcher.connect_named(name, protocol, address, port);
            verdict = verdict.or(named);
        }
        verdict.is_allowed()
    }

    /// Whether a socket may be bound to a port of an address of this host.
    pub fn binds(&self, protocol: Protocol, address: IpAddr, port: u16) -> bool {
        self.matcher.listen(protocol, address, port).is_allowed()
    }

    /// Whether a connection or a datagram of a peer may be taken. Whoever may listen hears everybody who is not denied.
    pub fn hears(&self, protocol: Protocol, address: IpAddr, port: u16) -> bool {
        !self.matcher.denies_peer(protocol, address, port)
    }

    /// What may be looked up of what the application asks for: a name that the rules allow, in canonical form, or an
    /// address that some rule lets it connect or be bound to, or any address where every name may be looked up: it is its
    /// own result and tells nothing.
    ///
    /// # Errors
    /// [`LookupRefusal::Invalid`] for what is neither a name nor an address, [`LookupRefusal::Denied`] for all else that
    /// the rules do not allow, and for everything where they allow no lookup.
    pub fn lookup(&self, text: &str) -> Result<Lookup, LookupRefusal> {
        if !self.lookups {
            return Err(LookupRefusal::Denied);
        }
        let lookup = lookup::read(text)?;
        let is_allowed = match &lookup {
            Lookup::Name(name) => self.matcher.resolve(name).is_allowed(),
            Lookup::Address(address) => self.matcher.is_of_use(*address),
        };
        match is_allowed {
            true => Ok(lookup),
            false => Err(LookupRefusal::Denied),
        }
    }

    /// Notes that a lookup returned an address. `false` if the application is not to see it, because it is denied.
    pub fn found(&mut self, lookup: &Lookup, address: IpAddr) -> bool {
        let address = canonical_address(address);
        // An address that is its own result was judged as it was asked for.
        if *lookup == Lookup::Address(address) {
            return true;
        }
        if self.matcher.denies_address(address) {
            return false;
        }
        if let Lookup::Name(name) = lookup
            && self.matcher.mentions(name)
        {
            self.note(address, name);
        }
        true
    }

    /// Remembers that a name led to an address just now.
    fn note(&mut self, address: IpAddr, name: &HostName) {
        self.noted += 1;
        let names = self.names.entry(address).or_default();
        if let Some(before) = names.insert(name.clone(), self.noted) {
            self.order.remove(&before);
        }
        self.order.insert(self.noted, (address, name.clone()));
        if self.order.len() > MAX_PINS {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some((_, (address, name))) = self.order.pop_first() else {
            return;
        };
        if let Some(names) = self.names.get_mut(&address) {
            names.remove(&name);
            if names.is_empty() {
                self.names.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::vec::Vec;
    use core::net::{Ipv4Addr, Ipv6Addr};

    use super::*;
    use crate::{DenyRule, HostPattern, SocketRule};

    const TCP: Protocol = Protocol::Tcp;
    const UDP: Protocol = Protocol::Udp;

    fn session(
        connect: &[&str],
        listen: &[&str],
        resolve: &[&str],
        deny: &[&str],
    ) -> NetworkSession {
        let sockets = |rules: &[&str]| -> Vec<SocketRule> {
            rules
                .iter()
                .map(|rule| SocketRule::parse(rule).unwrap())
                .collect()
        };
        NetworkSession::new(&NetworkRules {
            connect: sockets(connect),
            listen: sockets(listen),
            resolve: resolve
                .iter()
                .map(|name| HostPattern::parse(name).unwrap())
                .collect(),
            deny: deny
                .iter()
                .map(|rule| DenyRule::parse(rule).unwrap())
                .collect(),
        })
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn nothing_is_allowed_without_rules() {
        let session = session(&[], &[], &[], &[]);
        for protocol in [TCP, UDP] {
            assert!(!session.has_use_for(protocol));
            assert!(!session.connects(protocol, ip("127.0.0.1"), 80));
            assert!(!session.binds(protocol, ip("0.0.0.0"), 0));
        }
        for text in ["example.com", "localhost", "127.0.0.1", "::1", ""] {
            assert_eq!(session.lookup(text), Err(LookupRefusal::Denied), "{text}");
        }
    }

    #[test]
    fn a_protocol_is_of_use_where_a_rule_names_it() {
        let session = session(&["tcp://a.example:80"], &[], &["*"], &[]);
        assert!(session.has_use_for(TCP));
        assert!(!session.has_use_for(UDP));
        let session = self::session(&[], &["udp://127.0.0.1:0"], &[], &[]);
        assert!(!session.has_use_for(TCP));
        assert!(session.has_use_for(UDP));
    }

    #[test]
    fn a_name_opens_the_addresses_that_its_lookup_returned() {
        let mut session = session(&["tcp://a.example:443"], &[], &[], &[]);
        let (one, other) = (ip("192.0.2.1"), ip("192.0.2.2"));
        assert!(!session.connects(TCP, one, 443));
        let lookup = session.lookup("A.example.").unwrap();
        assert_eq!(lookup, session.lookup("a.example").unwrap());
        assert!(session.found(&lookup, one));
        assert!(session.connects(TCP, one, 443));
        assert!(session.connects(TCP, ip("::ffff:192.0.2.1"), 443));
        assert!(!session.connects(TCP, one, 80));
        assert!(!session.connects(UDP, one, 443));
        assert!(!session.connects(TCP, other, 443));
    }

    #[test]
    fn each_name_opens_its_own_ports() {
        let connect = &[
            "tcp://a.example:1",
            "tcp://b.example:2",
            "tcp://*.c.example:3",
        ];
        let mut session = session(connect, &[], &["d.example"], &[]);
        let address = ip("192.0.2.1");
        for (name, port) in [("a.example", 1), ("b.example", 2), ("x.y.c.example", 3)] {
            let lookup = session.lookup(name).unwrap();
            assert!(!session.connects(TCP, address, port));
            assert!(session.found(&lookup, address));
            assert!(session.connects(TCP, address, port));
        }
        let lookup = session.lookup("d.example").unwrap();
        assert!(session.found(&lookup, ip("192.0.2.9")));
        assert!((0..=4).all(|port| !session.connects(TCP, ip("192.0.2.9"), port)));
        assert_eq!(session.lookup("c.example"), Err(LookupRefusal::Denied));
    }

    #[test]
    fn a_name_that_leads_to_a_denied_address_opens_nothing() {
        let mut session = session(&["tcp://a.example:443"], &[], &[], &["private", "loopback"]);
        let lookup = session.lookup("a.example").unwrap();
        assert!(session.found(&lookup, ip("192.0.2.1")));
        for address in [
            "10.0.0.1",
            "::ffff:10.0.0.1",
            "127.0.0.1",
            "::1",
            "0.0.0.0",
            "64:ff9b::a00:1",
        ] {
            assert!(!session.found(&lookup, ip(address)), "{address}");
            assert!(!session.connects(TCP, ip(address), 443), "{address}");
        }
    }

    #[test]
    fn a_denied_port_keeps_the_address_visible() {
        let mut session = session(&["tcp://a.example:*"], &[], &[], &["tcp://192.0.2.0/24:22"]);
        let lookup = session.lookup("a.example").unwrap();
        assert!(session.found(&lookup, ip("192.0.2.1")));
        assert!(session.connects(TCP, ip("192.0.2.1"), 80));
        assert!(!session.connects(TCP, ip("192.0.2.1"), 22));
    }

    #[test]
    fn an_address_is_its_own_lookup_where_a_rule_names_it() {
        let mut session = session(
            &["tcp://192.0.2.0/24:80", "tcp://[::1]:80"],
            &[],
            &["*.example"],
            &["192.0.2.7"],
        );
        let lookup = session.lookup("192.0.2.1").unwrap();
        assert_eq!(lookup, Lookup::Address(ip("192.0.2.1")));
        assert!(session.found(&lookup, ip("192.0.2.1")));
        assert_eq!(session.lookup("::1"), Ok(Lookup::Address(ip("::1"))));
        assert_eq!(session.lookup("[::1]"), session.lookup("::1"));
        for text in [
            "198.51.100.1",
            "192.0.2.7",
            "::2",
            "0xc0.0.2.1",
            "3221225985",
            "192.0.513",
            "[::2]",
        ] {
            assert_eq!(session.lookup(text), Err(LookupRefusal::Denied), "{text}");
        }
        assert!(!session.connects(TCP, ip("192.0.2.7"), 80));
        for text in ["", "::1%lo", "[::1]:80", "192.0.2.1:80"] {
            assert_eq!(session.lookup(text), Err(LookupRefusal::Invalid), "{text}");
        }
    }

    #[test]
    fn every_address_is_its_own_lookup_where_every_name_may_be_looked_up() {
        let mut session = session(&[], &[], &["*"], &["private", "[2001:db8::]"]);
        for text in ["0.0.0.0", "127.0.0.1", "::", "[::]", "198.51.100.1"] {
            let address = ip(text.trim_matches(['[', ']']));
            let lookup = session.lookup(text).unwrap();
            assert_eq!(lookup, Lookup::Address(address), "{text}");
            assert!(session.found(&lookup, address));
            // That opens nothing.
            assert!(!session.connects(TCP, address, 80));
        }
        for text in ["10.0.0.1", "[2001:db8::]", "::ffff:10.0.0.1"] {
            assert_eq!(session.lookup(text), Err(LookupRefusal::Denied), "{text}");
        }
        assert_eq!(session.lookup(""), Err(LookupRefusal::Invalid));
    }

    #[test]
    fn an_address_to_listen_at_is_its_own_lookup() {
        let mut session = session(
            &[],
            &["tcp://0.0.0.0:8080", "udp://127.0.0.0/8:0"],
            &[],
            &["tcp://127.0.0.1:*", "127.0.0.2", "loopback"],
        );
        let lookup = session.lookup("0.0.0.0").unwrap();
        assert!(session.found(&lookup, ip("0.0.0.0")));
        for text in ["127.0.0.1", "127.0.0.2", "192.0.2.1", "localhost"] {
            assert_eq!(session.lookup(text), Err(LookupRefusal::Denied), "{text}");
        }
    }

    #[test]
    fn a_denied_name_denies_the_addresses_that_its_lookup_returned() {
        let mut session = session(
            &["tcp://*:*"],
            &[],
            &["*"],
            &["tcp://db.example:5432", "tcp://*.bad.example:1-1000"],
        );
        let address = ip("192.0.2.1");
        // Nobody knows whose address it is.
        assert!(session.connects(TCP, address, 5432));
        for (name, port) in [("db.example", 5432), ("x.bad.example", 443)] {
            let lookup = session.lookup(name).unwrap();
            assert!(session.found(&lookup, address));
            assert!(!session.connects(TCP, address, port), "{name}");
            assert!(
                !session.connects(TCP, ip("::ffff:192.0.2.1"), port),
                "{name}"
            );
        }
        assert!(session.connects(TCP, address, 5433));
        assert!(session.connects(TCP, ip("192.0.2.2"), 5432));
    }

    #[test]
    fn listeners_hear_everybody_who_is_not_denied() {
        let session = session(
            &[],
            &["tcp://0.0.0.0:8080", "udp://0.0.0.0:0"],
            &[],
            &["192.0.2.0/24"],
        );
        assert!(session.binds(TCP, ip("0.0.0.0"), 8080));
        assert!(!session.binds(TCP, ip("0.0.0.0"), 8081));
        assert!(!session.binds(TCP, ip("127.0.0.1"), 8080));
        assert!(session.binds(UDP, ip("0.0.0.0"), 0));
        for protocol in [TCP, UDP] {
            assert!(session.hears(protocol, ip("198.51.100.1"), 5000));
            assert!(!session.hears(protocol, ip("192.0.2.1"), 5000));
            assert!(!session.hears(protocol, ip("::ffff:192.0.2.1"), 5000));
        }
    }

    #[test]
    fn the_oldest_addresses_are_forgotten() {
        let mut session = session(&["tcp://*.example:1"], &[], &[], &[]);
        let address = |n: usize| IpAddr::V4(Ipv4Addr::from_bits(0xc612_0000 + n as u32));
        let mut find = |n: usize| {
            let lookup = session.lookup(&format!("n{n}.example")).unwrap();
            assert!(session.found(&lookup, address(n)));
        };
        (0..MAX_PINS).for_each(&mut find);
        // What is looked up again is new again.
        find(0);
        find(MAX_PINS);
        assert!(session.connects(TCP, address(0), 1));
        assert!(!session.connects(TCP, address(1), 1));
        assert!(session.connects(TCP, address(2), 1));
        assert!(session.connects(TCP, address(MAX_PINS), 1));
        assert_eq!(session.order.len(), MAX_PINS);
        assert_eq!(session.names.len(), MAX_PINS);
        assert!(!session.connects(TCP, Ipv6Addr::LOCALHOST.into(), 1));
    }
}
