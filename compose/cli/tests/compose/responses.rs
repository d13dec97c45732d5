//! Answers to HTTP requests from the policy: they are those that a server gives, they take virtual time, and requests
//! without an answer go where the rules say.

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
use crate::support::tools::{COMPOSER, guest, imports, run_component};

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
    assert!(shown.contains(&bytes.escape_ascii().to_string().escape_debug().to_string()));
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
