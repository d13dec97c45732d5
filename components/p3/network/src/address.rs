//! Conversions of `wasi:sockets` addresses, and checks of addresses against the policy.

use std::net::{IpAddr, SocketAddr};

use interpose_adapter::refusals::{Subject, refused};
use interpose_adapter::with;
use interpose_rules::Protocol;
use interpose_settings::Reason;

use crate::SESSION;
use crate::bindings::wasi::sockets::types::{ErrorCode, IpAddress, IpSocketAddress};

/// The address of a lookup's result.
pub fn ip_address(address: IpAddress) -> IpAddr {
    match address {
        IpAddress::Ipv4((a, b, c, d)) => [a, b, c, d].into(),
        IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => [a, b, c, d, e, f, g, h].into(),
    }
}

fn parts(address: &IpSocketAddress) -> (IpAddr, u16) {
    match address {
        IpSocketAddress::Ipv4(address) => {
            (ip_address(IpAddress::Ipv4(address.address)), address.port)
        }
        IpSocketAddress::Ipv6(address) => {
            (ip_address(IpAddress::Ipv6(address.address)), address.port)
        }
    }
}

/// Refuses that a function connects or sends to a peer that the policy does not allow.
pub fn check_connect(
    function: &str,
    protocol: Protocol,
    peer: &IpSocketAddress,
) -> Result<(), ErrorCode> {
    let (address, port) = parts(peer);
    let allowed = with(&SESSION, |session| {
        session.connects(protocol, address, port)
    });
    check(allowed, || {
        let subject = Subject::Socket(protocol.as_str(), SocketAddr::new(address, port));
        refused(Reason::Connect, function, subject);
    })
}

/// Refuses that a function binds to an address that the policy does not allow.
pub fn check_bind(
    function: &str,
    protocol: Protocol,
    local: &IpSocketAddress,
) -> Result<(), ErrorCode> {
    let (address, port) = parts(local);
    let allowed = with(&SESSION, |session| session.binds(protocol, address, port));
    check(allowed, || {
        let subject = Subject::Socket(protocol.as_str(), SocketAddr::new(address, port));
        refused(Reason::Listen, function, subject);
    })
}

/// Refuses that a function makes a socket to which the policy allows nothing.
pub fn check_create(function: &str, protocol: Protocol) -> Result<(), ErrorCode> {
    let allowed = with(&SESSION, |session| session.has_use_for(protocol));
    check(allowed, || {
        let subject = Subject::Text(&[protocol.as_str()]);
        refused(Reason::Protocol, function, subject);
    })
}

/// Whether the application may receive connections and datagrams from a peer, of which a function is about to tell it.
pub fn hears(function: &str, protocol: Protocol, peer: &IpSocketAddress) -> bool {
    let (address, port) = parts(peer);
    let hears = with(&SESSION, |session| session.hears(protocol, address, port));
    if !hears {
        let subject = Subject::Socket(protocol.as_str(), SocketAddr::new(address, port));
        refused(Reason::Peer, function, subject);
    }
    hears
}

fn check(allowed: bool, tell: impl FnOnce()) -> Result<(), ErrorCode> {
    if allowed {
        return Ok(());
    }
    tell();
    Err(ErrorCode::AccessDenied)
}
