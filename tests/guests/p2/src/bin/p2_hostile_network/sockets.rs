//! Addresses in all spellings, sockets in all states, and more of everything than anybody needs.

use guests_p2::sockets::{parse, udp_socket, wait};
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::ip_name_lookup::resolve_addresses;
use wasip2::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress};
use wasip2::sockets::tcp::TcpSocket;
use wasip2::sockets::tcp_create_socket::create_tcp_socket;
use wasip2::sockets::udp::{OutgoingDatagram, OutgoingDatagramStream};

use crate::{Attack, NUMBERS, Ports, check};

pub const ATTACKS: &[Attack] = &[
    ("connections-to-spellings", connections),
    ("connections-from-elsewhere", connections_from_elsewhere),
    ("datagrams-to-spellings", datagrams),
    ("datagrams-among-others", datagrams_among_others),
    ("allowed-then-denied", allowed_then_denied),
    ("listeners-everywhere", listeners),
    ("options-at-the-limits", options),
    ("sockets-without-end", sockets_without_end),
    ("datagrams-without-end", datagrams_without_end),
    ("names-of-all-sorts", names),
    ("lookups-without-end", lookups_without_end),
];

/// Ways to write the address of this machine. The first is what the rules have.
const SPELLINGS: &[&str] = &[
    "127.0.0.1",
    "0.0.0.0",
    "127.0.0.2",
    "127.255.255.254",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:0.0.0.0]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]",
    "[::1%1]",
    "[::ffff:127.0.0.1%1]",
];

/// The addresses that nothing may reach: this machine at the closed port, and at the open one but not as the rules have
/// it.
fn denied(ports: Ports) -> impl Iterator<Item = String> {
    let closed = SPELLINGS
        .iter()
        .map(move |ip| format!("{ip}:{}", ports.closed));
    let open = SPELLINGS
        .iter()
        .skip(1)
        .map(move |ip| format!("{ip}:{}", ports.open));
    // An address of IPv4 that is written as one of IPv6 is the same address.
    let same = |address: &String| !address.starts_with("[::ffff:127.0.0.1");
    closed.chain(open.filter(same))
}

fn connect(socket: &TcpSocket, peer: IpSocketAddress) -> Result<(), ErrorCode> {
    socket.start_connect(&instance_network(), peer)?;
    wait(|| socket.subscribe(), || socket.finish_connect()).map(drop)
}

fn connections(ports: Ports) -> Result<(), String> {
    for address in denied(ports) {
        let (peer, _) = parse(&address);
        for family in [IpAddressFamily::Ipv4, IpAddressFamily::Ipv6] {
            let Ok(socket) = create_tcp_socket(family) else {
                continue;
            };
            check(connect(&socket, peer).is_err(), || {
                format!("a connection to {address}")
            })?;
        }
    }
    let socket = create_tcp_socket(IpAddressFamily::Ipv4).expect("a socket");
    let (open, _) = parse(&format!("127.0.0.1:{}", ports.open));
    check(connect(&socket, open).is_ok(), || {
        "not even what is allowed".into()
    })
}

/// A socket that is bound, or tried to be, before it connects.
fn connections_from_elsewhere(ports: Ports) -> Result<(), String> {
    for local in ["127.0.0.1:0", "0.0.0.0:0", "127.0.0.2:0"] {
        for address in denied(ports) {
            let (peer, family) = parse(&address);
            let Ok(socket) = create_tcp_socket(family) else {
                continue;
            };
            let _ = socket.start_bind(&instance_network(), parse(local).0);
            let _ = socket.finish_bind();
            check(connect(&socket, peer).is_err(), || {
                format!("a connection from {local} to {address}")
            })?;
        }
    }
    Ok(())
}

fn datagram(peer: Option<IpSocketAddress>) -> OutgoingDatagram {
    OutgoingDatagram {
        data: b"out".to_vec(),
        remote_address: peer,
    }
}

fn send(stream: &OutgoingDatagramStream, datagrams: &[OutgoingDatagram]) -> Result<u64, ErrorCode> {
    while stream.check_send()? < datagrams.len() as u64 {
        stream.subscribe().block();
    }
    stream.send(datagrams)
}

/// Whoever hears one says so.
fn datagrams(ports: Ports) -> Result<(), String> {
    for local in ["127.0.0.1:0", "[::1]:0", "0.0.0.0:0", "[::]:0"] {
        let Ok(socket) = udp_socket(local) else {
            continue;
        };
        for address in denied(ports) {
            let (peer, _) = parse(&address);
            if let Ok((_incoming, outgoing)) = socket.stream(None) {
                let sent = send(&outgoing, &[datagram(Some(peer))]);
                check(sent.is_err(), || format!("a datagram to {address}"))?;
            }
            let connected = socket.stream(Some(peer)).is_ok();
            check(!connected, || format!("streams to {address}"))?;
        }
    }
    Ok(())
}

fn datagrams_among_others(ports: Ports) -> Result<(), String> {
    let socket = udp_socket("127.0.0.1:0").map_err(|error| format!("no socket: {error}"))?;
    let address = |port| parse(&format!("127.0.0.1:{port}")).0;
    let (open, closed) = (address(ports.open), address(ports.closed));
    {
        let (_incoming, outgoing) = socket.stream(None).expect("streams");
        let all = [
            datagram(Some(open)),
            datagram(Some(closed)),
            datagram(Some(open)),
        ];
        // What comes before it may be sent, as on a host that fails in the middle.
        let sent = send(&outgoing, &all).unwrap_or(0);
        check(sent <= 1, || format!("{sent} datagrams"))?;
    }
    let (_incoming, outgoing) = socket.stream(Some(open)).expect("streams");
    let sent = send(&outgoing, &[datagram(Some(closed))]);
    check(sent.is_err(), || {
        "a datagram past the connected peer".into()
    })
}

/// While one connection is on its way, the same socket is told of another.
fn allowed_then_denied(ports: Ports) -> Result<(), String> {
    let address = |port| parse(&format!("127.0.0.1:{port}")).0;
    let (open, closed) = (address(ports.open), address(ports.closed));
    for (first, second) in [(open, closed), (closed, open)] {
        let socket = create_tcp_socket(IpAddressFamily::Ipv4).expect("a socket");
        let _ = socket.start_connect(&instance_network(), first);
        let _ = socket.start_connect(&instance_network(), second);
        let connected = wait(|| socket.subscribe(), || socket.finish_connect());
        if connected.is_ok() {
            let port = match socket.remote_address() {
                Ok(IpSocketAddress::Ipv4(peer)) => peer.port,
                other => return Err(format!("a peer of the other family: {other:?}")),
            };
            check(port == ports.open, || format!("a connection to {port}"))?;
        }
    }
    Ok(())
}

fn listeners(ports: Ports) -> Result<(), String> {
    for ip in SPELLINGS {
        for port in [0, 80, ports.open, ports.closed] {
            let (local, family) = parse(&format!("{ip}:{port}"));
            let Ok(socket) = create_tcp_socket(family) else {
                continue;
            };
            let bound = socket.start_bind(&instance_network(), local).is_ok()
                && wait(|| socket.subscribe(), || socket.finish_bind()).is_ok();
            let listens = socket.start_listen().is_ok()
                && wait(|| socket.subscribe(), || socket.finish_listen()).is_ok();
            check(!(bound || listens), || format!("a listener at {ip}:{port}"))?;
        }
    }
    Ok(())
}

fn options(ports: Ports) -> Result<(), String> {
    let (open, family) = parse(&format!("127.0.0.1:{}", ports.open));
    let udp = udp_socket("127.0.0.1:0").map_err(|error| format!("no socket: {error}"))?;
    let fresh = create_tcp_socket(family).expect("a socket");
    let connected = create_tcp_socket(family).expect("a socket");
    connect(&connected, open).map_err(|error| format!("no connection: {error}"))?;
    let (incoming, _outgoing) = udp.stream(None).expect("streams");
    for &number in NUMBERS {
        for socket in [&fresh, &connected] {
            let _ = socket.set_listen_backlog_size(number);
            let _ = socket.set_keep_alive_idle_time(number);
            let _ = socket.set_keep_alive_interval(number);
            let _ = socket.set_keep_alive_count(number as u32);
            let _ = socket.set_hop_limit(number as u8);
            let _ = socket.set_receive_buffer_size(number);
            let _ = socket.set_send_buffer_size(number);
        }
        let _ = udp.set_unicast_hop_limit(number as u8);
        let _ = udp.set_receive_buffer_size(number);
        let _ = udp.set_send_buffer_size(number);
        let received = incoming.receive(number).map(|all| all.len());
        check(received.is_ok_and(|count| count == 0), || {
            "datagrams".into()
        })?;
    }
    Ok(())
}

fn sockets_without_end(ports: Ports) -> Result<(), String> {
    let mut kept = Vec::new();
    for _ in 0..5_000 {
        match create_tcp_socket(IpAddressFamily::Ipv4) {
            Ok(socket) => kept.push(socket),
            Err(_) => break,
        }
    }
    let (closed, _) = parse(&format!("127.0.0.1:{}", ports.closed));
    let connected = kept.iter().any(|socket| connect(socket, closed).is_ok());
    check(!connected, || "a connection among many".into())
}

fn datagrams_without_end(ports: Ports) -> Result<(), String> {
    let socket = udp_socket("127.0.0.1:0").map_err(|error| format!("no socket: {error}"))?;
    let (_incoming, outgoing) = socket.stream(None).expect("streams");
    let (closed, _) = parse(&format!("127.0.0.1:{}", ports.closed));
    let permits = outgoing.check_send().expect("a permit");
    let many: Vec<OutgoingDatagram> = (0..permits.min(10_000))
        .map(|_| datagram(Some(closed)))
        .collect();
    check(outgoing.send(&many).is_err(), || "many datagrams".into())?;
    let large = OutgoingDatagram {
        data: vec![0; 4 << 20],
        remote_address: Some(closed),
    };
    let _ = outgoing.check_send();
    check(outgoing.send(&[large]).is_err(), || {
        "a large datagram".into()
    })
}

fn names(ports: Ports) -> Result<(), String> {
    let long = "a".repeat(4 << 20);
    let labels = "a.".repeat(1 << 20);
    for name in [
        "",
        ".",
        "..",
        "localhost",
        "LOCALHOST.",
        "localhost\0",
        "localhost\0.example.com",
        "ip6-localhost",
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "2130706433",
        "0177.0.0.1",
        "::1",
        "[::1]",
        "::ffff:127.0.0.1",
        "xn--\u{fffd}",
        "ⓛocalhost",
        "*",
        "a b",
        &long,
        &labels,
    ] {
        let Ok(lookup) = resolve_addresses(&instance_network(), name) else {
            continue;
        };
        // No lookup is needed for these, and the rules allow both.
        if ["127.0.0.1", "::ffff:127.0.0.1"].contains(&name) {
            continue;
        }
        let shown: String = name.chars().take(20).collect();
        while let Ok(Some(address)) = wait(|| lookup.subscribe(), || lookup.resolve_next_address())
        {
            return Err(format!("{address:?} for {shown} {}", ports.closed));
        }
    }
    Ok(())
}

fn lookups_without_end(_: Ports) -> Result<(), String> {
    let mut kept = Vec::new();
    for number in 0..10_000 {
        if let Ok(lookup) = resolve_addresses(&instance_network(), &format!("host-{number}.test")) {
            kept.push((lookup.subscribe(), lookup));
        }
    }
    let found = kept.iter().any(|(_, lookup)| {
        matches!(
            wait(|| lookup.subscribe(), || lookup.resolve_next_address()),
            Ok(Some(_))
        )
    });
    // A pollable is dropped before what it was made from.
    kept.into_iter().for_each(|(pollable, lookup)| {
        drop(pollable);
        drop(lookup);
    });
    check(!found, || "an address".into())
}
