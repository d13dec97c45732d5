//! Headers that a policy sets and removes, as a real server receives them. Nothing leaves the loopback interface.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use interpose_host::Network;
use wasi_interpose::adapters::Adapter;
use wasi_interpose::compose::Composition;

use crate::network::{Running, compose};
use crate::peers::{LIMIT, close};
use crate::plug::world;
use crate::support::guests::Target;
use crate::support::tools::{COMPOSER, GuestFile, guest, imports, policy, run, text};
use crate::support::wac::{compose_script, plug};

/// Every way in which the program makes a request.
const WAYS: [&str; 6] = ["none", "some", "list", "immutable", "late", "copy"];

/// A server that answers each request with its headers, sorted by name, without those of the connection.
fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = listener.local_addr().expect("its address");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            stream.set_read_timeout(Some(LIMIT)).expect("a time limit");
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n > 0) {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let of_connection = ["host", "transfer-encoding", "content-length", "connection"];
            let mut headers: Vec<&str> = head
                .lines()
                .skip(1)
                .filter(|line| {
                    let name = line.split(':').next().unwrap_or_default();
                    !name.is_empty() && !of_connection.contains(&name)
                })
                .collect();
            headers.sort_unstable();
            let body = headers.join(", ");
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            thread::spawn(|| close(stream));
        }
    });
    address
}

fn rules(server: SocketAddr) -> String {
    format!(
        "[http]\nallow = [\"http://{server}/*\"]\n\
         set-headers = {{ \"User-Agent\" = \"app/1.0\", \"x-added\" = \"1\" }}\n\
         remove-headers = [\"COOKIE\"]"
    )
}

fn outcomes(component: &[u8], server: SocketAddr) -> Vec<String> {
    let commands = WAYS.map(|way| format!("{way} {server}"));
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    Running::start(component, Network::Denied, &commands).outcomes()
}

/// The output of the program and the server if the rules hold.
fn changed() -> Vec<String> {
    let shown = r#"cookie [], user-agent ["app/1.0"]"#;
    let some = "accept: text/plain, user-agent: app/1.0, x-added: 1, x-kept: yes";
    [
        shown,
        "user-agent: app/1.0, x-added: 1",
        shown,
        some,
        shown,
        "user-agent: app/1.0, x-added: 1, x-kept: 1, x-kept: 2",
        shown,
        some,
        "false",
        shown,
        some,
        shown,
        some,
    ]
    .map(str::to_owned)
    .to_vec()
}

fn adapters(composition: &Composition) -> Vec<Adapter> {
    let layers = composition.plan.layers.iter();
    layers.map(|layer| layer.adapter).collect()
}

#[test]
fn headers_are_changed_however_a_request_is_made() {
    let server = server();
    let untouched = outcomes(guest("p2_http_headers").component(), server);
    assert!(
        untouched
            .iter()
            .any(|line| line.contains("cookie: secret=2")
                && line.contains("user-agent: guest/1.0, user-agent: guest/2.0")),
        "{untouched:?}"
    );
    let beside_a_kernel = compose(
        "p2_http_headers",
        &format!("[stdio]\nstdin = \"closed\"\n{}", rules(server)),
    );
    assert!(beside_a_kernel.plan.kernel().is_some());
    assert_eq!(outcomes(&beside_a_kernel.component, server), changed());
    let composition = compose("p2_http_headers", &rules(server));
    assert_eq!(adapters(&composition), [Adapter::HttpHeaders]);
    assert_eq!(outcomes(&composition.component, server), changed());
    let before = imports(guest("p2_http_headers").component());
    assert_eq!(imports(&composition.component), before);
}

#[test]
fn without_header_rules_the_smaller_adapter_is_enough() {
    let composition = compose(
        "p2_http_headers",
        "[http]\nallow = [\"http://localhost/*\"]",
    );
    assert_eq!(adapters(&composition), [Adapter::Http]);
    let nothing_is_sent = "[http]\nremove-headers = [\"cookie\"]";
    let composition = compose("p2_http_headers", nothing_is_sent);
    assert_eq!(adapters(&composition), [Adapter::Http]);
    let (with, without) = (Adapter::HttpHeaders.component(), Adapter::Http.component());
    assert!(without.len() < with.len());
}

/// A policy file cannot name such a header, but the filter does not rely on that.
#[test]
fn what_the_host_does_not_let_the_filter_change_is_not_sent() {
    let server = server();
    let mut policy = policy(&format!(
        "version = 1\ndefault = \"inherit\"\n{}",
        rules(server)
    ));
    let http = policy.http.as_mut().expect("the table");
    http.set_headers.push(("connection".into(), "close".into()));
    let composition = COMPOSER
        .compose(&guest("p2_http_headers"), &policy)
        .expect("a composition");
    let command = format!("some {server}");
    let found = Running::start(&composition.component, Network::Denied, &[&command]).outcomes();
    assert_eq!(found, [r#"cookie [], user-agent ["app/1.0"]"#, "denied"]);
}

#[test]
fn other_composers_change_headers_too() {
    let server = server();
    let work = tempfile::tempdir().expect("a temporary directory");
    let file = text(&work.path().join("policy.toml"));
    let tables = rules(server);
    fs::write(
        &file,
        format!("version = 1\ndefault = \"inherit\"\n{tables}"),
    )
    .expect("a policy");

    let plugged = plug(guest("p2_http_headers").component(), &world(&file));
    assert_eq!(outcomes(&plugged, server), changed());

    let app = GuestFile::of("p2_http_headers", Target::Wasip2);
    let (out, scripts) = (work.path().join("out.wasm"), work.path().join("wac"));
    let (out, directory) = (text(&out), text(&scripts));
    let printed = run(&[
        "compose",
        &app.path(),
        "-p",
        &file,
        "-o",
        &out,
        "--emit-wac",
        &directory,
    ]);
    assert_eq!(printed.status, 0, "{printed:?}");
    let by_script = compose_script(&scripts, "p2-http-headers.wac");
    assert_eq!(outcomes(&by_script, server), changed());
}
