//! Rules about sockets: `tcp://host:ports`.

use core::fmt;
use core::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::host::split_ports;
use crate::{ErrorKind, Host, HostPattern, ParseError, Ports};

/// A transport protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Protocol {
    /// `tcp`
    Tcp,
    /// `udp`
    Udp,
}

impl Protocol {
    /// The protocol as it is written in a rule.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A rule about sockets: a protocol, hosts and ports.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SocketRule {
    /// The transport protocol.
    pub protocol: Protocol,
    /// The peer of a connection, or the address that a socket is bound to.
    pub host: Host,
    /// The peer's ports, or the ports that a socket is bound to.
    pub ports: Ports,
}

impl SocketRule {
    /// Reads `tcp://host:ports` or `udp://host:ports`; IPv6 addresses and blocks stand in brackets.
    ///
    /// # Errors
    /// When `text` is not a rule.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Self::parse_parts(text).map(|(rule, _)| rule)
    }

    /// Reads a rule about peers. Port 0 is no peer's port.
    ///
    /// # Errors
    /// When `text` is not a rule about peers.
    pub fn parse_connect(text: &str) -> Result<Self, ParseError> {
        let (rule, parts) = Self::parse_parts(text)?;
        if rule.ports.first() == 0 && rule.ports != Ports::ALL {
            return Err(ParseError::new(ErrorKind::PortZero, text, parts.ports));
        }
        Ok(rule)
    }

    /// Reads a rule about addresses of this host. Port 0 is a port that the host chooses.
    ///
    /// # Errors
    /// When `text` is not a rule, or its host is neither an address, a block or a class of addresses, nor `*`.
    pub fn parse_listen(text: &str) -> Result<Self, ParseError> {
        let (rule, parts) = Self::parse_parts(text)?;
        match rule.host {
            Host::Pattern(HostPattern::Name(_) | HostPattern::Subdomains(_)) => {
                Err(ParseError::new(ErrorKind::NameInListen, text, parts.host))
            }
            Host::Pattern(HostPattern::Any) | Host::Network(_) | Host::Class(_) => Ok(rule),
        }
    }

    /// Reads the address and the port of one TCP socket that listens. Port 0 is a port that the host chooses.
    ///
    /// # Errors
    /// When `text` is not a rule, or is about anything but one address and one port of TCP.
    pub fn parse_preopen(text: &str) -> Result<Self, ParseError> {
        let (rule, parts) = Self::parse_parts(text)?;
        if rule.protocol != Protocol::Tcp {
            let protocol = text.split("://").next().unwrap_or_default();
            return Err(ParseError::new(ErrorKind::NotTcp, text, protocol));
        }
        match rule.address() {
            Some(_) => Ok(rule),
            None if rule.ports.first() != rule.ports.last() => {
                Err(ParseError::new(ErrorKind::SeveralPorts, text, parts.ports))
            }
            None => Err(ParseError::new(ErrorKind::NotOneAddress, text, parts.host)),
        }
    }

    /// The address and the port, if the rule is about one of each.
    pub fn address(&self) -> Option<SocketAddr> {
        let Host::Network(network) = &self.host else {
            return None;
        };
        let is_one = network.prefix_len() == network.max_prefix_len();
        let port = self.ports.first();
        (is_one && port == self.ports.last()).then(|| SocketAddr::new(network.addr(), port))
    }

    fn parse_parts(text: &str) -> Result<(Self, Parts<'_>), ParseError> {
        let error = |kind, part| Err(ParseError::new(kind, text, part));
        let Some((protocol, rest)) = text.split_once("://") else {
            return error(ErrorKind::MissingProtocol, text);
        };
        let protocol = match protocol {
            "tcp" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            _ => return error(ErrorKind::UnknownProtocol, protocol),
        };
        let (host, ports) = split_ports(text, rest)?;
        let Some(ports) = ports.strip_prefix(':') else {
            return error(ErrorKind::MissingPort, ports);
        };
        let rule = Self {
            protocol,
            host: Host::parse_in(text, host)?,
            ports: Ports::parse_in(text, ports)?,
        };
        Ok((rule, Parts { host, ports }))
    }
}

/// The parts of a rule as pieces of its text.
struct Parts<'a> {
    host: &'a str,
    ports: &'a str,
}

impl fmt::Display for SocketRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.protocol)?;
        self.host.fmt_bracketed(f)?;
        write!(f, ":{}", self.ports)
    }
}

/// A rule that refuses what other rules allow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DenyRule {
    /// Hosts, with every protocol and port. Sockets neither connect nor bind to them, and they are not looked up.
    Host(Host),
    /// Hosts with one protocol and some ports. Sockets neither connect nor bind to them.
    Endpoint(SocketRule),
}

impl DenyRule {
    /// Reads a host (an IPv6 address with or without brackets) or `tcp://host:ports`.
    ///
    /// # Errors
    /// When `text` is neither.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if text.contains("://") {
            return SocketRule::parse(text).map(Self::Endpoint);
        }
        // `host:port` without a protocol; a bare IPv6 address has more colons.
        if let Some((host, ports)) = text.rsplit_once(':')
            && (!host.contains(':') || host.ends_with(']'))
            && Ports::parse_in(text, ports).is_ok()
        {
            return Err(ParseError::new(ErrorKind::MissingProtocol, text, text));
        }
        let inside = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        match inside {
            Some(inside) if inside.contains(':') => Host::parse_in(text, inside),
            _ => Host::parse(text),
        }
        .map(Self::Host)
    }
}

impl fmt::Display for DenyRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(host) => host.fmt(f),
            Self::Endpoint(rule) => rule.fmt(f),
        }
    }
}
