//! Sockets and name lookups that the policy refuses.

use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::ip_name_lookup::resolve_addresses;
use wasip2::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress};
use wasip2::sockets::tcp_create_socket::create_tcp_socket;
use wasip2::sockets::udp_create_socket::create_udp_socket;

fn main() {
    let network = instance_network();
    let address = |port| {
        IpSocketAddress::Ipv4(Ipv4SocketAddress {
            port,
            address: (127, 0, 0, 1),
        })
    };
    for family in [IpAddressFamily::Ipv4, IpAddressFamily::Ipv6] {
        show("create tcp", create_tcp_socket(family).map(|_| ()));
        show("create udp", create_udp_socket(family).map(|_| ()));
    }
    if let Ok(socket) = create_tcp_socket(IpAddressFamily::Ipv4) {
        show(
            "connect",
            socket
                .start_connect(&network, address(9))
                .and_then(|()| socket.finish_connect())
                .map(|_| ()),
        );
    }
    if let Ok(socket) = create_tcp_socket(IpAddressFamily::Ipv4) {
        show(
            "bind",
            socket
                .start_bind(&network, address(0))
                .and_then(|()| socket.finish_bind()),
        );
    }
    if let Ok(socket) = create_udp_socket(IpAddressFamily::Ipv4) {
        show(
            "bind",
            socket
                .start_bind(&network, address(0))
                .and_then(|()| socket.finish_bind()),
        );
    }
    show(
        "look up",
        resolve_addresses(&network, "localhost").map(|_| ()),
    );
}

fn show(label: &str, result: Result<(), ErrorCode>) {
    match result {
        Ok(()) => println!("{label}: allowed"),
        Err(error) => println!("{label}: {}", error.name()),
    }
}
