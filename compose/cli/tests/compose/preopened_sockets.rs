//! Listening sockets that a policy hands over to programs for preview 1.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};
use std::{fs, thread};

use crate::support::guests::{Target, binary};
use crate::support::tools::{GuestFile, Printed, run, text};

/// The tables of every policy here; those in [`KERNEL`] make a kernel necessary.
const TABLES: &str = "version = 1\n[exit]\nmode = \"inherit\"\n[arguments]\ninherit = true\n[stdio]\nstdout = \"inherit\"\nstderr = \"inherit\"\n[clocks]\nmode = \"inherit\"\n";
const KERNEL: &str = "[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\n";

/// An address of this machine with a port that nobody uses.
fn free(address: impl Into<std::net::IpAddr>) -> SocketAddr {
    let listener = TcpListener::bind((address.into(), 0)).expect("a port");
    listener.local_addr().expect("an address")
}

/// Runs the server with these arguments under a policy that hands over these addresses, while `client` runs.
fn serve<T>(
    addresses: &[SocketAddr],
    tables: &str,
    arguments: &[&str],
    client: impl FnOnce() -> T,
) -> (Printed, T) {
    let work = tempfile::tempdir().expect("a temporary directory");
    let (app, policy) = (
        work.path().join("app.wasm"),
        work.path().join("policy.toml"),
    );
    fs::write(&app, binary("listener", Target::Wasip1)).expect("a file");
    let addresses: Vec<String> = addresses.iter().map(|a| format!("\"tcp://{a}\"")).collect();
    let network = format!("[network]\npreopen = [{}]\n", addresses.join(", "));
    fs::write(&policy, format!("{TABLES}{tables}{network}")).expect("a file");
    thread::scope(|scope| {
        let (app, policy) = (text(&app), text(&policy));
        let command = ["run", "--policy", &policy, &app].map(str::to_owned);
        let all: Vec<String> = command
            .into_iter()
            .chain(arguments.iter().map(|one| (*one).to_owned()))
            .collect();
        let running = scope.spawn(move || {
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            run(&all)
        });
        let seen = client();
        (running.join().expect("the command runs"), seen)
    })
}

/// A connection, as soon as the server listens.
fn connect(address: SocketAddr) -> TcpStream {
    let started = Instant::now();
    loop {
        match TcpStream::connect(address) {
            Ok(stream) => return stream,
            Err(error) => assert!(started.elapsed() < Duration::from_secs(120), "{error}"),
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Sends everything, and returns everything that comes back.
fn exchange(address: SocketAddr, sent: &[u8]) -> Vec<u8> {
    let mut stream = connect(address);
    stream.write_all(sent).expect("it is sent");
    stream.shutdown(Shutdown::Write).expect("it ends");
    let mut received = Vec::new();
    stream.read_to_end(&mut received).expect("it is received");
    received
}

#[test]
fn a_program_accepts_connections() {
    for (tables, number) in [("", "3"), (KERNEL, "4")] {
        let address = free(Ipv4Addr::LOCALHOST);
        let sent = vec![b'x'; 300_000];
        let arguments = [number, "echo", "peek", "poll"];
        let (printed, received) = serve(&[address], tables, &arguments, || {
            let received = exchange(address, &sent);
            assert_eq!(exchange(address, b"abcdef"), b"abcdef");
            let mut stream = connect(address);
            // The program asks without waiting until then.
            thread::sleep(Duration::from_millis(100));
            stream.write_all(b"later").expect("it is sent");
            let mut done = Vec::new();
            stream.read_to_end(&mut done).expect("it is received");
            assert_eq!(done, b"done");
            received
        });
        assert!(received == sent, "{} bytes", received.len());
        assert_eq!(
            printed.stdout,
            "received 300000 bytes\npeeked \"abcd\", errno 0, flags 0\n\
             peeked \"abcdef\", errno 0, flags 0\nreceived 6 bytes\n\
             another: Some(WouldBlock)\nwaited: true, received \"later\"\n",
            "{printed:?}"
        );
        assert_eq!(printed.status, 0, "{printed:?}");
    }
}

#[test]
fn nothing_can_be_sent_while_the_host_still_sends() {
    for (tables, number) in [("", "3"), (KERNEL, "4")] {
        let address = free(Ipv4Addr::LOCALHOST);
        let (printed, ()) = serve(&[address], tables, &[number, "flood"], || {
            let mut stream = connect(address);
            // Nothing is received until the program has found no more room.
            thread::sleep(Duration::from_secs(2));
            let mut received = Vec::new();
            let _ = stream.read_to_end(&mut received);
            assert!(!received.is_empty());
        });
        assert_eq!(
            printed.stdout, "sent: true, nothing: Ok(0)\n",
            "{printed:?}"
        );
    }
}

#[test]
fn sockets_follow_each_other() {
    let addresses = [free(Ipv4Addr::LOCALHOST), free(Ipv6Addr::LOCALHOST)];
    let (printed, received) = serve(&addresses, "", &["4", "echo"], || {
        exchange(addresses[1], b"six")
    });
    assert_eq!(received, b"six", "{printed:?}");
}

#[test]
fn a_socket_that_cannot_be_opened_ends_the_program() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = taken.local_addr().expect("an address");
    let (printed, ()) = serve(&[address], "", &["3", "echo"], || ());
    let reason = "the address of a preopened socket is in use";
    assert!(printed.stderr.contains(reason), "{printed:?}");
    assert_eq!(printed.status, 134, "{printed:?}");
}

#[test]
fn a_component_has_no_use_for_them() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let policy = work.path().join("policy.toml");
    fs::write(
        &policy,
        format!("{TABLES}[filesystem]\n[network]\npreopen = [\"tcp://127.0.0.1:0\"]\n"),
    )
    .expect("a file");
    let guest = GuestFile::new("cli_exit_code");
    let printed = run(&["run", "--policy", &text(&policy), &guest.path()]);
    assert!(
        printed
            .stderr
            .contains("`preopen` under `[network]` has no effect"),
        "{printed:?}"
    );
}
