//! Datagrams, names, and the numbers of sockets.

use guests_p2::sockets::udp_socket;
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::ip_name_lookup::resolve_addresses;
use wasip2::sockets::network::IpAddressFamily;
use wasip2::sockets::tcp_create_socket::create_tcp_socket;
use wasip2::sockets::udp::OutgoingDatagram;

use crate::{Attack, LARGE, aliases, check};

pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "datagrams-that-are-one",
        functions: &["wasi:sockets/udp outgoing-datagram-stream.send"],
        run: datagrams,
    },
    Attack {
        name: "names-to-look-up",
        functions: &["wasi:sockets/ip-name-lookup resolve-addresses"],
        run: names,
    },
    Attack {
        name: "numbers-of-sockets",
        functions: &[
            "wasi:sockets/udp incoming-datagram-stream.receive",
            "wasi:sockets/udp udp-socket.set-receive-buffer-size",
            "wasi:sockets/udp udp-socket.set-send-buffer-size",
            "wasi:sockets/udp udp-socket.set-unicast-hop-limit",
            "wasi:sockets/tcp tcp-socket.set-listen-backlog-size",
            "wasi:sockets/tcp tcp-socket.set-keep-alive-idle-time",
            "wasi:sockets/tcp tcp-socket.set-keep-alive-interval",
            "wasi:sockets/tcp tcp-socket.set-keep-alive-count",
            "wasi:sockets/tcp tcp-socket.set-hop-limit",
            "wasi:sockets/tcp tcp-socket.set-receive-buffer-size",
            "wasi:sockets/tcp tcp-socket.set-send-buffer-size",
        ],
        run: numbers,
    },
];

fn datagrams() -> Result<(), String> {
    // Where sockets are denied, there is nothing to send by.
    let Ok(socket) = udp_socket("127.0.0.1:0") else {
        return Ok(());
    };
    let (_incoming, outgoing) = socket.stream(None).map_err(|error| error.to_string())?;
    let _ = outgoing.check_send();
    let data = aliases::text(1 << 20);
    let all = aliases::list(500, || OutgoingDatagram {
        data: aliases::bytes(data.as_bytes()),
        remote_address: None,
    });
    let sent = outgoing.send(&all);
    check(sent.is_err(), || format!("{sent:?}"))
}

fn names() -> Result<(), String> {
    let labels = "a.".repeat(LARGE / 2);
    for name in [aliases::text(LARGE), &labels] {
        let found = resolve_addresses(&instance_network(), name);
        check(found.is_err(), || "a lookup".into())?;
    }
    Ok(())
}

fn numbers() -> Result<(), String> {
    let numbers = [0, 1, u64::from(u32::MAX), u64::MAX / 2, u64::MAX];
    if let Ok(socket) = create_tcp_socket(IpAddressFamily::Ipv4) {
        for number in numbers {
            let _ = socket.set_listen_backlog_size(number);
            let _ = socket.set_keep_alive_idle_time(number);
            let _ = socket.set_keep_alive_interval(number);
            let _ = socket.set_keep_alive_count(number as u32);
            let _ = socket.set_hop_limit(number as u8);
            let _ = socket.set_receive_buffer_size(number);
            let _ = socket.set_send_buffer_size(number);
        }
    }
    let Ok(socket) = udp_socket("127.0.0.1:0") else {
        return Ok(());
    };
    for number in numbers {
        let _ = socket.set_receive_buffer_size(number);
        let _ = socket.set_send_buffer_size(number);
        let _ = socket.set_unicast_hop_limit(number as u8);
    }
    let (incoming, _outgoing) = socket.stream(None).map_err(|error| error.to_string())?;
    for number in numbers {
        let received = incoming.receive(number).map_or(0, |all| all.len());
        check(received == 0, || format!("{received} datagrams"))?;
    }
    Ok(())
}
