//! HTTP requests under rules, to real servers on the loopback interface.

use interpose_host::{Grant, Http, Network};
use wasi_interpose::adapters::Adapter;

use crate::network::{BESIDE, KERNEL, Running, compose, with_arguments};
use crate::peers::{http_server, redirecting_server};
use crate::support::tools::{COMPOSER, guest, imports, run_component};

#[test]
fn requests_are_allowed_by_url_and_method() {
    for (beside, expected) in BESIDE.into_iter().zip([
        [Adapter::Http].as_slice(),
        &[Adapter::Http, Adapter::KernelForward],
    ]) {
        requests_are_judged(beside, expected);
    }
}

fn requests_are_judged(beside: &str, expected_adapters: &[Adapter]) {
    let (server, requests) = http_server();
    let composition = compose(
        "p2_http_client",
        &format!(
            "{beside}[http]\nallow = [\n\"http://{server}/open/*\",\n\
             {{ methods = [\"GET\"], url = \"http://{server}/read\" }},\n\
             \"https://{server}/open/both\", \"http://0.0.0.0:*/zero\"]\n\
             deny = [\"http://{server}/open/not/*\", \"http://127.0.0.1:*/zero\"]"
        ),
    );
    let adapters: Vec<_> = composition
        .plan
        .layers
        .iter()
        .map(|layer| layer.adapter)
        .collect();
    assert_eq!(adapters, expected_adapters);
    let cases = [
        (
            format!("GET http {server} /open/x?q=1"),
            "200 GET /open/x?q=1",
        ),
        (format!("POST http {server} /open/x"), "200 POST /open/x"),
        (
            format!("GET http {server} /open/moved"),
            "302 GET /open/moved",
        ),
        (format!("GET http {server} /closed"), "denied"),
        (format!("GET http {server} /open/../closed"), "denied"),
        (format!("GET http {server} /open/%2e%2e/closed"), "denied"),
        (format!("GET http {server} /open//../closed"), "denied"),
        (format!("GET http {server} /open/.;/../closed"), "denied"),
        (format!("GET http {server} /open/not/x"), "denied"),
        (format!("GET http {server} /open//not;a/x"), "denied"),
        (
            format!("GET http 0.0.0.0:{} /zero", server.port()),
            "denied",
        ),
        (format!("GET http {server} /read"), "200 GET /read"),
        (format!("POST http {server} /read"), "denied"),
        (format!("GET https {server} /open/x"), "denied"),
        (format!("GET - {server} /open/x"), "denied"),
        (
            format!("GET http localhost:{} /open/x", server.port()),
            "denied",
        ),
        ("GET http 127.0.0.1 /open/x".into(), "denied"),
        (format!("GET http user@{server} /open/x"), "denied"),
        (
            format!("GET http 2130706433:{} /open/x", server.port()),
            "denied",
        ),
    ];
    let commands: Vec<&str> = cases.iter().map(|(command, _)| command.as_str()).collect();
    let running = Running::start(&composition.component, Network::Denied, &commands);
    let expected: Vec<&str> = cases.iter().map(|(_, outcome)| *outcome).collect();
    assert_eq!(running.outcomes(), expected);
    let seen: Vec<String> = requests.try_iter().collect();
    let allowed = [
        "GET /open/x?q=1",
        "POST /open/x",
        "GET /open/moved",
        "GET /read",
    ];
    assert_eq!(
        seen, allowed,
        "the server got other requests than the allowed ones"
    );
}

#[test]
fn redirects_are_judged_as_the_requests_that_they_are() {
    let ((open, asked), (closed, none)) = (redirecting_server(), redirecting_server());
    let composition = compose(
        "p2_http_client",
        &format!("[http]\nallow = [\"http://{open}/*\"]\ndeny = [\"http://{open}/secret/*\"]"),
    );
    let cases = [
        (format!("FOLLOW http {open} /to/{open}/x"), "200 /x"),
        (format!("FOLLOW http {open} /to/{closed}/x"), "denied"),
        (
            format!("FOLLOW http {open} /to/{open}/to/{closed}/x"),
            "denied",
        ),
        (
            format!("FOLLOW http {open} /to/localhost:{}/x", open.port()),
            "denied",
        ),
        (format!("FOLLOW http {open} /to/{open}/secret/x"), "denied"),
        (
            format!("FOLLOW http {open} /to/{open}/a/../secret/x"),
            "denied",
        ),
    ];
    let commands: Vec<&str> = cases.iter().map(|(command, _)| command.as_str()).collect();
    let running = Running::start(&composition.component, Network::Denied, &commands);
    let expected: Vec<&str> = cases.iter().map(|(_, outcome)| *outcome).collect();
    assert_eq!(running.outcomes(), expected);
    assert_eq!(none.try_iter().count(), 0, "a denied server was asked");
    let asked: Vec<String> = asked.try_iter().collect();
    assert!(
        asked.iter().all(|path| !path.starts_with("/secret")),
        "{asked:?}"
    );
}

#[test]
fn requests_through_a_library_are_judged() {
    let ((open, _asked), (closed, none)) = (http_server(), http_server());
    for beside in BESIDE {
        let composition = compose(
            "p2_wstd_client",
            &format!("{beside}[http]\nallow = [\"http://{open}/open/*\"]"),
        );
        let urls = [
            format!("http://{open}/open/x"),
            format!("http://{open}/closed"),
            format!("http://{closed}/open/x"),
        ];
        let commands: Vec<&str> = urls.iter().map(String::as_str).collect();
        let running = Running::start(&composition.component, Network::Denied, &commands);
        assert_eq!(running.outcomes(), ["200 GET /open/x", "denied", "denied"]);
    }
    assert_eq!(none.try_iter().count(), 0, "a denied server was asked");
}

/// Under policies without a network, a library gets errors and no traps, and its waits for the kernel's pollables end.
#[test]
fn a_library_is_refused_without_a_network() {
    let (server, none) = http_server();
    let url = format!("http://{server}/open/x");
    // Under `deny` the program ends earlier, because its hash maps need random numbers.
    for name in ["sandbox", "deterministic"] {
        let policy = with_arguments(name, &[url.clone(), url.clone()]);
        let composition = COMPOSER.compose(&guest("p2_wstd_client"), &policy);
        let composition = composition.unwrap_or_else(|error| panic!("{name}: {error}"));
        let grant = Grant {
            http: Http::Inherit,
            ..Grant::default()
        };
        let ran = run_component(&composition.component, grant);
        assert_eq!(ran.end, "exit 0", "{name}: {ran:?}");
        assert_eq!(ran.stdout, format!("{url}: denied\n").repeat(2), "{name}");
    }
    assert_eq!(none.try_iter().count(), 0, "a denied server was asked");
}

/// A program that drops or gives away the parents of the kernel's streams and pollables gets errors at most.
#[test]
fn parents_may_be_dropped_before_what_was_made_from_them() {
    let (server, requests) = http_server();
    let rules = format!("[http]\nallow = [\"http://{server}/*\"]");
    for tables in [format!("{KERNEL}{rules}"), KERNEL.to_owned()] {
        let composition = compose("p2_http_dropped", &tables);
        assert!(composition.plan.kernel().is_some());
        let in_use = r#"ErrorCode::InternalError(Some("the stream of the body is still in use"))"#;
        let cases = [
            ("request", "room false, ready true, 0 headers".to_owned()),
            ("response", "GET /x, [true, true], length 6".into()),
            ("sent", "ready true".into()),
            ("finish-outgoing", in_use.into()),
            ("finish-incoming", format!("{in_use}, GET /x")),
        ];
        let commands = cases.each_ref().map(|(name, _)| format!("{name} {server}"));
        let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
        let running = Running::start(&composition.component, Network::Denied, &commands);
        let expected = cases.map(|(_, outcome)| outcome);
        assert_eq!(running.outcomes(), expected, "{tables}");
    }
    assert!(requests.try_iter().all(|request| request == "GET /x"));
}

#[test]
fn denied_requests_are_not_asked_of_the_host() {
    let composition = compose("p2_http_refused", "[http]");
    let names = imports(&composition.component);
    assert!(
        names
            .iter()
            .all(|name| !name.starts_with("wasi:http/outgoing-handler")),
        "{names:?}"
    );
    let ran = run_component(&composition.component, Grant::default());
    assert_eq!(
        ran.stdout,
        "header: true\nscheme: true\nauthority: true\nrefused: ErrorCode::HttpRequestDenied\n"
    );
    assert_eq!(ran.end, "exit 0");
}
