//! `wasi:sockets`.

use std::net::{IpAddr, SocketAddr};

use crate::probe::{Outcome, Peers, done, named, need, probes, shown, value_of};
use crate::wasi::sockets::ip_name_lookup::{self, ErrorCode as LookupError};
use crate::wasi::sockets::types::{
    ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, TcpSocket, UdpSocket,
};

named!(ErrorCode, LookupError);

const FAMILY: IpAddressFamily = IpAddressFamily::Ipv4;

/// Any port of the loopback interface.
const LOCAL: IpSocketAddress = IpSocketAddress::Ipv4(Ipv4SocketAddress {
    port: 0,
    address: (127, 0, 0, 1),
});

fn address(text: &str) -> Result<IpSocketAddress, String> {
    let address: SocketAddr = text.parse().map_err(|_| format!("no address: {text}"))?;
    let IpAddr::V4(ip) = address.ip() else {
        return Err(format!("no address of IPv4: {text}"));
    };
    let [a, b, c, d] = ip.octets();
    Ok(IpSocketAddress::Ipv4(Ipv4SocketAddress {
        port: address.port(),
        address: (a, b, c, d),
    }))
}

fn tcp() -> Result<TcpSocket, String> {
    need("socket", "tcp-socket.create", TcpSocket::create(FAMILY))
}

fn udp() -> Result<UdpSocket, String> {
    need("socket", "udp-socket.create", UdpSocket::create(FAMILY))
}

async fn connected(peers: &Peers) -> Result<TcpSocket, String> {
    let socket = tcp()?;
    let result = socket.connect(address(&peers.tcp)?).await;
    need("connection", "connect", result)?;
    Ok(socket)
}

fn bound() -> Result<UdpSocket, String> {
    let socket = udp()?;
    need("bound socket", "bind", socket.bind(LOCAL))?;
    Ok(socket)
}

/// A socket to whose peer a datagram was sent, which sends it back.
async fn answered(peers: &Peers) -> Result<UdpSocket, String> {
    let socket = bound()?;
    let sent = socket.send(b"hello".to_vec(), Some(address(&peers.udp)?));
    need("datagram", "send", sent.await)?;
    Ok(socket)
}

/// The outcome without the port, which the system chooses.
fn address_family(result: Result<IpSocketAddress, ErrorCode>) -> Outcome {
    shown(result.map(|address| match address {
        IpSocketAddress::Ipv4(address) => address.address,
        IpSocketAddress::Ipv6(_) => (0, 0, 0, 0),
    }))
}

probes! {
    "wasi:sockets/ip-name-lookup" {
        "resolve-addresses" => |_| {
            let found = ip_name_lookup::resolve_addresses("localhost".into()).await;
            let is_here = |found: &IpAddress| matches!(found, IpAddress::Ipv4((127, 0, 0, 1)));
            shown(found.map(|found| found.iter().any(is_here)))
        },
    }
    "wasi:sockets/types" {
        "tcp-socket.create" => |_| done(TcpSocket::create(FAMILY)),
        "tcp-socket.bind" => |_| done(tcp()?.bind(LOCAL)),
        "tcp-socket.connect" => |peers| done(tcp()?.connect(address(&peers.tcp)?).await),
        "tcp-socket.listen" => |_| {
            let socket = tcp()?;
            need("bound socket", "bind", socket.bind(LOCAL))?;
            done(socket.listen())
        },
        "tcp-socket.send" => |peers| {
            let socket = connected(&peers).await?;
            let (mut writer, reader) = crate::wit_stream::new();
            let sent = socket.send(reader);
            writer.write_all(b"hello".to_vec()).await;
            drop(writer);
            done(sent.await)
        },
        "tcp-socket.receive" => |peers| {
            // The peer sends nothing: that there is a stream has to suffice.
            let (stream, _) = connected(&peers).await?.receive();
            drop(stream);
            Ok("ok".into())
        },
        "tcp-socket.get-local-address" => |peers| {
            address_family(connected(&peers).await?.get_local_address())
        },
        "tcp-socket.get-remote-address" => |peers| {
            address_family(connected(&peers).await?.get_remote_address())
        },
        "tcp-socket.get-is-listening" => |_| value_of(tcp()?.get_is_listening()),
        "tcp-socket.get-address-family" => |_| value_of(tcp()?.get_address_family()),
        "tcp-socket.set-listen-backlog-size" => |_| done(tcp()?.set_listen_backlog_size(10)),
        "tcp-socket.get-keep-alive-enabled" => |_| shown(tcp()?.get_keep_alive_enabled()),
        "tcp-socket.set-keep-alive-enabled" => |_| done(tcp()?.set_keep_alive_enabled(true)),
        "tcp-socket.get-keep-alive-idle-time" => |_| shown(tcp()?.get_keep_alive_idle_time()),
        "tcp-socket.set-keep-alive-idle-time" => |_| {
            done(tcp()?.set_keep_alive_idle_time(1_000_000_000))
        },
        "tcp-socket.get-keep-alive-interval" => |_| shown(tcp()?.get_keep_alive_interval()),
        "tcp-socket.set-keep-alive-interval" => |_| {
            done(tcp()?.set_keep_alive_interval(1_000_000_000))
        },
        "tcp-socket.get-keep-alive-count" => |_| shown(tcp()?.get_keep_alive_count()),
        "tcp-socket.set-keep-alive-count" => |_| done(tcp()?.set_keep_alive_count(3)),
        "tcp-socket.get-hop-limit" => |_| shown(tcp()?.get_hop_limit()),
        "tcp-socket.set-hop-limit" => |_| done(tcp()?.set_hop_limit(10)),
        "tcp-socket.get-receive-buffer-size" => |_| done(tcp()?.get_receive_buffer_size()),
        "tcp-socket.set-receive-buffer-size" => |_| done(tcp()?.set_receive_buffer_size(65536)),
        "tcp-socket.get-send-buffer-size" => |_| done(tcp()?.get_send_buffer_size()),
        "tcp-socket.set-send-buffer-size" => |_| done(tcp()?.set_send_buffer_size(65536)),
        "udp-socket.create" => |_| done(UdpSocket::create(FAMILY)),
        "udp-socket.bind" => |_| done(udp()?.bind(LOCAL)),
        "udp-socket.connect" => |peers| done(bound()?.connect(address(&peers.udp)?)),
        "udp-socket.disconnect" => |peers| {
            let socket = bound()?;
            need("peer", "connect", socket.connect(address(&peers.udp)?))?;
            done(socket.disconnect())
        },
        "udp-socket.send" => |peers| {
            let sent = bound()?.send(b"hello".to_vec(), Some(address(&peers.udp)?)).await;
            done(sent)
        },
        "udp-socket.receive" => |peers| {
            let received = answered(&peers).await?.receive().await;
            shown(received.map(|(bytes, _)| bytes))
        },
        "udp-socket.get-local-address" => |_| address_family(bound()?.get_local_address()),
        "udp-socket.get-remote-address" => |peers| {
            let socket = bound()?;
            need("peer", "connect", socket.connect(address(&peers.udp)?))?;
            address_family(socket.get_remote_address())
        },
        "udp-socket.get-address-family" => |_| value_of(udp()?.get_address_family()),
        "udp-socket.get-unicast-hop-limit" => |_| shown(udp()?.get_unicast_hop_limit()),
        "udp-socket.set-unicast-hop-limit" => |_| done(udp()?.set_unicast_hop_limit(10)),
        "udp-socket.get-receive-buffer-size" => |_| done(udp()?.get_receive_buffer_size()),
        "udp-socket.set-receive-buffer-size" => |_| done(udp()?.set_receive_buffer_size(65536)),
        "udp-socket.get-send-buffer-size" => |_| done(udp()?.get_send_buffer_size()),
        "udp-socket.set-send-buffer-size" => |_| done(udp()?.set_send_buffer_size(65536)),
    }
}
