//! Restricts the network that the host gives: the host enforces the policy's rules a second time, at the sockets.

use std::net::SocketAddr;
use std::sync::Arc;

use interpose_policy::model::{Host, NetworkRules};
use interpose_rules::{NetworkMatcher, Protocol};
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::sockets::SocketAddrUse;

/// A component's access to the network of the host.
#[derive(Clone, Debug, Default)]
pub enum Network {
    /// Nothing.
    #[default]
    Denied,
    /// The access that at least one of these rules allows. Only the adapter knows which addresses a name has, so the
    /// host lets a component connect to every address that is not denied on the ports of rules about names. The host
    /// does not see which names are looked up either, so it allows all lookups or none.
    Rules(Vec<NetworkRules>),
    /// Everything.
    Inherit,
}

impl Network {
    /// The rules in the form that is compared with addresses.
    pub(super) fn checks(&self) -> Arc<[Check]> {
        match self {
            Self::Denied | Self::Inherit => Arc::default(),
            Self::Rules(rules) => rules.iter().map(Check::new).collect(),
        }
    }

    /// Configures a host for this access; `checks` are the rules from [`Network::checks`].
    pub(super) fn apply(&self, checks: &Arc<[Check]>, wasi: &mut WasiCtxBuilder) {
        match self {
            Self::Denied => drop(wasi.allow_tcp(false).allow_udp(false)),
            Self::Inherit => drop(
                wasi.inherit_network()
                    .allow_tcp(true)
                    .allow_udp(true)
                    .allow_ip_name_lookup(true),
            ),
            Self::Rules(rules) => {
                let sockets = |protocol| rules.iter().any(|rules| rules.allow_sockets(protocol));
                let checks = Arc::clone(checks);
                wasi.allow_tcp(sockets(Protocol::Tcp))
                    .allow_udp(sockets(Protocol::Udp))
                    .allow_ip_name_lookup(rules.iter().any(NetworkRules::allow_lookups))
                    .socket_addr_check(move |address, how| {
                        let allowed = checks.iter().any(|check| check.allows(address, how));
                        Box::pin(async move { allowed })
                    });
            }
        }
    }
}

/// A rule in the form that is compared with addresses.
pub(super) struct Check {
    rules: NetworkRules,
    matcher: NetworkMatcher,
}

impl Check {
    fn new(rules: &NetworkRules) -> Self {
        Self {
            rules: rules.clone(),
            matcher: NetworkMatcher::new(rules),
        }
    }

    fn allows(&self, address: SocketAddr, how: SocketAddrUse) -> bool {
        match how {
            SocketAddrUse::TcpBind => {
                // Connecting an unbound socket binds it to an address that the system chooses.
                let implicit = address.ip().is_unspecified() && address.port() == 0;
                implicit || self.listens(Protocol::Tcp, address)
            }
            SocketAddrUse::UdpBind => self.listens(Protocol::Udp, address),
            // The socket was bound to this port, or to port 0, for which the system chose this port.
            SocketAddrUse::TcpListen => {
                let chosen = SocketAddr::new(address.ip(), 0);
                self.listens(Protocol::Tcp, address) || self.listens(Protocol::Tcp, chosen)
            }
            SocketAddrUse::TcpConnect => self.connects(Protocol::Tcp, address),
            SocketAddrUse::UdpSend => self.connects(Protocol::Udp, address),
            SocketAddrUse::TcpAccept => self.hears(Protocol::Tcp, address),
            SocketAddrUse::UdpReceive => self.hears(Protocol::Udp, address),
        }
    }

    fn listens(&self, protocol: Protocol, address: SocketAddr) -> bool {
        let verdict = self.matcher.listen(protocol, address.ip(), address.port());
        verdict.is_allowed()
    }

    fn hears(&self, protocol: Protocol, address: SocketAddr) -> bool {
        !self
            .matcher
            .denies_peer(protocol, address.ip(), address.port())
    }

    fn connects(&self, protocol: Protocol, address: SocketAddr) -> bool {
        let mut rules = self.rules.connect.iter();
        let by_name = rules.any(|rule| {
            matches!(rule.host, Host::Pattern(_))
                && rule.protocol == protocol
                && rule.ports.contains(address.port())
        });
        let verdict = self.matcher.connect(protocol, address.ip(), address.port());
        verdict.is_allowed() || (by_name && self.hears(protocol, address))
    }
}

#[cfg(test)]
mod tests {
    use interpose_rules::{DenyRule, SocketRule};

    use super::*;

    fn allows(rules: &NetworkRules, address: &str, how: SocketAddrUse) -> bool {
        Check::new(rules).allows(address.parse().unwrap(), how)
    }

    #[test]
    fn the_host_holds_the_rules_too() {
        let socket = |rule: &str| SocketRule::parse(rule).unwrap();
        let rules = NetworkRules {
            connect: vec![
                socket("tcp://192.0.2.1:80"),
                socket("tcp://a.example:443"),
                socket("udp://192.0.2.1:53"),
            ],
            listen: vec![socket("tcp://127.0.0.1:0"), socket("udp://127.0.0.1:0")],
            resolve: Vec::new(),
            deny: vec![DenyRule::parse("private").unwrap()],
        };
        use SocketAddrUse::{
            TcpAccept, TcpBind, TcpConnect, TcpListen, UdpBind, UdpReceive, UdpSend,
        };
        for (address, how, expected) in [
            ("192.0.2.1:80", TcpConnect, true),
            ("192.0.2.1:81", TcpConnect, false),
            ("192.0.2.9:80", TcpConnect, false),
            ("192.0.2.9:443", TcpConnect, true),
            ("10.0.0.1:443", TcpConnect, false),
            ("192.0.2.1:53", UdpSend, true),
            ("192.0.2.9:443", UdpSend, false),
            ("0.0.0.0:0", TcpBind, true),
            ("[::]:0", TcpBind, true),
            ("0.0.0.0:80", TcpBind, false),
            ("127.0.0.1:0", TcpBind, true),
            ("127.0.0.1:80", TcpBind, false),
            ("127.0.0.1:40000", TcpListen, true),
            ("0.0.0.0:40000", TcpListen, false),
            ("127.0.0.1:0", UdpBind, true),
            ("0.0.0.0:0", UdpBind, false),
            ("192.0.2.9:5", TcpAccept, true),
            ("10.0.0.1:5", TcpAccept, false),
            ("10.0.0.1:5", UdpReceive, false),
            ("192.0.2.9:5", UdpReceive, true),
        ] {
            assert_eq!(allows(&rules, address, how), expected, "{address} {how:?}");
        }
    }
}
