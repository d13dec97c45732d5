//! Answers to HTTP requests from the policy: they are those that a server gives, they take virtual time, and requests
//! without an answer go where the rules say.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use interpose_host::{Grant, Http, Network};
use wasi_interpose::adapters::Adapter;
use wasi_interpose::compose::Composition;
use wasi_interpose::policy::Policy;

use crate::network::compose;
use crate::peers::{LIMIT, close, http_server};
use crate::serve::Served;
use crate::support::tools::{
    COMPOSER, GuestFile, Printed, finish, guest, imports, interpose, run_component,
};

const PROGRAM: &str = "p2_http_exchange";

/// Answers that a server gives, and the responses of a policy that are the same, with `SERVER` for the server's address.
const SAME: &[(&str, &str, &str)] = &[
    (
        "/text",
        "200 OK\r\nContent-Type: text/plain\r\nx-b: 1\r\nX-A: 2\r\nx-b: 3\r\ncontent-length: 4\r\n\r\ntext",
        "headers = { Content-Type = \"text/plain\", x-b = [\"1\", \"3\"], X-A = \"2\" }\nbody = \"text\"",
    ),
    (
        "/none",
        "204 No Content\r\nx: y\r\n\r\n",
        "status = 204\nheaders = { x = \"y\" }",
    ),
    (
        "/missing",
        "404 Not Found\r\ncontent-length: 0\r\n\r\n",
        "status = 404",
    ),
    (
        "/kept",
        "304 Not Modified\r\netag: \"1\"\r\n\r\n",
        "status = 304\nheaders = { etag = '\"1\"' }",
    ),
    (
        "/busy",
        "503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 5\r\n\r\nlater",
        "status = 503\nheaders = { retry-after = \"1\" }\nbody = \"later\"",
    ),
];

/// A server that gives the answers of [`SAME`] once it has the whole of a request, and nothing to a request that breaks
/// off.
fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = listener.local_addr().expect("its address");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.expect("a connection");
            stream.set_read_timeout(Some(LIMIT)).expect("a time limit");
            thread::spawn(move || answer(stream));
        }
    });
    address
}

fn answer(mut stream: TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let (method, rest) = line.split_once(' ')?;
    let path = rest.split([' ', '?']).next()?;
    let (mut length, mut chunked) = (0, false);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        match header.trim_end().split_once(": ") {
            Some(("content-length", value)) => length = value.parse().ok()?,
            Some(("transfer-encoding", _)) => chunked = true,
            Some(_) => {}
            None => break,
        }
    }
    if chunked {
        let mut body = Vec::new();
        while !body.ends_with(b"0\r\n\r\n") {
            let mut byte = [0];
            reader.read_exact(&mut byte).ok()?;
            body.push(byte[0]);
        }
    } else {
        reader.read_exact(&mut vec![0; length]).ok()?;
    }
    let (_, answer, _) = SAME.iter().find(|(known, ..)| *known == path)?;
    let head = answer.find("\r\n\r\n")? + 4;
    let answer = match method {
        "HEAD" => &answer[..head],
        _ => answer,
    };
    write!(stream, "HTTP/1.1 {answer}").ok()?;
    close(stream);
    Some(())
}

fn responses(server: &str) -> String {
    let responses = SAME.iter().map(|(path, _, response)| {
        format!("[[http.responses]]\nurl = \"http://{server}{path}\"\n{response}\n")
    });
    responses.collect()
}

fn run(composition: &Composition, arguments: &[String]) -> String {
    let all = ["program".to_owned()];
    let ran = run_component(
        &composition.component,
        Grant {
            arguments: all.iter().chain(arguments).cloned().collect(),
            network: Network::Denied,
            http: Http::Inherit,
            ..Grant::default()
        },
    );
    assert_eq!(ran.end, "exit 0", "{ran:?}");
    ran.stdout
}

fn layers(composition: &Composition) -> Vec<Adapter> {
    let layers = composition.plan.layers.iter();
    layers.map(|layer| layer.adapter).collect()
}

/// Requests of every kind to the paths of [`SAME`].
fn requests(server: &str) -> Vec<String> {
    [
        "GET /text",
        "GET /text?q=1",
        "HEAD /text",
        "POST /text body=abc",
        "POST /text body=abc early",
        "POST /text body=abc length=3",
        "POST /text body=abc length=4",
        "POST /text length=4",
        "POST /text body=abc drop",
        "POST /text body= early",
        "GET /none",
        "HEAD /none",
        "GET /missing",
        "GET /kept",
        "GET /busy first-byte=30000 connect=30000",
    ]
    .iter()
    .map(|request| {
        let (method, rest) = request.split_once(' ').expect("a path");
        format!("{method} http {server} {rest}")
    })
    .collect()
}

#[test]
fn answers_are_those_of_a_server() {
    let server = server().to_string();
    let requests = requests(&server);
    let real = compose(PROGRAM, "");
    assert_eq!(layers(&real), []);
    let real = run(&real, &requests);
    assert!(
        real.contains("\"text\"") && real.contains("HttpRequestBodySize"),
        "{real}"
    );

    // Nobody listens at the address, so that a request that is made fails.
    let own = compose(PROGRAM, &responses(&server));
    assert_eq!(layers(&own), [Adapter::KernelResponses]);
    let imported = imports(&own.component);
    let of_http = imported.iter().find(|name| name.starts_with("wasi:http"));
    assert_eq!(of_http, None);
    assert_eq!(run(&own, &requests), real);
}

#[test]
fn what_the_policy_does_not_answer_goes_to_the_host() {
    let address = server().to_string();
    let requests = requests(&address);
    let real = run(&compose(PROGRAM, ""), &requests);
    let mixed = compose(
        PROGRAM,
        &format!(
            "[http]\nallow = [\"http://{address}/*\"]\n\
             [[http.responses]]\nurl = \"http://{address}/own\"\nbody = \"own\"\n"
        ),
    );
    assert_eq!(layers(&mixed), [Adapter::Http, Adapter::KernelResponses]);
    assert_eq!(run(&mixed, &requests), real);
    let own = run(&mixed, &[format!("GET http {address} /own")]);
    assert!(own.contains("\"own\""), "{own}");
    let changed = compose(
        PROGRAM,
        &format!(
            "[http]\nallow = [\"http://{address}/*\"]\nset-headers = {{ user-agent = \"a\" }}\n\
             [[http.responses]]\nurl = \"http://{address}/own\"\n"
        ),
    );
    assert_eq!(
        layers(&changed),
        [Adapter::HttpHeaders, Adapter::KernelResponses]
    );
    assert_eq!(run(&changed, &requests), real);
}

#[test]
fn each_answers_as_often_as_it_may() {
    let (server, asked) = http_server();
    let rules = format!(
        "[http]\nallow = [\"http://{server}/open\"]\n\
         [[http.responses]]\nurl = \"http://{server}/*\"\nstatus = 503\ntimes = 2\n\
         [[http.responses]]\nmethods = [\"POST\"]\nurl = \"http://{server}/*\"\nbody = \"posted\"\n\
         [[http.responses]]\nurl = \"http://{server}/*\"\nbody = \"then\"\ntimes = 1\n"
    );
    let composition = compose("p2_http_client", &rules);
    let commands =
        ["/a", "/b", "/c", "/open", "/d"].map(|path| format!("GET http {server} {path}"));
    let post = [format!("POST http {server} /x")];
    let shown = run(&composition, &[&commands[..], &post].concat());
    let outcomes: Vec<&str> = shown
        .lines()
        .filter_map(|line| Some(line.rsplit_once(": ")?.1))
        .collect();
    let expected = [
        "503 ",
        "503 ",
        "200 then",
        "200 GET /open",
        "denied",
        "200 posted",
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(asked.try_iter().collect::<Vec<_>>(), ["GET /open"]);
}

const SLOW: &str = "[[http.responses]]\nurl = \"http://a/*\"\nbody = \"late\"\n";

#[test]
fn answers_take_virtual_time() {
    let tables = format!("[clocks]\nmode = \"virtual\"\ntick = \"0\"\n{SLOW}latency = \"2h\"\n");
    let composition = compose(PROGRAM, &tables);
    let started = Instant::now();
    let requests = [
        "clock",
        "GET http a /",
        "GET http a / first-byte=1500",
        "GET http a / connect=1",
    ];
    let shown = run(&composition, &requests.map(str::to_owned));
    assert!(started.elapsed() < LIMIT);
    let mut lines = shown.lines().filter(|line| {
        ["  after", "  fails", "  status"]
            .iter()
            .any(|start| line.starts_with(start))
    });
    let expected = [
        "  status 200",
        "  after 7200s",
        "  fails: ErrorCode::ConnectionReadTimeout",
        "  after 1.5s",
        "  status 200",
        "  after 7200s",
    ];
    assert!(lines.by_ref().eq(expected), "{shown}");
    // The same run is the same again.
    assert_eq!(run(&composition, &requests.map(str::to_owned)), shown);
}

#[test]
fn answers_take_the_hosts_time_or_none() {
    let request = ["GET http a /".to_owned()];
    let slow = compose(PROGRAM, &format!("{SLOW}latency = \"300ms\"\n"));
    let started = Instant::now();
    run(&slow, &request);
    assert!(started.elapsed() >= Duration::from_millis(300));
    for mode in ["frozen", "deny"] {
        let tables = format!("[clocks]\nmode = \"{mode}\"\n{SLOW}latency = \"1h\"\n");
        let started = Instant::now();
        // Reading denied clocks traps, and the program reads them; the client does not.
        let composition = compose("p2_http_client", &tables);
        let shown = run(&composition, &request);
        assert!(shown.contains("200 late"), "{shown}");
        assert!(started.elapsed() < LIMIT);
    }
}

#[test]
fn a_body_may_be_a_file() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let bytes: Vec<u8> = (0..100_000u32).map(|number| number as u8).collect();
    std::fs::write(directory.path().join("answer"), &bytes).expect("a file");
    let text = "version = 1\ndefault = \"inherit\"\n[[http.responses]]\nurl = \"http://a/*\"\nfile = \"answer\"\n";
    let parse = || Policy::parse("policy", text, Some(directory.path())).expect("a policy");
    let composition = COMPOSER.compose(&guest(PROGRAM), &parse());
    let composition = composition.unwrap_or_else(|error| panic!("{error}"));
    let shown = run(&composition, &["GET http a /".to_owned()]);
    assert!(shown.contains("content-length: 100000"), "{shown}");
    let expected = format!("  {:?}", bytes.escape_ascii().to_string());
    assert!(shown.lines().any(|line| line == expected));
    std::fs::remove_file(directory.path().join("answer")).expect("a file");
    let error = COMPOSER.compose(&guest(PROGRAM), &parse()).unwrap_err();
    let message = "the body of a response cannot be read from";
    assert!(error.to_string().starts_with(message), "{error}");
}

#[test]
fn a_server_gets_answers_too() {
    let policy = "default = \"inherit\"\n[[http.responses]]\nurl = \"http://a/*\"\nbody = \"from the policy\"\n";
    let served = Served::start(policy, &[]);
    assert_eq!(served.get("/fetch?a/x"), "200 200 from the policy");
    let denied = served.get("/fetch?b/x");
    assert!(denied.contains("HttpRequestDenied"), "{denied}");
    let body = b"the kernel passes this on".repeat(10_000);
    let (status, echoed) = served.request("POST /echo", &body);
    assert_eq!((status, echoed == body), (200, true));
    assert_eq!(served.get("/zeros?300000").len(), "200 ".len() + 300_000);
}

/// Runs the command in a directory.
fn command(directory: &tempfile::TempDir, arguments: &[&str], own: &[String]) -> Printed {
    let mut command = interpose();
    command.current_dir(directory.path()).args(arguments);
    finish(command.args(own))
}

/// A run against a server is recorded, and runs again without the server, as it ran before.
#[test]
fn answers_come_from_a_recording() {
    let address = server().to_string();
    let mut requests = requests(&address);
    // The length of a body that nobody sends cannot be written down.
    requests.retain(|request| !request.starts_with("HEAD"));
    let program = GuestFile::new(PROGRAM);
    let work = tempfile::tempdir().expect("a temporary directory");
    let policy =
        format!("version = 1\nextends = \"sandbox\"\n[http]\nallow = [\"http://{address}/*\"]\n");
    fs::write(work.path().join("online.toml"), policy).expect("a policy");
    let path = program.path();
    let record = ["record", "-q", "-p", "online.toml", "-o", "run.rec", &path];
    let recorded = command(&work, &record, &requests);
    assert_eq!(recorded.status, 0, "{recorded:?}");
    assert!(recorded.stdout.contains("\"text\""), "{recorded:?}");

    let written = command(&work, &["responses", "run.rec", "-o", "answers.toml"], &[]);
    assert_eq!(written.status, 0, "{written:?}");
    for told in ["HTTP-protocol-error", "with different queries"] {
        assert!(written.stderr.contains(told), "{written:?}");
    }
    let answers = fs::read_to_string(work.path().join("answers.toml")).expect("a policy");
    assert!(answers.contains("extends = \"deterministic\""), "{answers}");
    let again = command(
        &work,
        &["run", "-q", "-p", "answers.toml", &path],
        &requests,
    );
    assert_eq!(
        (again.status, &again.stdout),
        (0, &recorded.stdout),
        "{answers}"
    );
    // Nothing of the answers is missing: a request that was not recorded is denied.
    let other = [format!("GET http {address} /other")];
    let other = command(&work, &["run", "-q", "-p", "answers.toml", &path], &other);
    assert!(other.stdout.contains("HttpRequestDenied"), "{other:?}");

    let hello = GuestFile::new("cli_hello");
    let hello = hello.path();
    command(
        &work,
        &["record", "-q", "-p", "sandbox", "-o", "none.rec", &hello],
        &[],
    );
    let none = command(&work, &["responses", "none.rec", "-o", "none.toml"], &[]);
    assert_eq!(none.status, 2, "{none:?}");
    assert!(none.stderr.contains("made no HTTP requests"), "{none:?}");
}

/// A body that is no text gets a file beside the policy.
#[test]
fn recorded_bodies_may_be_files() {
    let (server, _asked) = http_server();
    let work = tempfile::tempdir().expect("a temporary directory");
    let policy = format!(
        "version = 1\nextends = \"sandbox\"\n[[http.responses]]\nurl = \"http://{server}/*\"\nfile = \"bytes\"\n"
    );
    fs::write(work.path().join("online.toml"), policy).expect("a policy");
    fs::write(work.path().join("bytes"), [0xff, 0, b'x']).expect("a file");
    let program = GuestFile::new(PROGRAM);
    let program = program.path();
    let request = [format!("GET http {server} /own")];
    let record = [
        "record",
        "-q",
        "-p",
        "online.toml",
        "-o",
        "run.rec",
        &program,
    ];
    let recorded = command(&work, &record, &request);
    assert_eq!(recorded.status, 0, "{recorded:?}");
    fs::create_dir(work.path().join("d")).expect("a directory");
    let options = [
        "responses",
        "run.rec",
        "-o",
        "d/answers.toml",
        "--extends",
        "../base.toml",
    ];
    fs::write(
        work.path().join("base.toml"),
        "version = 1\n[arguments]\ninherit = true\n[stdio]\nstdout = \"inherit\"\n[exit]\nmode = \"inherit\"\n[clocks]\nmode = \"virtual\"\n",
    )
    .expect("a policy");
    let written = command(&work, &options, &[]);
    assert_eq!(written.status, 0, "{written:?}");
    let body = fs::read(work.path().join("d/answers.1.body")).expect("a body");
    assert_eq!(body, [0xff, 0, b'x']);
    let again = command(
        &work,
        &["run", "-q", "-p", "d/answers.toml", &program],
        &request,
    );
    assert_eq!(again.stdout, recorded.stdout, "{again:?}");
}

/// A client under test: requests that fail, answers that are cut short, and time that passes.
const UNSTEADY: &str = r#"version = 1
extends = "deterministic"

[[http.responses]]
methods = ["POST"]
url = "http://shop.example/orders"
status = 201
file = "answer"
latency = "1s"

[[faults.rules]]
on = "http.handle"
error = "connection-refused"
probability = 0.2

[[faults.rules]]
on = "wasi:http/types.incoming-response.consume"
delay = "10ms..90ms"

[[faults.rules]]
on = "http.body"
error = "HTTP-response-incomplete"
probability = 0.1
"#;

/// Into how many pieces, at least, the answer comes.
const PIECES: usize = 4;

const ORDER: &str = "POST http shop.example /orders body=abc length=3";

#[test]
fn a_client_is_tested_without_a_network() {
    let work = tempfile::tempdir().expect("a temporary directory");
    fs::write(work.path().join("shop.toml"), UNSTEADY).expect("a policy");
    fs::write(
        work.path().join("answer"),
        "0123456789".repeat(PIECES * 6000),
    )
    .expect("a file");
    let program = GuestFile::new(PROGRAM);
    let program = program.path();
    let campaign = |jobs: &str| {
        let test = [
            "test",
            "-q",
            &program,
            "-p",
            "shop.toml",
            "--seeds",
            "0..60",
            "--jobs",
            jobs,
        ];
        let rest = ["--twice", "1", "--json", "--", "clock", "strict", ORDER];
        let printed = command(&work, &[&test[..], &rest].concat(), &[]);
        assert_eq!(printed.status, 1, "{printed:?}");
        serde_json::from_str::<serde_json::Value>(&printed.stdout).expect("a report")
    };
    let report = campaign("2");
    let failures = report["failures"].as_array().expect("failures");
    let of = |said: &str| {
        let mut found = failures.iter();
        let found = found.find(|group| group["cause"]["said"] == said);
        found.unwrap_or_else(|| panic!("{said}: {report}"))
    };
    let all = |group: &serde_json::Value| group["seeds"].as_array().map_or(0, Vec::len);
    let (failed, broken) = (of("the request failed"), of("the answer broke off"));
    assert_eq!(failures.len(), 2, "{report}");
    assert!(all(failed) > 2 && all(broken) > 5, "{report}");
    assert!(all(failed) + all(broken) < 60, "{report}");
    let timeline = |group: &serde_json::Value| group["example"]["timeline"].to_string();
    assert!(timeline(failed).contains("connection-refused"), "{report}");
    let broken = timeline(broken);
    assert!(broken.contains("HTTP-response-incomplete"), "{report}");
    // One fault was enough, and an answer came after the latency.
    assert!(!broken.contains("connection-refused"), "{report}");
    let times = report["runs"]["nanoseconds"].as_array().expect("times");
    let mut times = times.iter().filter_map(serde_json::Value::as_u64);
    assert!(
        times.all(|time| time < 1_000_000 || (1_000_000_000..1_200_000_000).contains(&time)),
        "{report}"
    );
    assert_eq!(campaign("1")["digest"], report["digest"]);

    // The same faults when the program is run: the latency and the delay are virtual time.
    let started = Instant::now();
    let run = ["run", "-q", "-p", "shop.toml", &program, "clock"];
    let order = [ORDER.to_owned(), ORDER.to_owned(), ORDER.to_owned()];
    let once = command(&work, &run, &order);
    assert_eq!(once.status, 0, "{once:?}");
    assert!(once.stdout.contains("  after 1."), "{once:?}");
    assert!(started.elapsed() < LIMIT);
    assert_eq!(command(&work, &run, &order).stdout, once.stdout);
}

/// What is answered by a server of the host is decided by no seed.
#[test]
fn tests_reach_no_servers_of_the_host() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let program = GuestFile::new(PROGRAM);
    let program = program.path();
    let connecting = GuestFile::new("p2_network_client");
    let connecting = connecting.path();
    let beside = "[[http.responses]]\nurl = \"http://a/*\"\n";
    let servers = "[http]\nallow = [\"http://b/*\"]\n";
    let network = "[network]\nconnect = [\"tcp://10.0.0.1:80\"]\n";
    for (program, tables, status, told) in [
        (&program, servers, 2, "can reach HTTP servers"),
        (&connecting, network, 2, "can reach the network"),
        // It does not use the network that it is allowed.
        (&program, network, 0, ""),
        (&program, "", 0, ""),
    ] {
        let policy = format!(
            "version = 1\nextends = \"deterministic\"\n[clocks]\nmode = \"frozen\"\n{tables}{beside}"
        );
        fs::write(work.path().join("policy.toml"), policy).expect("a policy");
        let test = [
            "test",
            "-q",
            program,
            "-p",
            "policy.toml",
            "--seeds",
            "0..3",
        ];
        let printed = command(&work, &test, &["--".into(), "GET http a /".into()]);
        assert_eq!(printed.status, status, "{tables}: {printed:?}");
        assert!(printed.stderr.contains(told), "{tables}: {printed:?}");
    }
    let virtual_time = UNSTEADY.replace("[[http", "[http]\nallow = [\"http://b/*\"]\n\n[[http");
    fs::write(work.path().join("policy.toml"), virtual_time).expect("a policy");
    let test = [
        "test",
        "-q",
        &program,
        "-p",
        "policy.toml",
        "--seeds",
        "0..3",
    ];
    let printed = command(&work, &test, &[]);
    assert!(printed.status != 0 && printed.status != 1, "{printed:?}");
    assert!(printed.stderr.contains("virtual"), "{printed:?}");
}
