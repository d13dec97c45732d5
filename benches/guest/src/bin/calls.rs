//! Repeats one call of WASI, so that the starting program can measure it: `CALL COUNT [ADDRESS]`.

use std::net::SocketAddr;

use wasip2::cli::{environment, stderr};
use wasip2::clocks::{monotonic_clock, wall_clock};
use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{Descriptor, DescriptorFlags, OpenFlags, PathFlags};
use wasip2::http::outgoing_handler;
use wasip2::http::types::{Fields, OutgoingRequest, Scheme};
use wasip2::io::poll::{Pollable, poll};
use wasip2::io::streams::OutputStream;
use wasip2::random::random;
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::ip_name_lookup::resolve_addresses;
use wasip2::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress};
use wasip2::sockets::tcp::TcpSocket;
use wasip2::sockets::tcp_create_socket::create_tcp_socket;
use wasip2::sockets::udp::OutgoingDatagram;
use wasip2::sockets::udp_create_socket::create_udp_socket;

/// `wasi:config/store`, which the crate `wasip2` lacks.
mod config {
    #![allow(missing_docs, unsafe_code)]
    wit_bindgen::generate!({
        path: "../../wit/p2/deps/config.wit",
        world: "wasi:config/imports",
        generate_all,
    });
}

const BLOCK: u64 = 4096;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [call, count, address @ ..] = &arguments[..] else {
        panic!("CALL COUNT [ADDRESS]");
    };
    let count: u64 = count.parse().expect("a count");
    let peer = || -> SocketAddr {
        let address = address.first().expect("an address");
        address.parse().expect("an address")
    };
    let repeat = |call: &mut dyn FnMut()| (0..count).for_each(|_| call());
    match call.as_str() {
        "get-random-u64" => repeat(&mut || {
            random::get_random_u64();
        }),
        "get-random-bytes" => repeat(&mut || drop(random::get_random_bytes(65_536))),
        "monotonic-now" => repeat(&mut || {
            monotonic_clock::now();
        }),
        "wall-now" => repeat(&mut || {
            wall_clock::now();
        }),
        "poll" => {
            let ready = monotonic_clock::subscribe_instant(0);
            repeat(&mut || drop(poll(&[&ready])));
        }
        "get-environment" => repeat(&mut || drop(environment::get_environment())),
        "config-get" => repeat(&mut || drop(config::wasi::config::store::get("greeting"))),
        "stderr-write" => {
            let stream = stderr::get_stderr();
            repeat(&mut || write(&stream, b"a line of some length\n"));
        }
        "stat-at" => {
            let root = root();
            make(&root);
            repeat(&mut || {
                root.stat_at(PathFlags::empty(), "file").expect("a file");
            });
        }
        "open-at" => {
            let root = root();
            make(&root);
            repeat(&mut || drop(open(&root, OpenFlags::empty(), DescriptorFlags::READ)));
        }
        "read" => {
            let root = root();
            make(&root);
            let file = open(&root, OpenFlags::empty(), DescriptorFlags::READ);
            repeat(&mut || drop(file.read(BLOCK, 0).expect("a block")));
        }
        "denied-create" => {
            let root = root();
            repeat(&mut || {
                root.create_directory_at("new").expect_err("a refusal");
            });
        }
        "denied-lookup" => repeat(&mut || {
            let name = "denied.example";
            resolve_addresses(&instance_network(), name).expect_err("a refusal");
        }),
        "tcp-connect" => repeat(&mut || drop(connect(peer()))),
        "tcp-write" => {
            let connection = connect(peer());
            repeat(&mut || write(&connection.0, &[1; 64]));
        }
        "udp-send" => {
            let socket = create_udp_socket(IpAddressFamily::Ipv4).expect("a socket");
            let local = ip(SocketAddr::from(([127, 0, 0, 1], 0)));
            socket
                .start_bind(&instance_network(), local)
                .expect("bound");
            socket.finish_bind().expect("bound");
            let (_incoming, outgoing) = socket.stream(None).expect("streams");
            let datagram = [OutgoingDatagram {
                data: vec![1; 64],
                remote_address: Some(ip(peer())),
            }];
            repeat(&mut || {
                while outgoing.check_send().expect("a permit") == 0 {
                    outgoing.subscribe().block();
                }
                outgoing.send(&datagram).expect("sent");
            });
        }
        "resolve-addresses" => repeat(&mut || {
            let found = resolve_addresses(&instance_network(), "localhost").expect("a lookup");
            while wait(|| found.subscribe(), || found.resolve_next_address()).is_some() {}
        }),
        "outgoing-request" => repeat(&mut || drop(request(peer()))),
        "http-request" => repeat(&mut || {
            let response = outgoing_handler::handle(request(peer()), None).expect("sent");
            response.subscribe().block();
            let response = response.get().expect("ready").expect("taken once");
            assert_eq!(response.expect("a response").status(), 200);
        }),
        _ => panic!("no such call: {call}"),
    }
}

fn write(stream: &OutputStream, bytes: &[u8]) {
    while stream.check_write().expect("a permit") < bytes.len() as u64 {
        stream.subscribe().block();
    }
    stream.write(bytes).expect("written");
}

fn root() -> Descriptor {
    let (root, _) = get_directories().into_iter().next().expect("a directory");
    root
}

/// Makes the file that the calls use.
fn make(root: &Descriptor) {
    let file = open(root, OpenFlags::CREATE, DescriptorFlags::WRITE);
    file.write(&vec![1; BLOCK as usize], 0).expect("written");
}

fn open(root: &Descriptor, how: OpenFlags, flags: DescriptorFlags) -> Descriptor {
    root.open_at(PathFlags::empty(), "file", how, flags)
        .expect("a file")
}

/// Waits for the result of an asynchronous operation; `None` if there is no further result.
fn wait<T>(
    subscribe: impl Fn() -> Pollable,
    finish: impl Fn() -> Result<Option<T>, ErrorCode>,
) -> Option<T> {
    loop {
        match finish() {
            Err(ErrorCode::WouldBlock) => subscribe().block(),
            result => return result.expect("a result"),
        }
    }
}

/// A connection. The streams of the socket are dropped before it.
fn connect(peer: SocketAddr) -> (OutputStream, TcpSocket) {
    let socket = create_tcp_socket(IpAddressFamily::Ipv4).expect("a socket");
    let started = socket.start_connect(&instance_network(), ip(peer));
    started.expect("a connection begins");
    let streams = wait(|| socket.subscribe(), || socket.finish_connect().map(Some));
    (streams.expect("a connection").1, socket)
}

fn ip(address: SocketAddr) -> IpSocketAddress {
    let SocketAddr::V4(address) = address else {
        panic!("no address of IPv4");
    };
    IpSocketAddress::Ipv4(Ipv4SocketAddress {
        address: address.ip().octets().into(),
        port: address.port(),
    })
}

fn request(peer: SocketAddr) -> OutgoingRequest {
    let headers = Fields::from_list(&[("user-agent".into(), b"bench".to_vec())]);
    let request = OutgoingRequest::new(headers.expect("headers"));
    let set = request
        .set_scheme(Some(&Scheme::Http))
        .and_then(|()| request.set_authority(Some(&peer.to_string())))
        .and_then(|()| request.set_path_with_query(Some("/")));
    set.expect("a request");
    request
}
