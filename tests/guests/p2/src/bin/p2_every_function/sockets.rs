//! `wasi:sockets`, with peers on the loopback interface.

use guests_p2::sockets::{parse, wait};
use wasip2::io::streams::{InputStream, OutputStream};
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::ip_name_lookup::{ResolveAddressStream, resolve_addresses};
use wasip2::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress};
use wasip2::sockets::tcp::{ShutdownType, TcpSocket};
use wasip2::sockets::tcp_create_socket::create_tcp_socket;
use wasip2::sockets::udp::{
    IncomingDatagramStream, OutgoingDatagram, OutgoingDatagramStream, UdpSocket,
};
use wasip2::sockets::udp_create_socket::create_udp_socket;

use crate::probe::{Peers, done, need, probes, returned, shown, value_of};

/// One second, in nanoseconds.
const SECOND: u64 = 1_000_000_000;

const LOCAL: &str = "127.0.0.1:0";

fn address(text: &str) -> IpSocketAddress {
    parse(text).0
}

fn port(address: IpSocketAddress) -> u16 {
    match address {
        IpSocketAddress::Ipv4(address) => address.port,
        IpSocketAddress::Ipv6(address) => address.port,
    }
}

fn tcp() -> Result<TcpSocket, String> {
    need(
        "socket",
        "create-tcp-socket",
        create_tcp_socket(IpAddressFamily::Ipv4),
    )
}

fn binding() -> Result<TcpSocket, String> {
    let socket = tcp()?;
    need(
        "bound socket",
        "start-bind",
        socket.start_bind(&instance_network(), address(LOCAL)),
    )?;
    Ok(socket)
}

fn bound() -> Result<TcpSocket, String> {
    let socket = binding()?;
    need(
        "bound socket",
        "finish-bind",
        wait(|| socket.subscribe(), || socket.finish_bind()),
    )?;
    Ok(socket)
}

fn listening() -> Result<TcpSocket, String> {
    let socket = bound()?;
    need("listener", "start-listen", socket.start_listen())?;
    need(
        "listener",
        "finish-listen",
        wait(|| socket.subscribe(), || socket.finish_listen()),
    )?;
    Ok(socket)
}

fn connecting(peer: &str) -> Result<TcpSocket, String> {
    let socket = tcp()?;
    need(
        "connection",
        "start-connect",
        socket.start_connect(&instance_network(), address(peer)),
    )?;
    Ok(socket)
}

fn connected(peer: &str) -> Result<(TcpSocket, InputStream, OutputStream), String> {
    let socket = connecting(peer)?;
    let streams = wait(|| socket.subscribe(), || socket.finish_connect());
    let (input, output) = need("connection", "finish-connect", streams)?;
    Ok((socket, input, output))
}

fn udp() -> Result<UdpSocket, String> {
    need(
        "socket",
        "create-udp-socket",
        create_udp_socket(IpAddressFamily::Ipv4),
    )
}

fn udp_bound() -> Result<UdpSocket, String> {
    let socket = udp()?;
    need(
        "bound socket",
        "start-bind",
        socket.start_bind(&instance_network(), address(LOCAL)),
    )?;
    need(
        "bound socket",
        "finish-bind",
        wait(|| socket.subscribe(), || socket.finish_bind()),
    )?;
    Ok(socket)
}

/// A socket and what was made from it, dropped in this order: a host may trap when the socket is dropped first.
struct Streams {
    incoming: IncomingDatagramStream,
    outgoing: OutgoingDatagramStream,
    socket: UdpSocket,
}

fn udp_streams(peer: Option<&str>) -> Result<Streams, String> {
    let socket = udp_bound()?;
    let (incoming, outgoing) = need("streams", "stream", socket.stream(peer.map(address)))?;
    Ok(Streams {
        incoming,
        outgoing,
        socket,
    })
}

/// Sends a datagram to the peer and returns the streams.
fn sent(peers: &Peers) -> Result<(Streams, Result<u64, ErrorCode>), String> {
    let streams = udp_streams(None)?;
    let outgoing = &streams.outgoing;
    while need("permit", "check-send", outgoing.check_send())? == 0 {
        outgoing.subscribe().block();
    }
    let result = outgoing.send(&[OutgoingDatagram {
        data: b"hello".into(),
        remote_address: Some(address(&peers.udp)),
    }]);
    Ok((streams, result))
}

fn lookup() -> Result<ResolveAddressStream, String> {
    need(
        "lookup",
        "resolve-addresses",
        resolve_addresses(&instance_network(), "localhost"),
    )
}

probes! {
    "wasi:sockets/instance-network" {
        "instance-network" => |_| returned(instance_network()),
    }
    "wasi:sockets/ip-name-lookup" {
        "resolve-addresses" => |_| done(resolve_addresses(&instance_network(), "localhost")),
        "resolve-address-stream.resolve-next-address" => |_| {
            let stream = lookup()?;
            done(wait(|| stream.subscribe(), || stream.resolve_next_address()))
        },
        "resolve-address-stream.subscribe" => |_| returned(lookup()?.subscribe().block()),
    }
    "wasi:sockets/tcp-create-socket" {
        "create-tcp-socket" => |_| done(create_tcp_socket(IpAddressFamily::Ipv4)),
    }
    "wasi:sockets/tcp" {
        "tcp-socket.start-bind" => |_| done(tcp()?.start_bind(&instance_network(), address(LOCAL))),
        "tcp-socket.finish-bind" => |_| {
            let socket = binding()?;
            done(wait(|| socket.subscribe(), || socket.finish_bind()))
        },
        "tcp-socket.start-connect" => |peers| {
            done(tcp()?.start_connect(&instance_network(), address(&peers.tcp)))
        },
        "tcp-socket.finish-connect" => |peers| {
            let socket = connecting(&peers.tcp)?;
            done(wait(|| socket.subscribe(), || socket.finish_connect()))
        },
        "tcp-socket.start-listen" => |_| done(bound()?.start_listen()),
        "tcp-socket.finish-listen" => |_| {
            let socket = bound()?;
            need("listener", "start-listen", socket.start_listen())?;
            done(wait(|| socket.subscribe(), || socket.finish_listen()))
        },
        "tcp-socket.accept" => |_| {
            let listener = listening()?;
            let port = need("address", "local-address", listener.local_address().map(port))?;
            let (_client, _input, _output) = connected(&format!("127.0.0.1:{port}"))?;
            // What was made from the socket is dropped before it.
            done(wait(|| listener.subscribe(), || listener.accept()).map(|(socket, input, output)| {
                drop((input, output));
                drop(socket);
            }))
        },
        "tcp-socket.local-address" => |_| shown(bound()?.local_address().map(|local| port(local) > 0)),
        "tcp-socket.remote-address" => |peers| {
            let (socket, _input, _output) = connected(&peers.tcp)?;
            shown(socket.remote_address().map(|remote| port(remote) > 0))
        },
        "tcp-socket.is-listening" => |_| value_of(listening()?.is_listening()),
        "tcp-socket.address-family" => |_| value_of(tcp()?.address_family()),
        "tcp-socket.set-listen-backlog-size" => |_| done(tcp()?.set_listen_backlog_size(5)),
        "tcp-socket.keep-alive-enabled" => |_| shown(tcp()?.keep_alive_enabled()),
        "tcp-socket.set-keep-alive-enabled" => |_| done(tcp()?.set_keep_alive_enabled(true)),
        "tcp-socket.keep-alive-idle-time" => |_| done(tcp()?.keep_alive_idle_time()),
        "tcp-socket.set-keep-alive-idle-time" => |_| done(tcp()?.set_keep_alive_idle_time(SECOND)),
        "tcp-socket.keep-alive-interval" => |_| done(tcp()?.keep_alive_interval()),
        "tcp-socket.set-keep-alive-interval" => |_| done(tcp()?.set_keep_alive_interval(SECOND)),
        "tcp-socket.keep-alive-count" => |_| done(tcp()?.keep_alive_count()),
        "tcp-socket.set-keep-alive-count" => |_| done(tcp()?.set_keep_alive_count(3)),
        "tcp-socket.hop-limit" => |_| done(tcp()?.hop_limit()),
        "tcp-socket.set-hop-limit" => |_| done(tcp()?.set_hop_limit(9)),
        "tcp-socket.receive-buffer-size" => |_| done(tcp()?.receive_buffer_size()),
        "tcp-socket.set-receive-buffer-size" => |_| done(tcp()?.set_receive_buffer_size(65_536)),
        "tcp-socket.send-buffer-size" => |_| done(tcp()?.send_buffer_size()),
        "tcp-socket.set-send-buffer-size" => |_| done(tcp()?.set_send_buffer_size(65_536)),
        "tcp-socket.subscribe" => |_| returned(tcp()?.subscribe()),
        "tcp-socket.shutdown" => |peers| {
            let (socket, _input, _output) = connected(&peers.tcp)?;
            done(socket.shutdown(ShutdownType::Send))
        },
    }
    "wasi:sockets/udp-create-socket" {
        "create-udp-socket" => |_| done(create_udp_socket(IpAddressFamily::Ipv4)),
    }
    "wasi:sockets/udp" {
        "udp-socket.start-bind" => |_| done(udp()?.start_bind(&instance_network(), address(LOCAL))),
        "udp-socket.finish-bind" => |_| {
            let socket = udp()?;
            let started = socket.start_bind(&instance_network(), address(LOCAL));
            need("bound socket", "start-bind", started)?;
            done(wait(|| socket.subscribe(), || socket.finish_bind()))
        },
        "udp-socket.stream" => |peers| done(udp_bound()?.stream(Some(address(&peers.udp)))),
        "udp-socket.local-address" => |_| shown(udp_bound()?.local_address().map(|local| port(local) > 0)),
        "udp-socket.remote-address" => |peers| {
            let streams = udp_streams(Some(&peers.udp))?;
            shown(streams.socket.remote_address().map(|remote| port(remote) > 0))
        },
        "udp-socket.address-family" => |_| value_of(udp()?.address_family()),
        "udp-socket.unicast-hop-limit" => |_| done(udp()?.unicast_hop_limit()),
        "udp-socket.set-unicast-hop-limit" => |_| done(udp()?.set_unicast_hop_limit(9)),
        "udp-socket.receive-buffer-size" => |_| done(udp()?.receive_buffer_size()),
        "udp-socket.set-receive-buffer-size" => |_| done(udp()?.set_receive_buffer_size(65_536)),
        "udp-socket.send-buffer-size" => |_| done(udp()?.send_buffer_size()),
        "udp-socket.set-send-buffer-size" => |_| done(udp()?.set_send_buffer_size(65_536)),
        "udp-socket.subscribe" => |_| returned(udp()?.subscribe()),
        "incoming-datagram-stream.receive" => |peers| {
            let (streams, result) = sent(peers)?;
            need("datagram", "send", result)?;
            loop {
                match streams.incoming.receive(1) {
                    Ok(datagrams) if datagrams.is_empty() => streams.incoming.subscribe().block(),
                    result => return shown(result.map(|datagrams| datagrams.len())),
                }
            }
        },
        "incoming-datagram-stream.subscribe" => |_| returned(udp_streams(None)?.incoming.subscribe()),
        "outgoing-datagram-stream.check-send" => |_| {
            shown(udp_streams(None)?.outgoing.check_send().map(|permits| permits > 0))
        },
        "outgoing-datagram-stream.send" => |peers| shown(sent(peers)?.1),
        "outgoing-datagram-stream.subscribe" => |_| returned(udp_streams(None)?.outgoing.subscribe().block()),
    }
}
