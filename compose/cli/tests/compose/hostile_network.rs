//! Programs written to reach peers that the policy denies: `p2_hostile_network`, over sockets and HTTP, with filters
//! alone and below a kernel. Nothing leaves the loopback interface.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::hostile::{MEMORY, compose, run};
use crate::peers::{LIMIT, close};
use crate::support::guests::{Target, binary};

const PROGRAM: &str = "p2_hostile_network";

const KERNEL: &str = "[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\n\
    [stdio]\nstdin = \"closed\"\nstdout = \"inherit\"\nstderr = \"inherit\"\n";

const FILTERS: &str = "[stdio]\nstdin = \"inherit\"\nstdout = \"inherit\"\nstderr = \"inherit\"\n";

/// The most bytes of a request that the server reads.
const MOST_OF_A_REQUEST: usize = 64 * 1024;

/// A connection to a port.
struct Connection {
    peer: SocketAddr,
    /// The head of a request, or the bytes that arrived in its place; `None` while more may arrive.
    head: Option<String>,
}

/// A port at which servers for TCP and UDP listen, on both loopback addresses.
struct Port {
    number: u16,
    /// The connections to the port, in the order in which each address accepted them.
    heard: Arc<Mutex<Vec<Connection>>>,
    datagrams: Vec<UdpSocket>,
}

impl Port {
    /// Finds a port that is free for both protocols on both addresses.
    fn open() -> Self {
        loop {
            let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
            let number = first.local_addr().expect("its address").port();
            let (v4, v6) = (
                IpAddr::from(Ipv4Addr::LOCALHOST),
                IpAddr::from(Ipv6Addr::LOCALHOST),
            );
            let others = (
                TcpListener::bind((v6, number)),
                UdpSocket::bind((v4, number)),
                UdpSocket::bind((v6, number)),
            );
            let (Ok(second), Ok(third), Ok(fourth)) = others else {
                continue;
            };
            let port = Self {
                number,
                heard: Arc::default(),
                datagrams: vec![third, fourth],
            };
            for listener in [first, second] {
                let heard = Arc::clone(&port.heard);
                thread::spawn(move || {
                    loop {
                        let Ok((stream, peer)) = listener.accept() else {
                            continue;
                        };
                        heard
                            .lock()
                            .expect("what was heard")
                            .push(Connection { peer, head: None });
                        let heard = Arc::clone(&heard);
                        thread::spawn(move || {
                            let head = answer(stream);
                            let mut heard = heard.lock().expect("what was heard");
                            let own = heard.iter_mut().find(|connection| {
                                connection.peer == peer && connection.head.is_none()
                            });
                            if let Some(own) = own {
                                own.head = Some(head);
                            }
                        });
                    }
                });
            }
            return port;
        }
    }

    /// The heads over TCP and the datagrams that arrived since the last call. The connecting program must have ended.
    fn heard(&self) -> Vec<String> {
        let mut all = self.connections();
        for socket in &self.datagrams {
            socket.set_nonblocking(true).expect("no waiting");
            let mut bytes = [0; 2048];
            while let Ok((length, peer)) = socket.recv_from(&mut bytes) {
                all.push(format!("{length} bytes of {}", peer.ip()));
            }
        }
        all
    }

    /// The heads of the connections, which are removed. Connections are accepted in turn: once a connection of the test
    /// itself was accepted, all earlier ones were.
    fn connections(&self) -> Vec<String> {
        let own = [
            IpAddr::from(Ipv4Addr::LOCALHOST),
            IpAddr::from(Ipv6Addr::LOCALHOST),
        ]
        .map(|address| {
            let stream = TcpStream::connect((address, self.number)).expect("a connection");
            stream.local_addr().expect("its address")
        });
        let started = Instant::now();
        loop {
            let mut heard = self.heard.lock().expect("what was heard");
            let there = |peer| heard.iter().any(|connection| connection.peer == peer);
            let complete = heard.iter().all(|connection| connection.head.is_some());
            if complete && own.into_iter().all(there) {
                let others = heard
                    .drain(..)
                    .filter(|connection| !own.contains(&connection.peer));
                return others.filter_map(|connection| connection.head).collect();
            }
            drop(heard);
            assert!(started.elapsed() < LIMIT, "a connection does not end");
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Reads the head of a request and answers it. For a connection without a request, returns that it existed.
fn answer(mut stream: TcpStream) -> String {
    let _ = stream.set_read_timeout(Some(LIMIT / 2));
    let (mut head, mut buffer) = (Vec::new(), [0; 4096]);
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < MOST_OF_A_REQUEST {
        match stream.read(&mut buffer) {
            Ok(length) if length > 0 => head.extend(&buffer[..length]),
            _ => return "a connection".into(),
        }
    }
    let _ =
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello");
    close(stream);
    String::from_utf8_lossy(&head).into_owned()
}

/// Whether the rules allow a message that the open port received.
fn is_allowed(heard: &str, port: u16) -> bool {
    let mut lines = heard.lines();
    let first = lines.next().unwrap_or_default();
    let hosts = lines.filter(|line| line.to_lowercase().starts_with("host:"));
    let hosts: Vec<&str> = hosts.collect();
    match first {
        "a connection" => true,
        "GET /open/x HTTP/1.1" => hosts == [format!("host: 127.0.0.1:{port}")],
        datagram => datagram == "3 bytes of 127.0.0.1",
    }
}

/// Runs all attacks. `beside` are further tables of the policy.
fn hold(beside: &str) {
    let (open, closed) = (Port::open(), Port::open());
    let tables = format!(
        "{beside}[clocks]\nmode = \"inherit\"\n\
         [network]\nconnect = [\"tcp://127.0.0.1:{0}\", \"udp://127.0.0.1:{0}\"]\nlisten = [\"udp://127.0.0.1:0\"]\n\
         [http]\nallow = [{{ methods = [\"GET\"], url = \"http://127.0.0.1:{0}/open/*\" }}]\n",
        open.number
    );
    let component = compose(&binary(PROGRAM, Target::Wasip2), &tables);
    let listed = run(&component, &["list"]);
    let attacks: Vec<&str> = listed.stdout.lines().collect();
    assert!(attacks.len() >= 20, "{listed:?}");
    let ports = [&open, &closed].map(|port| port.number.to_string());
    let mut failures = Vec::new();
    for attack in attacks {
        let ended = run(&component, &[attack, &ports[0], &ports[1]]);
        println!("{attack}: {} KiB", ended.memory / 1024);
        let reached: Vec<String> = closed.heard();
        let odd = open
            .heard()
            .into_iter()
            .find(|heard| !is_allowed(heard, open.number));
        if ended.trap.is_some()
            || ended.stdout != "held\n"
            || ended.memory > MEMORY
            || !reached.is_empty()
            || odd.is_some()
        {
            let reason = ended
                .trap
                .as_deref()
                .and_then(|trap| trap.split("Caused by:").last());
            failures.push(format!(
                "{attack}: {:?} {reason:?} {} bytes, closed port: {reached:?}, open port: {odd:?}",
                ended.stdout, ended.memory
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn hostile_programs_are_held_by_the_filters_of_the_network() {
    hold(FILTERS);
}

#[test]
fn hostile_programs_are_held_by_a_kernel_over_the_network() {
    hold(KERNEL);
}
