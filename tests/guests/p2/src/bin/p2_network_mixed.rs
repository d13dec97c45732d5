//! Mixes a connection with files and timers, as its arguments say, each a command and the address of a server that sends
//! back what it gets:
//!
//! - `splice ADDRESS`: moves a file into a connection and the answer into another file.
//! - `poll ADDRESS`: waits for a connection, a file and a timer at once.
//! - `drop ADDRESS`: drops a socket before its streams, and those before what waits for them.
//! - `drop-udp ADDRESS`: the same with a socket for datagrams.
//! - `drop-lookup NAME`: drops a lookup before what waits for it.

use guests_p2::create;
use guests_p2::sockets::{parse, udp_socket};
use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::io::poll::poll;
use wasip2::io::streams::{InputStream, OutputStream, StreamError};
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::ip_name_lookup::resolve_addresses;
use wasip2::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress};
use wasip2::sockets::tcp::{ShutdownType, TcpSocket};
use wasip2::sockets::tcp_create_socket::create_tcp_socket;
use wasip2::sockets::udp::OutgoingDatagram;

const HOUR: u64 = 3_600_000_000_000;

fn main() {
    for argument in std::env::args().skip(1) {
        let (command, address) = argument.split_once(' ').expect("a command and an address");
        let outcome = match command {
            "splice" => splice(address),
            "poll" => poll_all(address),
            "drop" => drop_parents_first(address),
            "drop-udp" => drop_udp_parents_first(address),
            "drop-lookup" => drop_lookup_first(address),
            _ => "no command".into(),
        };
        println!("{argument}: {outcome}");
    }
}

fn connect(address: &str) -> (TcpSocket, InputStream, OutputStream) {
    let address: std::net::SocketAddrV4 = address.parse().expect("an address");
    let [a, b, c, d] = address.ip().octets();
    let socket = create_tcp_socket(IpAddressFamily::Ipv4).expect("a socket");
    let peer = IpSocketAddress::Ipv4(Ipv4SocketAddress {
        port: address.port(),
        address: (a, b, c, d),
    });
    socket
        .start_connect(&instance_network(), peer)
        .expect("connecting starts");
    loop {
        match socket.finish_connect() {
            Err(ErrorCode::WouldBlock) => socket.subscribe().block(),
            streams => {
                let (input, output) = streams.expect("a connection");
                return (socket, input, output);
            }
        }
    }
}

/// Moves everything from one stream to another, by splicing without blocking and with it in turns.
fn move_all(from: &InputStream, to: &OutputStream) -> u64 {
    let mut moved = 0;
    for turn in 0u64.. {
        let result = if turn % 2 == 0 {
            to.blocking_splice(from, 5_000)
        } else {
            to.splice(from, 5_000)
        };
        match result {
            Ok(count) => moved += count,
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(error)) => panic!("{}", error.to_debug_string()),
        }
    }
    to.blocking_flush().expect("a flush");
    moved
}

fn splice(address: &str) -> String {
    let contents: Vec<u8> = (0..50_000u32).flat_map(u32::to_le_bytes).collect();
    let source = create("source", &contents);
    let target = create("target", b"");
    let (socket, input, output) = connect(address);
    let sent = move_all(&source.read_via_stream(0).expect("a stream"), &output);
    socket.shutdown(ShutdownType::Send).expect("an end");
    let received = move_all(&input, &target.write_via_stream(0).expect("a stream"));
    let same = std::fs::read("/target").expect("the file") == contents;
    format!("{sent} sent, {received} received, the same: {same}")
}

fn poll_all(address: &str) -> String {
    let file = create("file", b"contents");
    let read = file.read_via_stream(0).expect("a stream");
    let (socket, input, output) = connect(address);
    let (far, of_file, of_input) = (
        subscribe_duration(HOUR),
        read.subscribe(),
        input.subscribe(),
    );
    let first = poll(&[&far, &of_input, &of_file]);
    let soon = poll(&[&far, &of_input, &subscribe_duration(1_000_000)]);
    output
        .blocking_write_and_flush(b"hello")
        .expect("the message is sent");
    socket.shutdown(ShutdownType::Send).expect("an end");
    let answered = poll(&[&far, &of_input]);
    format!("{first:?} {soon:?} {answered:?}")
}

fn drop_parents_first(address: &str) -> String {
    let (socket, input, output) = connect(address);
    let waiting = [socket.subscribe(), input.subscribe(), output.subscribe()];
    output
        .blocking_write_and_flush(b"hello")
        .expect("the message is sent");
    socket.shutdown(ShutdownType::Send).expect("an end");
    drop(socket);
    let answer = input.blocking_read(5).expect("an answer");
    drop(input);
    drop(output);
    let ready = waiting.iter().map(|pollable| pollable.ready()).count();
    drop(waiting);
    format!("{} and {ready} pollables", guests_p2::text(&answer))
}

fn drop_udp_parents_first(address: &str) -> String {
    let socket = udp_socket("127.0.0.1:0").expect("a socket");
    let (incoming, outgoing) = socket.stream(None).expect("streams");
    let waiting = [
        socket.subscribe(),
        incoming.subscribe(),
        outgoing.subscribe(),
    ];
    drop(socket);
    while outgoing.check_send().expect("room to send") == 0 {
        outgoing.subscribe().block();
    }
    let datagram = OutgoingDatagram {
        data: b"hello".to_vec(),
        remote_address: Some(parse(address).0),
    };
    outgoing.send(&[datagram]).expect("the datagram is sent");
    drop(outgoing);
    let answer = loop {
        match incoming.receive(1).expect("a datagram").pop() {
            Some(datagram) => break datagram.data,
            None => incoming.subscribe().block(),
        }
    };
    drop(incoming);
    let ready = waiting.iter().map(|pollable| pollable.ready()).count();
    drop(waiting);
    format!("{} and {ready} pollables", guests_p2::text(&answer))
}

fn drop_lookup_first(name: &str) -> String {
    let lookup = resolve_addresses(&instance_network(), name).expect("a lookup");
    let waiting = lookup.subscribe();
    drop(lookup);
    waiting.block();
    format!("ready: {}", waiting.ready())
}
