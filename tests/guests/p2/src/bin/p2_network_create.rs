//! Makes a socket of each kind and drops it: of `wasi:sockets/{tcp,udp}` it needs the types alone.

use wasip2::sockets::network::ErrorCode;
use wasip2::sockets::network::IpAddressFamily::Ipv4;
use wasip2::sockets::tcp_create_socket::create_tcp_socket;
use wasip2::sockets::udp_create_socket::create_udp_socket;

fn main() {
    println!("tcp: {}", outcome(create_tcp_socket(Ipv4).map(drop)));
    println!("udp: {}", outcome(create_udp_socket(Ipv4).map(drop)));
}

fn outcome(made: Result<(), ErrorCode>) -> &'static str {
    made.map_or_else(|error| error.name(), |()| "made")
}
