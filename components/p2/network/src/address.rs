//! Addresses, as `wasi:sockets` has them and as rules have them.

use std::net::IpAddr;

use interpose_adapter::with;
use interpose_rules::Protocol;

use crate::SESSION;
use crate::bindings::exports::wasi::sockets::network::{ErrorCode, IpAddress, IpSocketAddress};

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

/// Refuses to connect or send to a peer that the policy does not allow.
pub fn check_connect(protocol: Protocol, peer: &IpSocketAddress) -> Result<(), ErrorCode> {
    let (address, port) = parts(peer);
    check(with(&SESSION, |session| {
        session.connects(protocol, address, port)
    }))
}

/// Refuses to bind to an address that the policy does not allow.
pub fn check_bind(protocol: Protocol, local: &IpSocketAddress) -> Result<(), ErrorCode> {
    let (address, port) = parts(local);
    check(with(&SESSION, |session| {
        session.binds(protocol, address, port)
    }))
}

/// Refuses to make a socket that the policy allows nothing to.
pub fn check_create(protocol: Protocol) -> Result<(), ErrorCode> {
    check(with(&SESSION, |session| session.has_use_for(protocol)))
}

/// Whether what comes from a peer may be seen.
pub fn hears(protocol: Protocol, peer: &IpSocketAddress) -> bool {
    let (address, port) = parts(peer);
    with(&SESSION, |session| session.hears(protocol, address, port))
}

fn check(allowed: bool) -> Result<(), ErrorCode> {
    if allowed {
        Ok(())
    } else {
        Err(ErrorCode::AccessDenied)
    }
}
