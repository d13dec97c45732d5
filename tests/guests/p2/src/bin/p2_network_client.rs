//! Uses sockets as its arguments say, each a command of several words:
//!
//! - `tcp ADDRESS TEXT`: connects, sends a text, reads the answer to its end.
//! - `accept ADDRESS`: listens, says on which port, answers one connection with what it sent.
//! - `bind tcp|udp ADDRESS`: binds a socket.
//! - `udp LOCAL PEER TEXT`: sends a datagram and waits for one.
//! - `connected LOCAL PEER TEXT`: the same with a socket that is connected to its peer.
//! - `batch LOCAL PEER PEER`: sends a datagram to each of two peers with one call.
//! - `receive LOCAL`: says on which port, prints datagrams until one says `end`.
//! - `resolve NAME`: looks a name up.

use std::io::Write;
use std::net::IpAddr;

use guests_p2::sockets::{parse, udp_socket, wait};
use guests_p2::{read_to_end, text, write_all};
use wasip2::io::streams::{InputStream, OutputStream};
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::ip_name_lookup::resolve_addresses;
use wasip2::sockets::network::{ErrorCode, IpAddress, IpSocketAddress};
use wasip2::sockets::tcp::{ShutdownType, TcpSocket};
use wasip2::sockets::tcp_create_socket::create_tcp_socket;
use wasip2::sockets::udp::{IncomingDatagramStream, OutgoingDatagram, OutgoingDatagramStream};

type Result<T> = std::result::Result<T, ErrorCode>;

fn main() {
    for argument in std::env::args().skip(1) {
        let words: Vec<&str> = argument.split(' ').collect();
        let outcome = match words[..] {
            ["tcp", peer, message] => tcp(peer, message),
            ["accept", local] => accept(local),
            ["bind", "tcp", local] => tcp_socket(local, true).map(|_| "bound".into()),
            ["bind", "udp", local] => udp_socket(local).map(|_| "bound".into()),
            ["udp", local, peer, message] => udp(local, peer, message),
            ["connected", local, peer, message] => connected(local, peer, message),
            ["batch", local, one, other] => batch(local, one, other),
            ["receive", local] => receive(local),
            ["resolve", name] => resolve(name),
            _ => Ok("no command".into()),
        };
        match outcome {
            Ok(text) => println!("{argument}: {text}"),
            Err(error) => println!("{argument}: {}", error.name()),
        }
    }
}

/// Waits until an operation does not say any more that it would block.
fn tcp_socket(address: &str, bind: bool) -> Result<TcpSocket> {
    let (address, family) = parse(address);
    let socket = create_tcp_socket(family)?;
    if bind {
        socket.start_bind(&instance_network(), address)?;
        wait(|| socket.subscribe(), || socket.finish_bind())?;
    }
    Ok(socket)
}

fn tcp(peer: &str, message: &str) -> Result<String> {
    let socket = tcp_socket(peer, false)?;
    socket.start_connect(&instance_network(), parse(peer).0)?;
    let (input, output) = wait(|| socket.subscribe(), || socket.finish_connect())?;
    write_all(&output, message.as_bytes()).expect("the message is sent");
    socket.shutdown(ShutdownType::Send)?;
    let answer = read_to_end(&input).expect("an answer");
    Ok(text(&answer))
}

fn accept(local: &str) -> Result<String> {
    let socket = tcp_socket(local, true)?;
    socket.start_listen()?;
    wait(|| socket.subscribe(), || socket.finish_listen())?;
    say_port(socket.local_address()?);
    let (peer, input, output): (TcpSocket, InputStream, OutputStream) =
        wait(|| socket.subscribe(), || socket.accept())?;
    let message = read_to_end(&input).expect("a message");
    write_all(&output, &message).expect("the answer is sent");
    peer.shutdown(ShutdownType::Both)?;
    Ok(text(&message))
}

fn udp(local: &str, peer: &str, message: &str) -> Result<String> {
    let socket = udp_socket(local)?;
    let (incoming, outgoing) = socket.stream(None)?;
    send(&outgoing, &[datagram(message, Some(peer))])?;
    next(&incoming)
}

fn connected(local: &str, peer: &str, message: &str) -> Result<String> {
    let socket = udp_socket(local)?;
    let (incoming, outgoing) = socket.stream(Some(parse(peer).0))?;
    send(&outgoing, &[datagram(message, None)])?;
    next(&incoming)
}

fn batch(local: &str, one: &str, other: &str) -> Result<String> {
    let socket = udp_socket(local)?;
    let (_incoming, outgoing) = socket.stream(None)?;
    let both = [
        datagram("first", Some(one)),
        datagram("second", Some(other)),
    ];
    let sent = send(&outgoing, &both)?;
    Ok(format!("{sent} sent"))
}

fn receive(local: &str) -> Result<String> {
    let socket = udp_socket(local)?;
    let (incoming, _outgoing) = socket.stream(None)?;
    say_port(socket.local_address()?);
    let mut all = Vec::new();
    while all.last().is_none_or(|message| message != "end") {
        all.push(next(&incoming)?);
    }
    Ok(all.join(" "))
}

fn datagram(message: &str, peer: Option<&str>) -> OutgoingDatagram {
    OutgoingDatagram {
        data: message.into(),
        remote_address: peer.map(|peer| parse(peer).0),
    }
}

fn send(outgoing: &OutgoingDatagramStream, datagrams: &[OutgoingDatagram]) -> Result<u64> {
    while outgoing.check_send()? < datagrams.len() as u64 {
        outgoing.subscribe().block();
    }
    outgoing.send(datagrams)
}

fn next(incoming: &IncomingDatagramStream) -> Result<String> {
    loop {
        if let Some(datagram) = incoming.receive(1)?.first() {
            return Ok(text(&datagram.data));
        }
        incoming.subscribe().block();
    }
}

fn resolve(name: &str) -> Result<String> {
    let stream = resolve_addresses(&instance_network(), name)?;
    let mut found = Vec::new();
    while let Some(address) = wait(|| stream.subscribe(), || stream.resolve_next_address())? {
        found.push(match address {
            IpAddress::Ipv4((a, b, c, d)) => IpAddr::from([a, b, c, d]).to_string(),
            IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => {
                IpAddr::from([a, b, c, d, e, f, g, h]).to_string()
            }
        });
    }
    Ok(format!("[{}]", found.join(", ")))
}

fn say_port(address: IpSocketAddress) {
    let port = match address {
        IpSocketAddress::Ipv4(address) => address.port,
        IpSocketAddress::Ipv6(address) => address.port,
    };
    println!("port {port}");
    std::io::stdout().flush().expect("standard output");
}
