//! Sockets and name lookups under rules, with real servers. Nothing leaves the loopback interface.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, UdpSocket};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use interpose_host::{Buffer, Grant, Http, Network, Outcome, Output};
use wasi_interpose::adapters::Adapter;
use wasi_interpose::compose::Composition;
use wasi_interpose::plan::Provider;
use wasi_interpose::policy::Policy;
use wasi_interpose::surface::Surface;

use crate::peers::{LIMIT, tcp_echo, udp_echo};
use crate::support::tools::{COMPOSER, HOST, guest, imports, policy, run_component};

/// Tables that make a kernel necessary, whatever else a policy says. Streams and pollables are then the kernel's own.
pub(crate) const KERNEL: &str = "[stdio]\nstderr = \"discard\"\n\n[filesystem]\n[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\n\n";

/// The tables beside the rules: none, so that there are only filters; or files in memory, so that there is a kernel.
pub(crate) const BESIDE: [&str; 2] = ["", KERNEL];

pub(crate) fn compose(program: &str, tables: &str) -> Composition {
    let policy = policy(&format!("version = 1\ndefault = \"inherit\"\n{tables}"));
    let composition = COMPOSER.compose(&guest(program), &policy);
    composition.unwrap_or_else(|error| panic!("{error}"))
}

/// A component that runs on a thread of its own.
pub(crate) struct Running {
    stdout: Buffer,
    end: mpsc::Receiver<String>,
}

impl Running {
    pub(crate) fn start(component: &[u8], network: Network, commands: &[&str]) -> Self {
        let stdout = Buffer::default();
        let (sender, end) = mpsc::channel();
        let program = HOST.compile(component).expect("the component compiles");
        let commands = commands.iter().map(|command| command.to_string());
        let grant = Grant {
            arguments: std::iter::once("program".to_owned())
                .chain(commands)
                .collect(),
            stdout: Output::Buffer(stdout.clone()),
            network,
            http: Http::Inherit,
            ..Grant::default()
        };
        thread::spawn(move || {
            let finished = HOST.run(&program, &grant, &[]);
            sender.send(match finished.map(|finished| finished.outcome) {
                Ok(Outcome::Exited(status)) => format!("exit {status}"),
                Ok(Outcome::Trapped(trap)) => format!("trap: {}", trap.message),
                Ok(Outcome::Exceeded(exceeded)) => format!("ended: {exceeded}"),
                Err(error) => error.to_string(),
            })
        });
        Self { stdout, end }
    }

    fn lines(&self) -> Vec<String> {
        let stdout = String::from_utf8(self.stdout.contents()).expect("text");
        stdout.lines().map(str::to_owned).collect()
    }

    /// The port that the component prints when it listens.
    fn port(&self) -> u16 {
        let started = Instant::now();
        while started.elapsed() < LIMIT {
            let lines = self.lines();
            if let Some(port) = lines.iter().find_map(|line| line.strip_prefix("port ")) {
                return port.parse().expect("a port");
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("no port after {LIMIT:?}: {:?}", self.lines());
    }

    /// The outcome of each command.
    pub(crate) fn outcomes(self) -> Vec<String> {
        let end = self.end.recv_timeout(LIMIT);
        let lines = self.lines();
        assert_eq!(end.as_deref(), Ok("exit 0"), "{lines:?}");
        let outcome = |line: &String| Some(line.split_once(": ")?.1.to_owned());
        lines.iter().filter_map(outcome).collect()
    }
}

/// Runs the network client under rules, with filters alone and with a kernel above them, on a host that gives the whole
/// network, and compares the outcome of each command.
fn expect(rules: &str, commands: &[(String, &str)]) {
    let (arguments, expected): (Vec<&str>, Vec<&str>) = commands
        .iter()
        .map(|(command, outcome)| (command.as_str(), *outcome))
        .unzip();
    for beside in BESIDE {
        let composition = compose("p2_network_client", &format!("{beside}[network]\n{rules}"));
        let kernel = composition.plan.kernel();
        assert_eq!(kernel.is_some(), !beside.is_empty(), "{beside}");
        let running = Running::start(&composition.component, Network::Inherit, &arguments);
        let found = running.outcomes();
        assert_eq!(found, expected, "{arguments:?} under {rules}, {beside}");
    }
}

fn quiet_udp() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let limit = Duration::from_millis(200);
    socket.set_read_timeout(Some(limit)).expect("a time limit");
    socket
}

fn received_nothing(socket: &UdpSocket) -> bool {
    let error = socket.recv(&mut [0; 16]).expect_err("nothing to receive");
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

#[test]
fn addresses_are_looked_up_and_what_is_no_name_is_an_invalid_argument() {
    expect(
        "resolve = [\"*\"]\ndeny = [\"private\"]",
        &[
            ("resolve [::]".into(), "[::]"),
            ("resolve ::".into(), "[::]"),
            ("resolve 127.0.0.1".into(), "[127.0.0.1]"),
            ("resolve 10.0.0.1".into(), "access-denied"),
            ("resolve [::ffff:10.0.0.1]".into(), "access-denied"),
            ("resolve ".into(), "invalid-argument"),
            ("resolve [::]:80".into(), "invalid-argument"),
            ("resolve 127.0.0.1:80".into(), "invalid-argument"),
            ("resolve a.b<&>".into(), "invalid-argument"),
            ("resolve 127.1".into(), "access-denied"),
        ],
    );
}

#[test]
fn connections_are_allowed_by_address_and_port() {
    let ((open, connections), (closed, none)) = (tcp_echo(), tcp_echo());
    expect(
        &format!("connect = [\"tcp://127.0.0.1:{}\"]", open.port()),
        &[
            (format!("tcp {open} hello"), "hello"),
            (format!("tcp {closed} hello"), "access-denied"),
            (
                format!("tcp 127.0.0.2:{} hello", open.port()),
                "access-denied",
            ),
            (
                format!("tcp 0.0.0.0:{} hello", open.port()),
                "access-denied",
            ),
            (format!("tcp [::1]:{} hello", open.port()), "access-denied"),
            (
                format!("tcp [::ffff:127.0.0.2]:{} hello", open.port()),
                "access-denied",
            ),
            ("bind tcp 127.0.0.1:0".into(), "access-denied"),
            ("bind udp 127.0.0.1:0".into(), "access-denied"),
            ("resolve 127.0.0.1".into(), "[127.0.0.1]"),
            ("resolve 127.0.0.2".into(), "access-denied"),
            ("resolve localhost".into(), "access-denied"),
        ],
    );
    assert_eq!(connections.try_iter().count(), BESIDE.len());
    assert_eq!(
        none.try_iter().count(),
        0,
        "a denied connection reached its server"
    );
}

#[test]
fn deny_wins() {
    let (address, connections) = tcp_echo();
    let rules = "connect = [\"tcp://*:*\"]\n";
    expect(
        &format!("{rules}deny = [\"loopback\"]"),
        &[
            (format!("tcp {address} hello"), "access-denied"),
            ("resolve localhost".into(), "[]"),
            (format!("tcp {address} hello"), "access-denied"),
        ],
    );
    expect(
        &format!("{rules}deny = [\"tcp://127.0.0.1:{}\"]", address.port()),
        &[(format!("tcp {address} hello"), "access-denied")],
    );
    // The filter learns the addresses of a name only from a lookup.
    let port = address.port();
    expect(
        &format!("{rules}deny = [\"tcp://localhost:{port}\", \"::1\"]\nresolve = [\"*\"]"),
        &[
            ("resolve localhost".into(), "[127.0.0.1]"),
            (format!("tcp {address} hello"), "access-denied"),
        ],
    );
    assert_eq!(
        connections.try_iter().count(),
        0,
        "a denied connection reached its server"
    );
}

#[test]
fn a_name_allows_the_addresses_that_it_was_found_to_have() {
    let ((open, _kept), (closed, none)) = (tcp_echo(), tcp_echo());
    expect(
        &format!(
            "connect = [\"tcp://localhost:{}\"]\ndeny = [\"::1\"]",
            open.port()
        ),
        &[
            (format!("tcp {open} early"), "access-denied"),
            ("resolve other.invalid".into(), "access-denied"),
            ("resolve 127.1".into(), "access-denied"),
            ("resolve LocalHost.".into(), "[127.0.0.1]"),
            (format!("tcp {open} hello"), "hello"),
            (format!("tcp {closed} hello"), "access-denied"),
            (
                format!("tcp 127.0.0.2:{} hello", open.port()),
                "access-denied",
            ),
        ],
    );
    assert_eq!(
        none.try_iter().count(),
        0,
        "a denied connection reached its server"
    );
    expect(
        "resolve = [\"localhost\"]\nconnect = [\"tcp://192.0.2.1:1\"]\ndeny = [\"::1\"]",
        &[
            ("resolve localhost".into(), "[127.0.0.1]"),
            (format!("tcp {open} hello"), "access-denied"),
        ],
    );
}

/// A connection from an address of this machine.
fn connect_from(local: &str, peer: SocketAddr) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(local.parse().expect("an address"), 0))?;
        socket.connect(peer).await?.into_std()
    });
    let stream = stream.expect("a connection");
    stream.set_nonblocking(false).expect("a blocking stream");
    stream.set_read_timeout(Some(LIMIT)).expect("a time limit");
    stream
}

#[test]
fn listeners_hear_whom_the_rules_do_not_deny() {
    for beside in BESIDE {
        let composition = compose(
            "p2_network_client",
            &format!("{beside}[network]\nlisten = [\"tcp://127.0.0.1:0\"]\ndeny = [\"127.0.0.2\"]"),
        );
        let commands = [
            "bind tcp 0.0.0.0:0",
            "bind tcp 127.0.0.1:40123",
            "accept 127.0.0.1:0",
        ];
        let running = Running::start(&composition.component, Network::Inherit, &commands);
        let address = SocketAddr::from(([127, 0, 0, 1], running.port()));
        let mut denied = connect_from("127.0.0.2", address);
        let mut allowed = connect_from("127.0.0.1", address);
        allowed.write_all(b"hello").expect("a message is sent");
        allowed.shutdown(Shutdown::Write).expect("an end");
        let mut answer = String::new();
        allowed.read_to_string(&mut answer).expect("an answer");
        assert_eq!(answer, "hello");
        match denied.read(&mut [0; 16]) {
            Ok(length) => assert_eq!(length, 0, "a denied peer got an answer"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
        assert_eq!(
            running.outcomes(),
            ["access-denied", "access-denied", "hello"]
        );
    }
}

/// The lookup that `getaddrinfo` of wasi-libc does before a program binds.
#[test]
fn addresses_to_listen_at_may_be_looked_up() {
    expect(
        "listen = [\"tcp://127.0.0.1:0\"]",
        &[
            ("resolve 127.0.0.1".into(), "[127.0.0.1]"),
            ("resolve 127.0.0.2".into(), "access-denied"),
            ("resolve localhost".into(), "access-denied"),
        ],
    );
}

#[test]
fn datagrams_are_judged_one_by_one() {
    let (open, closed) = (udp_echo(), quiet_udp());
    let refused = closed.local_addr().expect("its address");
    let local = "127.0.0.1:0";
    expect(
        &format!(
            "connect = [\"udp://127.0.0.1:{}\"]\nlisten = [\"udp://{local}\"]",
            open.port()
        ),
        &[
            (format!("udp {local} {open} hello"), "hello"),
            (format!("connected {local} {open} hello"), "hello"),
            (format!("udp {local} {refused} hello"), "access-denied"),
            (
                format!("connected {local} {refused} hello"),
                "access-denied",
            ),
            (format!("batch {local} {open} {refused}"), "1 sent"),
            (format!("batch {local} {refused} {open}"), "access-denied"),
            (format!("batch {local} {open} {open}"), "2 sent"),
            ("bind udp 0.0.0.0:0".into(), "access-denied"),
            ("bind tcp 127.0.0.1:0".into(), "access-denied"),
        ],
    );
    assert!(received_nothing(&closed), "a denied datagram arrived");
}

#[test]
fn datagrams_of_denied_peers_are_dropped() {
    for beside in BESIDE {
        let composition = compose(
            "p2_network_client",
            &format!("{beside}[network]\nlisten = [\"udp://127.0.0.1:0\"]\ndeny = [\"127.0.0.2\"]"),
        );
        let commands = ["receive 127.0.0.1:0"];
        let running = Running::start(&composition.component, Network::Inherit, &commands);
        let address = SocketAddr::from(([127, 0, 0, 1], running.port()));
        let denied = UdpSocket::bind("127.0.0.2:0").expect("a socket");
        let allowed = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        for (socket, message) in [
            (&denied, "bad"),
            (&allowed, "good"),
            (&denied, "end"),
            (&allowed, "end"),
        ] {
            let sent = socket.send_to(message.as_bytes(), address);
            sent.expect("the datagram is sent");
        }
        assert_eq!(running.outcomes(), ["good end"]);
    }
}

#[test]
fn streams_are_the_hosts_own() {
    for adapter in [Adapter::Network, Adapter::Http] {
        let own = Surface::of(adapter.component()).expect("a surface");
        let mut exports = own.exports.iter();
        assert!(
            exports.all(|item| !item.name.starts_with("wasi:io/")),
            "{adapter}"
        );
    }
    let own = Surface::of(Adapter::Network.component()).expect("a surface");
    let tcp = own
        .imports
        .iter()
        .find(|item| item.name.starts_with("wasi:sockets/tcp@"));
    let uses = &tcp.expect("the host's sockets").uses;
    assert!(
        uses.iter().any(|name| name == "wasi:io/streams@0.2.12"),
        "{uses:?}"
    );

    let composition = compose(
        "p2_network_client",
        "[network]\nconnect = [\"tcp://127.0.0.1:1\"]",
    );
    let adapters: Vec<_> = composition
        .plan
        .layers
        .iter()
        .map(|layer| layer.adapter)
        .collect();
    assert_eq!(adapters, [Adapter::Network]);
    for wire in &composition.plan.application {
        let expected_of_host = !wire.import.starts_with("wasi:sockets/");
        assert_eq!(
            wire.provider == Provider::Host,
            expected_of_host,
            "{}",
            wire.import
        );
    }
}

#[test]
fn what_no_rule_allows_is_not_asked_of_the_host() {
    let left = |tables: &str| -> BTreeSet<String> {
        let composition = compose("p2_network_client", tables);
        let names = imports(&composition.component).into_iter();
        names
            .filter_map(|name| {
                Some(
                    name.strip_prefix("wasi:sockets/")?
                        .split_once('@')?
                        .0
                        .to_owned(),
                )
            })
            .collect()
    };
    assert_eq!(left("[network]"), BTreeSet::new());
    let all = left("");
    assert!(all.contains("tcp") && all.contains("udp") && all.contains("ip-name-lookup"));
    let udp_only = left("[network]\nlisten = [\"udp://127.0.0.1:0\"]");
    // A program may look up the address on which it listens.
    assert!(
        udp_only.contains("udp") && udp_only.contains("ip-name-lookup"),
        "{udp_only:?}"
    );
    assert!(!udp_only.contains("tcp-create-socket"), "{udp_only:?}");

    let refused = compose("p2_network_refused", "[network]");
    let ran = run_component(&refused.component, Grant::default());
    let denied = "create tcp: access-denied\ncreate udp: access-denied\n";
    assert_eq!(
        ran.stdout,
        format!("{denied}{denied}look up: access-denied\n")
    );
    assert_eq!(ran.end, "exit 0");
}

#[test]
fn the_standard_library_sees_what_the_rules_say() {
    let ((open, _kept), (closed, none), datagrams) = (tcp_echo(), tcp_echo(), udp_echo());
    for beside in BESIDE {
        let composition = compose(
            "p2_std_net",
            &format!(
                "{beside}[network]\nconnect = [\"tcp://localhost:{}\", \"udp://{datagrams}\"]\n\
             listen = [\"tcp://127.0.0.1:0\", \"udp://127.0.0.1:0\"]\ndeny = [\"::1\"]",
                open.port()
            ),
        );
        let local = "127.0.0.1:0";
        let cases = [
            (format!("connect {open} early"), "PermissionDenied"),
            (format!("connect localhost:{} hello", open.port()), "hello"),
            (
                format!("connect localhost:{} hello", closed.port()),
                "PermissionDenied",
            ),
            (format!("connect {closed} hello"), "PermissionDenied"),
            ("resolve localhost:80".into(), "[127.0.0.1:80]"),
            (format!("udp {local} {datagrams} hello"), "hello"),
            (format!("udp {local} {closed} hello"), "PermissionDenied"),
            (format!("udp 0.0.0.0:0 {datagrams} x"), "PermissionDenied"),
            ("listen 0.0.0.0:0".into(), "PermissionDenied"),
            (format!("listen {local}"), "hello"),
        ];
        let commands: Vec<&str> = cases.iter().map(|(command, _)| command.as_str()).collect();
        let running = Running::start(&composition.component, Network::Inherit, &commands);
        let mut peer = connect_from("127.0.0.1", ([127, 0, 0, 1], running.port()).into());
        peer.write_all(b"hello").expect("a message is sent");
        peer.shutdown(Shutdown::Write).expect("an end");
        let mut answer = String::new();
        peer.read_to_string(&mut answer).expect("an answer");
        assert_eq!(answer, "hello");
        let expected: Vec<&str> = cases.iter().map(|(_, outcome)| *outcome).collect();
        assert_eq!(running.outcomes(), expected);
    }
    assert_eq!(none.try_iter().count(), 0);
}

/// A built-in policy, with arguments and visible output, which `deny` has not.
pub(crate) fn with_arguments(name: &str, arguments: &[String]) -> Policy {
    let arguments = arguments.iter().map(|argument| format!(", \"{argument}\""));
    let arguments: String = arguments.collect();
    policy(&format!(
        "version = 1\nextends = \"{name}\"\n[arguments]\nset = [\"program\"{arguments}]\n\
         [stdio]\nstdout = \"inherit\"\nstdin = \"closed\""
    ))
}

/// Under policies without a network, the standard library gets errors and no traps.
#[test]
fn the_standard_library_is_refused_without_a_network() {
    let (open, none) = tcp_echo();
    let commands = [
        format!("connect {open} hello"),
        format!("udp 127.0.0.1:0 {open} hello"),
        "listen 127.0.0.1:0".into(),
    ];
    for name in ["sandbox", "deterministic", "deny"] {
        let policy = with_arguments(name, &commands);
        let composition = COMPOSER.compose(&guest("p2_std_net"), &policy);
        let composition = composition.unwrap_or_else(|error| panic!("{name}: {error}"));
        let grant = Grant {
            network: Network::Inherit,
            ..Grant::default()
        };
        let ran = run_component(&composition.component, grant);
        assert_eq!(ran.end, "exit 0", "{name}: {}", ran.stdout);
        let lines: Vec<&str> = ran.stdout.lines().collect();
        assert_eq!(lines.len(), commands.len(), "{name}: {lines:?}");
        for line in lines {
            assert!(line.ends_with(": PermissionDenied"), "{name}: {line}");
        }
    }
    assert_eq!(none.try_iter().count(), 0);
}

/// Streams and pollables of the host and of the kernel in one program.
#[test]
fn connections_mix_with_files_and_timers() {
    let ((server, _connections), datagrams) = (tcp_echo(), udp_echo());
    let rules = format!(
        "[network]\nconnect = [\"tcp://{server}\", \"udp://{datagrams}\"]\n\
         listen = [\"udp://127.0.0.1:0\"]"
    );
    for tables in [format!("{KERNEL}{rules}"), KERNEL.to_owned()] {
        let composition = compose("p2_network_mixed", &tables);
        assert!(composition.plan.kernel().is_some());
        let commands = ["splice", "poll", "drop"].map(|command| format!("{command} {server}"));
        let further = [
            format!("drop-udp {datagrams}"),
            "drop-lookup 127.0.0.1".into(),
        ];
        let commands = [commands.as_slice(), &further].concat();
        let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
        let running = Running::start(&composition.component, Network::Inherit, &commands);
        let expected = [
            "200000 sent, 200000 received, the same: true",
            "[2] [2] [1]",
            "hello and 3 pollables",
            "hello and 3 pollables",
            "ready: true",
        ];
        assert_eq!(running.outcomes(), expected, "{tables}");
    }
}
