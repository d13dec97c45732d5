//! `interpose serve` as a command: a component answers real requests over the loopback interface.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use interpose_host::{Buffer, Event, Failure, Grant, Offer, Output, Server, Service, Stop};
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::surface::Surface;

use crate::peers::close;
use crate::support::tools::{
    COMPOSER, GuestFile, Printed, bad, cache_directory, finish, guest, interpose, policy, run,
    text, without_progress,
};
use crate::support::wac::compose_script;

/// The longest time that anything here may take.
const LIMIT: Duration = Duration::from_secs(60);

/// Additions to a policy that give the server only filters, or a kernel too.
pub const WAYS: [&str; 2] = ["", "\n[stdio]\nstdout = \"discard\""];

/// A server that runs until it is dropped or ended.
pub struct Served {
    child: Child,
    address: SocketAddr,
    stderr: Arc<Mutex<String>>,
    _files: (Option<GuestFile>, tempfile::TempDir),
}

impl Served {
    pub fn start(policy: &str, options: &[&str]) -> Self {
        Self::of("p2_http_server", policy, options)
    }

    pub fn of(program: &str, policy: &str, options: &[&str]) -> Self {
        let guest = GuestFile::new(program);
        let directory = tempfile::tempdir().expect("a temporary directory");
        let file = directory.path().join("policy.toml");
        std::fs::write(&file, format!("version = 1\n{policy}")).expect("the policy is written");
        let mut command = interpose();
        command
            .args(["serve", &guest.path(), "--policy", &text(&file)])
            .args(options);
        Self::spawn(command, (Some(guest), directory))
    }

    /// Waits until the command prints its address. The files exist as long as the server runs.
    pub fn spawn(command: Command, files: (Option<GuestFile>, tempfile::TempDir)) -> Self {
        let (messages, stderr) = std::io::pipe().expect("a pipe");
        Self::spawn_with(command, files, Some(messages), stderr)
    }

    /// Like [`Served::spawn`], with messages that a thread reads from `messages`, or that nobody reads.
    fn spawn_with(
        mut command: Command,
        files: (Option<GuestFile>, tempfile::TempDir),
        lines: Option<std::io::PipeReader>,
        stderr: std::io::PipeWriter,
    ) -> Self {
        command
            .args(["--addr", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(stderr);
        let mut child = command.spawn().expect("the command starts");
        // The command holds the pipe's other end open.
        drop(command);
        let stderr = Arc::new(Mutex::new(String::new()));
        let copy = Arc::clone(&stderr);
        thread::spawn(move || {
            let Some(lines) = lines else { return };
            for line in BufReader::new(lines).lines().map_while(Result::ok) {
                *copy.lock().expect("the messages") += &format!("{line}\n");
            }
        });
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let address = line
            .trim()
            .rsplit_once("http://")
            .and_then(|(_, address)| address.trim_end_matches("\"}").parse().ok());
        let messages = || stderr.lock().expect("the messages").clone();
        let address = address.unwrap_or_else(|| panic!("{line:?} {}", messages()));
        Self {
            child,
            address,
            stderr,
            _files: files,
        }
    }

    /// Where it listens.
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("a connection");
        stream.set_read_timeout(Some(LIMIT)).expect("a time limit");
        stream
    }

    /// The status and body of an answer; status 0 if there is none.
    pub fn request(&self, head: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let mut stream = self.connect();
        let length = body.len();
        let head = format!(
            "{head} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
        );
        let mut sending = stream.try_clone().expect("a second handle");
        let body = body.to_vec();
        let sender = thread::spawn(move || {
            let _ = sending
                .write_all(head.as_bytes())
                .and_then(|()| sending.write_all(&body));
        });
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        sender.join().expect("the request is sent");
        parse(&bytes)
    }

    pub fn get(&self, path: &str) -> String {
        let (status, body) = self.request(&format!("GET {path}"), b"");
        format!("{status} {}", String::from_utf8_lossy(&body))
    }

    fn messages(&self) -> String {
        without_progress(&self.stderr.lock().expect("the messages"))
    }

    /// Waits until the messages contain a text.
    pub fn wait_for_message(&self, text: &str) {
        let started = Instant::now();
        while !self.messages().contains(text) {
            assert!(
                started.elapsed() < LIMIT,
                "no {text:?} in {}",
                self.messages()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status();
        assert!(status.expect("kill runs").success());
    }

    /// Waits for the command to end, and returns its status.
    pub fn end(mut self) -> Option<i32> {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a status") {
                return status.code();
            }
            assert!(started.elapsed() < LIMIT, "the server goes on");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The status and body of a raw answer. A body that ends inside a chunk is marked.
fn parse(bytes: &[u8]) -> (u16, Vec<u8>) {
    let Some(end) = bytes.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return (0, Vec::new());
    };
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let mut rest = &bytes[end + 4..];
    if !head.contains("transfer-encoding: chunked") {
        return (status.unwrap_or(0), rest.to_vec());
    }
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|bytes| bytes == b"\r\n");
        let length = line.and_then(|line| {
            let length = std::str::from_utf8(&rest[..line]).ok()?;
            Some((line, usize::from_str_radix(length, 16).ok()?))
        });
        match length {
            Some((_, 0)) => return (status.unwrap_or(0), body),
            Some((line, length)) if rest.len() >= line + length + 4 => {
                body.extend(&rest[line + 2..line + 2 + length]);
                rest = &rest[line + length + 4..];
            }
            _ => {
                body.extend(b"[breaks off]");
                return (status.unwrap_or(0), body);
            }
        }
    }
}

/// A server that answers each request with its path.
fn backend() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = listener.local_addr().expect("its address");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut line = String::new();
            let _ = BufReader::new(&stream).read_line(&mut line);
            let path = line.split(' ').nth(1).unwrap_or_default();
            let length = path.len();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{path}"
            );
            thread::spawn(|| close(stream));
        }
    });
    address
}

#[test]
fn requests_are_answered_by_instances_of_their_own() {
    for way in WAYS {
        let served = Served::start(&format!("default = \"inherit\"{way}"), &[]);
        assert_eq!(served.get("/visits"), "200 1");
        assert_eq!(served.get("/visits"), "200 1");
        assert_eq!(served.get("/nowhere"), "404 nothing here");
        let about = "Method::Get Some(Scheme::Http) Some(\"test\") /about?x=1 []";
        assert_eq!(served.get("/about?x=1"), format!("200 {about}"));
        let (status, body) = served.request("POST /echo", b"hello");
        assert_eq!((status, &body[..]), (200, &b"hello"[..]));
        assert_eq!(served.messages(), "");

        // One connection can carry several requests. A request without a host is refused.
        let mut stream = served.connect();
        for head in [
            "GET /visits HTTP/1.1\r\nhost: a",
            "GET /visits HTTP/1.1",
            "GET /visits HTTP/1.1\r\nhost: a\r\nhost: b",
            "GET /visits HTTP/1.1\r\nhost: a b",
            "GET /about HTTP/1.1\r\nhost: b\r\nx-name: one\r\nx-name: two\r\nconnection: close",
        ] {
            let head = format!("{head}\r\n\r\n");
            stream
                .write_all(head.as_bytes())
                .expect("the requests are sent");
        }
        let mut answers = String::new();
        stream.read_to_string(&mut answers).expect("the answers");
        let status: Vec<&str> = answers
            .lines()
            .filter_map(|line| Some(line.split_once("HTTP/1.1 ")?.1))
            .collect();
        let bad = "400 Bad Request";
        assert_eq!(status, ["200 OK", bad, bad, bad, "200 OK"], "{answers}");
        assert!(answers.contains(r#"["one", "two"]"#), "{answers}");

        // A client that has shut down its sending side still gets an answer.
        let mut stream = served.connect();
        stream
            .write_all(b"GET /visits HTTP/1.1\r\nhost: a\r\n\r\n")
            .expect("the request is sent");
        stream.shutdown(Shutdown::Write).expect("no more is sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("the answer");
        assert_eq!(parse(&answer), (200, b"1".to_vec()));
    }
}

#[test]
fn bodies_of_any_length_pass() {
    for way in WAYS {
        let served = Served::start(&format!("default = \"inherit\"{way}"), &[]);
        let long: Vec<u8> = (0..8_000_000_u32).map(|n| (n % 251) as u8).collect();
        for path in ["/echo", "/splice"] {
            let (status, body) = served.request(&format!("POST {path}"), &long);
            assert!(
                status == 200 && body == long,
                "{path}: {status}, {} bytes",
                body.len()
            );
        }
        let (status, body) = served.request("POST /count", &long);
        assert_eq!((status, body), (200, b"8000000".to_vec()));
        let (status, body) = served.request("GET /zeros?10000000", b"");
        assert_eq!((status, body.len()), (200, 10_000_000));
    }
}

#[test]
fn requests_inside_a_handler_are_judged() {
    let (open, closed) = (backend(), backend());
    for way in WAYS {
        let policy = format!(
            "default = \"inherit\"\n[environment]\nset = {{ NAME = \"value\" }}{way}\n[http]\nallow = [\"http://{open}/open/*\"]"
        );
        let served = Served::start(&policy, &[]);
        assert_eq!(
            served.get(&format!("/fetch?{open}/open/x")),
            "200 200 /open/x"
        );
        let denied = "200 ErrorCode::HttpRequestDenied";
        assert_eq!(served.get(&format!("/fetch?{open}/closed")), denied);
        assert_eq!(served.get(&format!("/fetch?{closed}/open/x")), denied);
        assert_eq!(served.get("/variable?NAME"), "200 Ok(\"value\")");
        assert_eq!(served.get("/variable?HOME"), "200 Err(NotPresent)");
    }
}

/// What the policy refused of all requests is told when the server ends.
#[test]
fn refusals_are_told_at_the_end() {
    let line = "http handle `GET http://127.0.0.1:9/x` (2 times); allowed by [http] with allow = [{ methods = [\"GET\"], url = \"http://127.0.0.1:9/x\" }]\n";
    for (way, options) in WAYS
        .into_iter()
        .flat_map(|way| [(way, None), (way, Some("--json"))])
    {
        let policy = format!("default = \"inherit\"{way}\n[http]\n");
        let served = Served::start(&policy, options.as_slice());
        for _ in 0..2 {
            let denied = "200 ErrorCode::HttpRequestDenied";
            assert_eq!(served.get("/fetch?127.0.0.1:9/x?key=secret"), denied);
        }
        assert_eq!(served.messages(), "");
        served.signal("TERM");
        match options {
            None => served.wait_for_message(&format!("refused: {line}")),
            Some(_) => {
                served.wait_for_message("\"record\":\"serve\"");
                served.wait_for_message("\"subject\":\"GET http://127.0.0.1:9/x\"");
                served.wait_for_message("\"count\":2");
            }
        }
        assert_eq!(served.end(), Some(0));
    }
}

#[test]
fn a_component_that_fails_costs_its_request_and_no_other() {
    for way in WAYS {
        let served = Served::start(
            &format!("default = \"inherit\"{way}"),
            &["--env", "RUST_BACKTRACE=0"],
        );
        for (path, message) in [
            ("/trap", "error: GET /trap: the application trapped: "),
            (
                "/silent",
                "error: GET /silent: the application gave no answer\n",
            ),
            (
                "/error",
                "error: GET /error: the application answered with the error ErrorCode::ConfigurationError\n",
            ),
            (
                "/exit",
                "error: GET /exit: the application exited with status ",
            ),
        ] {
            assert_eq!(served.get(path), "500 Internal Server Error\n", "{path}");
            served.wait_for_message(message);
        }
        // How much of the answer has been sent by then varies, but the answer never looks complete.
        let begun = served.get("/late-trap");
        assert!(begun == "0 " || begun.ends_with("[breaks off]"), "{begun}");
        served.wait_for_message(
            "error: GET /late-trap: the application trapped after it had answered: ",
        );
        assert_eq!(served.get("/visits"), "200 1");
        let messages = served.messages();
        assert_eq!(messages.matches("error: GET ").count(), 5, "{messages}");
    }
}

#[test]
fn clients_are_served_beside_each_other() {
    for way in WAYS {
        let served = Served::start(&format!("default = \"inherit\"{way}"), &[]);
        // There are more computing requests than threads: if they did not yield, no thread would be left for others.
        let spinning: Vec<TcpStream> = (0..8)
            .map(|_| {
                let mut stream = served.connect();
                let head = b"GET /spin HTTP/1.1\r\nhost: test\r\n\r\n";
                stream.write_all(head).expect("the request is sent");
                stream
            })
            .collect();
        thread::scope(|scope| {
            let clients: Vec<_> = (0..16)
                .map(|_| scope.spawn(|| served.get("/visits")))
                .collect();
            for client in clients {
                assert_eq!(client.join().expect("an answer"), "200 1");
            }
        });
        // A client that hangs up in the middle of a request or of an answer does no harm.
        let mut stream = served.connect();
        let head = b"POST /echo HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\nhalf";
        stream.write_all(head).expect("half a request is sent");
        drop(stream);
        let mut stream = served.connect();
        let head = b"GET /zeros?100000000 HTTP/1.1\r\nhost: test\r\n\r\n";
        stream.write_all(head).expect("the request is sent");
        stream.read_exact(&mut [0; 64]).expect("an answer begins");
        stream
            .shutdown(Shutdown::Both)
            .expect("the client hangs up");
        drop(stream);
        served.wait_for_message("the client has hung up");
        assert_eq!(served.get("/visits"), "200 1");
        drop(spinning);
        // A computing request does not keep the server from ending at the second signal.
        served.signal("TERM");
        served.signal("INT");
        assert_eq!(served.end(), Some(0));
    }
}

/// A server in this process, with limits that a test chooses.
struct Library {
    address: SocketAddr,
    /// The instances' standard error.
    told: Buffer,
    events: Arc<Mutex<Vec<Event>>>,
    stop: Stop,
    thread: Option<thread::JoinHandle<()>>,
}

impl Library {
    fn start(policy_text: &str, limits: impl FnOnce(Service) -> Service) -> Self {
        let policy = policy(policy_text);
        let program = guest("p2_http_server");
        let composition = COMPOSER.compose(&program, &policy).expect("a composition");
        let told = Buffer::default();
        let offer = Offer {
            stderr: Output::Buffer(told.clone()),
            ..Offer::default()
        };
        let grant = Grant::of(&composition.plan, &offer);
        let server = Server::new(&CompilationCache::in_directory(cache_directory()));
        let server = server.expect("a server");
        let program = server.compile(&composition.component).expect("a program");
        let service = server.prepare(&program, &grant, &[]).expect("a service");
        let service = limits(service);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let address = listener.local_addr().expect("its address");
        let (stop, events) = (Stop::new(), Arc::new(Mutex::new(Vec::new())));
        let (until, seen) = (stop.clone(), Arc::clone(&events));
        let thread = thread::spawn(move || {
            let report = move |event| seen.lock().expect("the events").push(event);
            let served = service.serve(listener, &until, report);
            served.expect("the server ends well");
        });
        Self {
            address,
            told,
            events,
            stop,
            thread: Some(thread),
        }
    }

    /// Opens a connection and sends a request on it.
    fn send(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).expect("a connection");
        stream.set_read_timeout(Some(LIMIT)).expect("a time limit");
        stream
            .write_all(request.as_bytes())
            .expect("the request is sent");
        stream
    }

    fn get(&self, path: &str) -> TcpStream {
        self.send(&format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n"))
    }

    /// The status and body of an answer.
    fn answer(&self, path: &str) -> (u16, Vec<u8>) {
        let mut stream = self.send(&format!(
            "GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n"
        ));
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        parse(&answer)
    }

    /// Waits until the instances have written a text this many times.
    fn wait_until_told(&self, text: &str, times: usize) {
        let started = Instant::now();
        loop {
            let told = String::from_utf8_lossy(&self.told.contents()).into_owned();
            if told.matches(text).count() >= times {
                return;
            }
            assert!(started.elapsed() < LIMIT, "{times} times {text:?}: {told}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until this many events are of a kind.
    fn wait_for_events(&self, times: usize, kind: impl Fn(&Event) -> bool) {
        let started = Instant::now();
        loop {
            let events = self.events.lock().expect("the events");
            if events.iter().filter(|event| kind(event)).count() >= times {
                return;
            }
            assert!(started.elapsed() < LIMIT, "{events:?}");
            drop(events);
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        self.stop.request();
        self.stop.request();
        let ended = self.thread.take().map(thread::JoinHandle::join);
        if !thread::panicking() {
            ended.expect("a thread").expect("the server's thread");
        }
    }
}

/// Otherwise, enough stalling clients would keep all others out.
#[test]
fn clients_that_do_not_go_on_are_left() {
    let served = Library::start("version = 1\ndefault = \"inherit\"", |service| {
        service.with_idle_limit(Duration::from_millis(100))
    });
    let send = |head: &str| {
        served.send(&format!(
            "{head} HTTP/1.1\r\nhost: test\r\ncontent-length: 10\r\n\r\nhalf"
        ))
    };
    // The component learns that the body has ended, and answers.
    let mut stream = send("POST /count");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    assert_eq!(parse(&answer), (200, b"4".to_vec()));
    // The answer is larger than the system's buffers for a client that does not read.
    let mut stream = send("GET /zeros?100000000");
    served.wait_until_told("the client has hung up", 1);
    let mut answer = Vec::new();
    // The server closes or resets the connection.
    let _ = stream.read_to_end(&mut answer);
    assert!(answer.len() < 100_000_000, "{} bytes", answer.len());
}

/// The server answers as many requests as it can at once. In each, the component by its own mistake waits for a reader
/// of a body that it has not handed over.
#[test]
fn instances_end_when_their_clients_hang_up() {
    for way in WAYS {
        let served = Library::start(
            &format!("version = 1\ndefault = \"inherit\"{way}"),
            |service| service,
        );
        let clients: Vec<TcpStream> = (0..256)
            .map(|_| served.get("/linger?before,write"))
            .collect();
        served.wait_until_told("it lingers", clients.len());
        drop(clients);
        assert_eq!(served.answer("/visits"), (200, b"1".to_vec()));
        served.wait_for_events(256, |event| matches!(event, Event::HungUp { .. }));
    }
}

/// No instance outlives its client, whatever it does and whatever it has answered before.
#[test]
fn no_instance_outlives_its_client() {
    const REQUESTS: usize = 4;
    for way in WAYS {
        let served = Library::start(
            &format!("version = 1\ndefault = \"inherit\"{way}"),
            |service| {
                let service = service.with_max_requests(REQUESTS);
                service.with_idle_limit(Duration::from_secs(1))
            },
        );
        let mut lingering = 0;
        for when in ["before", "dropped", "begun", "after"] {
            for how in ["sleep", "tick", "spin", "write"] {
                let path = format!("/linger?{when},{how}");
                let clients: Vec<TcpStream> = (0..REQUESTS).map(|_| served.get(&path)).collect();
                lingering += REQUESTS;
                served.wait_until_told("it lingers", lingering);
                drop(clients);
                assert_eq!(
                    served.answer("/visits"),
                    (200, b"1".to_vec()),
                    "{path}{way}"
                );
            }
        }
    }
}

/// A patient client gets an answer from the server if the component waits for something that does not arrive.
#[test]
fn instances_that_wait_for_too_long_are_ended() {
    // A server that accepts requests and never answers.
    let mute = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let mute = mute.local_addr().map(|address| (mute, address));
    let (_mute, address) = mute.expect("its address");
    for way in WAYS {
        let served = Library::start(
            &format!("version = 1\ndefault = \"inherit\"{way}"),
            |service| service.with_idle_limit(Duration::from_millis(100)),
        );
        let late = (504, b"Gateway Timeout\n".to_vec());
        assert_eq!(served.answer("/linger?before,sleep"), late);
        assert_eq!(served.answer("/linger?before,write"), late);
        assert_eq!(served.answer(&format!("/fetch?{address}/")), late);
        let failed = (500, b"Internal Server Error\n".to_vec());
        assert_eq!(served.answer("/linger?dropped,sleep"), failed);
        let begun = served.answer("/linger?begun,sleep");
        assert_eq!(begun, (200, b"so far[breaks off]".to_vec()));
        assert_eq!(served.answer("/linger?after,sleep"), (200, b"all".to_vec()));
        assert_eq!(served.answer("/linger?after,tick"), (200, b"all".to_vec()));
        let ended = |wanted: fn(&Failure) -> bool| move |event: &Event| matches!(event, Event::Failed { failure, .. } if wanted(failure));
        let before = ended(|failure| {
            matches!(
                failure,
                Failure::Idle {
                    answered: false,
                    ..
                }
            )
        });
        served.wait_for_events(3, before);
        let begun = ended(|failure| matches!(failure, Failure::Idle { answered: true, .. }));
        served.wait_for_events(1, begun);
        let late = ended(|failure| matches!(failure, Failure::Late { .. }));
        served.wait_for_events(3, late);
    }
}

#[test]
fn what_has_begun_is_finished_at_the_end() {
    for way in WAYS {
        let served = Served::start(&format!("default = \"inherit\"{way}"), &["--json"]);
        let mut stream = served.connect();
        let head = b"POST /echo HTTP/1.1\r\nhost: test\r\ncontent-length: 10\r\n\r\nfirst";
        stream.write_all(head).expect("half a request is sent");
        let mut answer = vec![0; 16];
        stream.read_exact(&mut answer).expect("an answer begins");
        served.signal("TERM");
        let refused = || TcpStream::connect(served.address).is_err();
        let started = Instant::now();
        while !refused() {
            assert!(started.elapsed() < LIMIT, "connections are still accepted");
            thread::sleep(Duration::from_millis(5));
        }
        stream.write_all(b"other").expect("the rest is sent");
        stream.read_to_end(&mut answer).expect("the rest comes");
        let (status, body) = parse(&answer);
        assert_eq!((status, &body[..]), (200, &b"firstother"[..]));
        assert_eq!(served.end(), Some(0));
    }
}

#[test]
fn what_cannot_be_served_is_refused() {
    let refused = |arguments: &[&str], expected: &str| {
        let Printed { status, stderr, .. } = run(arguments);
        let expected = (bad(arguments[0]), expected);
        assert_eq!((status, stderr.as_str()), expected, "{arguments:?}");
    };
    let (server, command) = (
        GuestFile::new("p2_http_server"),
        GuestFile::new("cli_hello"),
    );
    refused(
        &["serve", &command.path(), "--policy", "inherit"],
        "error: the component exports neither `wasi:http/incoming-handler` of WASI 0.2 nor `wasi:http/handler` of WASI 0.3, so there is nothing to serve\n  hint: `interpose run` runs commands like this one\n",
    );
    refused(
        &["run", "--policy", "inherit", &server.path()],
        "error: the component exports no `wasi:cli/run` of WASI 0.2 or 0.3, so there is nothing to run\n  hint: `interpose serve` serves components like this one\n",
    );
    let taken = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = taken.local_addr().expect("its address").to_string();
    let serve = ["serve", &server.path(), "--policy", "inherit", "--addr"];
    let printed = finish(interpose().args(serve).arg(&address));
    assert_eq!(printed.status, 2, "{printed:?}");
    assert!(
        printed
            .stderr
            .contains(&format!("cannot listen at `{address}`")),
        "{printed:?}"
    );
    let printed = finish(
        interpose()
            .args(serve)
            .args(["127.0.0.1:0", "--save", "/=out"]),
    );
    assert_eq!(printed.status, 2, "{printed:?}");
    assert!(
        printed.stderr.contains("`--save` has nothing to save"),
        "{printed:?}"
    );
}

#[test]
fn a_server_built_with_wstd_is_served() {
    let (open, closed) = (backend(), backend());
    for way in WAYS {
        let policy =
            format!("default = \"inherit\"{way}\n[http]\nallow = [\"http://{open}/open/*\"]");
        let served = Served::of("p2_wstd_server", &policy, &[]);
        assert_eq!(served.get("/path"), "200 /path");
        let (status, body) = served.request("POST /echo", b"hello");
        assert_eq!((status, &body[..]), (200, &b"hello"[..]));
        assert_eq!(
            served.get(&format!("/get?http://{open}/open/x")),
            "200 /open/x"
        );
        for denied in [format!("{open}/closed"), format!("{closed}/open/x")] {
            let answer = served.get(&format!("/get?http://{denied}"));
            assert!(answer.contains("HttpRequestDenied"), "{answer}");
        }
    }
}

#[test]
fn a_server_has_files_and_time_of_its_own() {
    let policy = r#"default = "inherit"
[filesystem]
mounts = [{ path = "/", source = "memory" }]
[clocks]
mode = "virtual"
start = 2026-01-01T00:00:00Z
[http]
allow = []"#;
    let served = Served::start(policy, &[]);
    for _ in 0..2 {
        // Each request has its own instance and therefore its own files.
        let (status, body) = served.request("POST /append?log", b"first");
        assert_eq!((status, &body[..]), (200, &b"first"[..]));
        assert_eq!(served.get("/time"), "200 1767225600 3600");
    }
    // The body passes from the host to a file of the kernel and back.
    let long: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    let (status, body) = served.request("POST /through?file", &long);
    assert!(
        status == 200 && body == long,
        "{status}, {} bytes",
        body.len()
    );
    assert_eq!(served.messages(), "");
}

#[test]
fn what_a_request_left_in_memory_is_saved() {
    let policy = r#"default = "inherit"
[filesystem]
mounts = [{ path = "/", source = "memory" }]"#;
    let directory = tempfile::tempdir().expect("a temporary directory");
    let save = format!("/={}", text(directory.path()));
    let served = Served::start(policy, &["--verbose", "--save", &save]);
    let (status, body) = served.request("POST /append?log", b"first");
    assert_eq!((status, &body[..]), (200, &b"first"[..]));
    served.wait_for_message("saved 1 entries");
    let saved = std::fs::read(directory.path().join("log")).expect("a file");
    assert_eq!(saved, b"first");
}

/// A component that passes its requests to another component.
const FRONT: &str = r#"(component
  (import "wasi:http/types@0.2.12" (instance $types
    (export "incoming-request" (type (sub resource)))
    (export "response-outparam" (type (sub resource)))))
  (alias export $types "incoming-request" (type $request))
  (alias export $types "response-outparam" (type $outparam))
  (import "wasi:http/incoming-handler@0.2.12" (instance $next
    (alias outer 1 $request (type $hosts-request))
    (export "incoming-request" (type $request (eq $hosts-request)))
    (alias outer 1 $outparam (type $hosts-outparam))
    (export "response-outparam" (type $outparam (eq $hosts-outparam)))
    (export "handle" (func (param "request" (own $request)) (param "response-out" (own $outparam))))))
  (export "wasi:http/incoming-handler@0.2.12" (instance $next)))"#;

/// The answering component has its own kernel; the component in front of it shares the host's request types with the
/// host.
#[test]
fn several_components_are_served_together() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let server = guest("p2_http_server");
    for (name, contents) in [
        ("front.wat", FRONT.as_bytes()),
        ("server.wasm", server.component()),
        (
            "graph.toml",
            br#"version = 1
application = "front"
[components.front]
source = "front.wat"
policy = "deny"
imports = { "wasi:http/incoming-handler" = "server" }
[components.server]
source = "server.wasm"
[components.server.policy]
default = "inherit"
environment = { set = { NAME = "value" } }
filesystem = { mounts = [{ path = "/", source = "memory" }] }
"#,
        ),
    ] {
        std::fs::write(directory.path().join(name), contents).expect("a file is written");
    }
    let graph = text(&directory.path().join("graph.toml"));
    let mut command = interpose();
    command.args(["serve", "--graph", &graph]);
    let served = Served::spawn(command, (None, directory));
    let (status, body) = served.request("POST /append?log", b"first");
    assert_eq!((status, &body[..]), (200, &b"first"[..]));
    assert_eq!(served.get("/variable?NAME"), "200 Ok(\"value\")");
    assert_eq!(served.get("/variable?HOME"), "200 Err(NotPresent)");
    assert_eq!(served.messages(), "");
}

#[test]
fn other_composers_wire_servers_under_a_kernel_too() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let server = GuestFile::new("p2_http_server");
    let (out, scripts) = (work.path().join("out.wasm"), work.path().join("wac"));
    let printed = run(&[
        "compose",
        &server.path(),
        "--policy",
        "memory-filesystem",
        "--output",
        &text(&out),
        "--emit-wac",
        &text(&scripts),
    ]);
    assert_eq!(printed.status, 0, "{printed:?}");
    let by_script = compose_script(&scripts, "p2-http-server.wac");
    let by_script = Surface::of(&by_script).expect("a surface");
    let surface = Surface::of(&std::fs::read(&out).expect("the result")).expect("a surface");
    assert_eq!(by_script.handler(), surface.handler());
    assert!(surface.handles_requests());
}

#[test]
fn requests_are_answered_though_nobody_reads_the_messages() {
    let guest = GuestFile::new("p2_http_server");
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut command = interpose();
    command.args(["serve", &guest.path(), "--policy", "sandbox", "--verbose"]);
    let (_, unread) = std::io::pipe().expect("a pipe");
    let served = Served::spawn_with(command, (Some(guest), directory), None, unread);
    for _ in 0..3 {
        assert_eq!(served.get("/visits"), "200 1");
    }
    served.signal("TERM");
    assert_eq!(served.end(), Some(0));
}

/// Directories are opened at the start, so exchanging a path before a later request changes nothing.
#[test]
fn directories_are_opened_once() {
    for way in WAYS {
        let place = tempfile::tempdir().expect("a temporary directory");
        let (shown, outside) = (place.path().join("shown"), place.path().join("outside"));
        std::fs::create_dir(&shown).expect("a directory");
        std::fs::create_dir(&outside).expect("a directory");
        let served = Served::start(
            &format!(
                "default = \"inherit\"\n[[filesystem.mounts]]\npath = \"/\"\nsource = \"host\"\nhost = \"{}\"\n{way}",
                text(&shown)
            ),
            &[],
        );
        let append = |body: &[u8]| served.request("POST /append?log", body);
        assert_eq!(append(b"one "), (200, b"one ".to_vec()));
        std::fs::rename(&shown, place.path().join("was-shown")).expect("the directory is renamed");
        std::os::unix::fs::symlink("outside", &shown).expect("a link");
        assert_eq!(append(b"two"), (200, b"one two".to_vec()));
        assert!(!outside.join("log").exists());
    }
}

/// Limits hold for each request; other requests are answered meanwhile and afterwards.
#[test]
fn a_request_that_exceeds_a_limit_is_ended() {
    for way in WAYS {
        let limits = format!("default = \"inherit\"{way}\n[limits]\ntimeout = \"400ms\"\n");
        let served = Served::start(&limits, &[]);
        let (status, _) = served.request("GET /spin", b"");
        assert_eq!(status, 504, "{}", served.messages());
        served
            .wait_for_message("GET /spin: the application was ended: it ran for longer than 400ms");
        assert_eq!(served.get("/visits"), "200 1");
        let (status, _) = served.request("GET /linger?before,sleep", b"");
        assert_eq!(status, 504, "{}", served.messages());
        let served = Served::start(&limits, &["--fuel", "300000000", "--timeout", "1h"]);
        let (status, _) = served.request("GET /spin", b"");
        assert_eq!(status, 500, "{}", served.messages());
        served.wait_for_message("more than 300000000 units of fuel, the limit that `--fuel` sets");
        assert_eq!(served.get("/visits"), "200 1");
    }
}
