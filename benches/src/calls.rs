//! Measures the time that each adapter adds to the calls through it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use interpose_host::{Directory, Grant, Host, Http, Network, Outcome, Program};
use tempfile::TempDir;
use wasi_interpose::application::Application;
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::compose::Composer;
use wasi_interpose::policy::Policy;
use wasi_interpose::reports::Report;

use crate::guest;
use crate::measurements::Measurements;
use crate::table::{Table, Value};

/// The least time of the calls in one measurement: long compared with starting the program.
const LEAST: Duration = Duration::from_millis(100);

const RANDOM: &str = "[random]\nmode = \"seeded\"\nseed = 1\n";
const CLOCKS: &str = "[clocks]\nmode = \"coarse\"\nresolution = \"1us\"\n";
const VIRTUAL: &str = "[clocks]\nmode = \"virtual\"\n[network]\n[http]\n";
const ENVIRONMENT: &str = "[environment]\ninherit = [\"*\"]\n";
const CONFIG: &str = "[config]\ninherit = [\"*\"]\n";
const PREFIX: &str = "[stdio]\nstderr = { prefix = \"app: \" }\n";
const DISCARD: &str = "[stdio]\nstdin = \"closed\"\n";
const MEMORY: &str = "[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\n";
const DIRECTORY: &str = "[[filesystem.mounts]]\npath = \"/\"\nsource = \"host\"\n";
const OVERLAY: &str = "[[filesystem.mounts]]\npath = \"/\"\nsource = \"overlay\"\nhost = \"/\"\n";
const NETWORK: &str = "[network]\nconnect = [\"tcp://127.0.0.1:*\", \"udp://127.0.0.1:*\"]\nlisten = [\"udp://127.0.0.1:0\"]\nresolve = [\"localhost\"]\n";
const HTTP: &str = "[http]\nallow = [\"http://127.0.0.1:*/*\"]\n";
const HEADERS: &str =
    "[http]\nallow = [\"http://127.0.0.1:*/*\"]\nset-headers = { x-added = \"1\" }\n";

/// An adapter, the tables of a policy that need it, and the calls to measure.
const CASES: &[(&str, &[&str], &[&str])] = &[
    ("random", &[RANDOM], &["get-random-u64", "get-random-bytes"]),
    ("clocks", &[CLOCKS], &["monotonic-now", "wall-now"]),
    ("environment", &[ENVIRONMENT], &["get-environment"]),
    ("config", &[CONFIG], &["config-get"]),
    (
        "host-filesystem",
        &[DIRECTORY],
        &["stat-at", "open-at", "read"],
    ),
    (
        "network",
        &[NETWORK],
        &["tcp-connect", "tcp-write", "udp-send", "resolve-addresses"],
    ),
    ("http", &[HTTP], &["outgoing-request", "http-request"]),
    (
        "http-headers",
        &[HEADERS],
        &["outgoing-request", "http-request"],
    ),
    (
        "kernel, virtual time",
        &[VIRTUAL],
        &["monotonic-now", "poll"],
    ),
    (
        "kernel, the host's time",
        &[DISCARD],
        &["monotonic-now", "poll"],
    ),
    ("kernel, streams", &[PREFIX], &["stderr-write"]),
    ("kernel, memory", &[MEMORY], &["stat-at", "open-at", "read"]),
    (
        "kernel, overlay",
        &[OVERLAY],
        &["stat-at", "open-at", "read"],
    ),
    (
        "kernel over network",
        &[DISCARD, NETWORK],
        &["tcp-connect", "tcp-write", "udp-send", "resolve-addresses"],
    ),
    (
        "kernel over http",
        &[DISCARD, HTTP],
        &["outgoing-request", "http-request"],
    ),
];

/// Measures calls on the bare host and through adapters, alternating.
///
/// # Errors
/// An error when the program cannot be composed or fails.
pub fn measure(rounds: usize) -> Result<Table> {
    let host = Host::new(&CompilationCache::disabled())?;
    let application = Application::parse(&guest::build_calls()?)?;
    let composer = Composer::new(&CompilationCache::disabled())?;
    let peers = Peers::start()?;
    let bare = host.compile(application.component())?;
    let mut table = Table::new(
        "Calls through adapters, as `interpose run` runs them",
        &[
            "per call of the component; ratio: to the same call on the bare host",
            "get-random-bytes takes 64 KiB, read and write of files 4 KiB, of sockets 64 bytes",
        ],
    );
    for (adapter, tables, calls) in CASES {
        let text = format!("version = 1\ndefault = \"inherit\"\n{}", tables.concat());
        let policy = Policy::parse(adapter, &text, None)?;
        let composed = composer.compose(&application, &policy)?;
        let through = host.compile(&composed.component)?;
        for call in *calls {
            let mut measured = Measurements::default();
            let peer = peers.of(call);
            for _ in 0..rounds {
                for (name, program) in [("host", &bare), ("adapter", &through)] {
                    measured.add(name, per_call(&host, program, call, peer, &[])?);
                }
            }
            let (alone, with) = (measured.median("host")?, measured.median("adapter")?);
            table.row(
                format!("{adapter}: {call}"),
                [
                    ("host", Value::Nanoseconds(alone)),
                    ("adapter", Value::Nanoseconds(with)),
                    ("added", Value::Nanoseconds(with - alone)),
                    ("ratio", Value::Ratio(with / alone)),
                ],
            );
        }
    }
    Ok(table)
}

/// The time of one call in nanoseconds. The number of calls doubles until they take long enough. `reports` are the imports by
/// which the program's adapters tell of refusals.
///
/// # Errors
/// An error when the program fails.
pub fn per_call(
    host: &Host,
    program: &Program,
    call: &str,
    peer: Option<SocketAddr>,
    reports: &[Report],
) -> Result<f64> {
    let none = run(host, program, call, 0, peer, reports)?;
    let mut count = 1;
    loop {
        let elapsed = run(host, program, call, count, peer, reports)?.saturating_sub(none);
        if elapsed >= LEAST {
            return Ok(elapsed.as_nanos() as f64 / f64::from(count));
        }
        count *= 2;
    }
}

fn run(
    host: &Host,
    program: &Program,
    call: &str,
    count: u32,
    peer: Option<SocketAddr>,
    reports: &[Report],
) -> Result<Duration> {
    let directory = TempDir::new()?;
    let mut arguments = vec!["calls".to_owned(), call.to_owned(), count.to_string()];
    arguments.extend(peer.map(|peer| peer.to_string()));
    let variables = (0..10).map(|number| (format!("NAME_{number}"), "a value".to_owned()));
    let grant = Grant {
        arguments,
        variables: variables.collect(),
        directories: vec![Directory {
            path: directory.path().to_owned(),
            name: "/".into(),
            read_only: false,
        }],
        network: Network::Inherit,
        http: Http::Inherit,
        config: vec![("greeting".into(), "hello".into())],
        reports: reports.to_vec(),
        ..Grant::default()
    };
    let start = Instant::now();
    let finished = host.run(program, &grant, &[])?;
    let elapsed = start.elapsed();
    match finished.outcome {
        Outcome::Exited(0) => Ok(elapsed),
        Outcome::Exited(status) => bail!("`{call}` ended with status {status}"),
        Outcome::Trapped(trap) => bail!("`{call}` trapped: {}", trap.message),
        Outcome::Exceeded(exceeded) => bail!("`{call}`: {exceeded}"),
    }
}

/// Servers on the loopback interface.
struct Peers {
    tcp: SocketAddr,
    udp: SocketAddr,
    http: SocketAddr,
    /// The system discards the datagrams, because nobody reads them.
    _socket: UdpSocket,
}

impl Peers {
    fn start() -> Result<Self> {
        let tcp = TcpListener::bind("127.0.0.1:0")?;
        let http = TcpListener::bind("127.0.0.1:0")?;
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        let peers = Self {
            tcp: tcp.local_addr()?,
            udp: socket.local_addr()?,
            http: http.local_addr()?,
            _socket: socket,
        };
        thread::spawn(move || {
            for mut stream in tcp.incoming().flatten() {
                thread::spawn(move || std::io::copy(&mut stream, &mut std::io::sink()));
            }
        });
        thread::spawn(move || {
            for mut stream in http.incoming().flatten() {
                // A request without a body arrives in one piece.
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(
                    b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
                );
            }
        });
        Ok(peers)
    }

    /// The peer of a call.
    fn of(&self, call: &str) -> Option<SocketAddr> {
        match call {
            "tcp-connect" | "tcp-write" => Some(self.tcp),
            "udp-send" => Some(self.udp),
            "outgoing-request" | "http-request" => Some(self.http),
            _ => None,
        }
    }
}
