//! Addresses and sockets, as several programs need them.

use std::net::SocketAddr;

use wasip2::io::poll::Pollable;
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress,
};
use wasip2::sockets::udp::UdpSocket;
use wasip2::sockets::udp_create_socket::create_udp_socket;

/// An address from its text, and its family.
pub fn parse(address: &str) -> (IpSocketAddress, IpAddressFamily) {
    match address.parse().expect("an address") {
        SocketAddr::V4(address) => {
            let [a, b, c, d] = address.ip().octets();
            let parsed = Ipv4SocketAddress {
                port: address.port(),
                address: (a, b, c, d),
            };
            (IpSocketAddress::Ipv4(parsed), IpAddressFamily::Ipv4)
        }
        SocketAddr::V6(address) => {
            let [a, b, c, d, e, f, g, h] = address.ip().segments();
            let parsed = Ipv6SocketAddress {
                port: address.port(),
                flow_info: address.flowinfo(),
                address: (a, b, c, d, e, f, g, h),
                scope_id: address.scope_id(),
            };
            (IpSocketAddress::Ipv6(parsed), IpAddressFamily::Ipv6)
        }
    }
}

/// Waits until an operation does not say any more that it would block.
///
/// # Errors
/// Those of the operation.
pub fn wait<T>(
    subscribe: impl Fn() -> Pollable,
    operation: impl Fn() -> Result<T, ErrorCode>,
) -> Result<T, ErrorCode> {
    loop {
        match operation() {
            Err(ErrorCode::WouldBlock) => subscribe().block(),
            result => return result,
        }
    }
}

/// A UDP socket that is bound to an address.
///
/// # Errors
/// Those of making and binding it.
pub fn udp_socket(local: &str) -> Result<UdpSocket, ErrorCode> {
    let (address, family) = parse(local);
    let socket = create_udp_socket(family)?;
    socket.start_bind(&instance_network(), address)?;
    wait(|| socket.subscribe(), || socket.finish_bind())?;
    Ok(socket)
}
