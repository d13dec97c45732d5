//! Handles HTTP requests as their paths say:
//!
//! - `/echo`: answers with the body of the request, piece by piece as it comes.
//! - `/count`: reads the body and answers with its length.
//! - `/zeros?N`: answers with N bytes.
//! - `/visits`: answers how many requests this instance has seen.
//! - `/about`: answers with the method, the scheme, the authority, the path and the headers `x-name`.
//! - `/variable?NAME`: answers with an environment variable.
//! - `/fetch?AUTHORITY/PATH`: makes a request of its own and answers with what came of it.
//! - `/splice`: answers with the body of the request, which never comes into this program's memory.
//! - `/through?NAME`: the same by way of a file.
//! - `/append?NAME`: puts the body behind what is in a file and answers with the whole file.
//! - `/time`: sleeps for an hour and answers with the seconds that had passed since 1970, and the seconds slept.
//! - `/trap`, `/late-trap`: traps, before an answer or after its first bytes.
//! - `/silent`, `/error`: gives no answer, or an error for one.
//! - `/exit`: exits.
//! - `/spin`: never ends.
//! - `/linger?WHEN,HOW`: says on standard error that it lingers, and never ends. WHEN is `before` an answer, when the place
//!   for one has been `dropped`, when one has `begun`, or `after` the whole. HOW it goes on is `sleep`, `tick` (waking
//!   up all the time), `spin`, or `write`, to a body that nobody has been given.

#![allow(missing_docs)] // The macro exports functions that have none.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime};

use wasip2::exports::http::incoming_handler::Guest;
use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{Descriptor, DescriptorFlags, OpenFlags, PathFlags};
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingBody, IncomingRequest, OutgoingBody, OutgoingRequest,
    OutgoingResponse, ResponseOutparam, Scheme,
};
use wasip2::io::streams::{InputStream, OutputStream, StreamError};

wasip2::http::proxy::export!(Server);

/// Requests that this instance has seen.
static VISITS: AtomicU32 = AtomicU32::new(0);

/// The most that `blocking-write-and-flush` takes.
const MAX_BLOCKING_WRITE: usize = 4096;

struct Server;

impl Guest for Server {
    fn handle(request: IncomingRequest, answer: ResponseOutparam) {
        VISITS.fetch_add(1, Ordering::Relaxed);
        let target = request.path_with_query().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        match path {
            "/echo" => {
                let body = request.consume().expect("a body");
                let stream = body.stream().expect("a stream");
                begin(answer, 200, |output| {
                    while let Some(bytes) = read(&stream) {
                        if write(output, &bytes).is_err() {
                            // The client has hung up.
                            return;
                        }
                    }
                });
                drop(stream);
                IncomingBody::finish(body);
            }
            "/count" => {
                let body = request.consume().expect("a body");
                let stream = body.stream().expect("a stream");
                let mut length = 0;
                while let Some(bytes) = read(&stream) {
                    length += bytes.len();
                }
                text(answer, 200, &length.to_string());
            }
            "/zeros" => {
                let mut rest: usize = query.parse().expect("a number");
                begin(answer, 200, |output| {
                    let zeros = [b'0'; MAX_BLOCKING_WRITE];
                    while rest > 0 {
                        let length = rest.min(zeros.len());
                        if write(output, &zeros[..length]).is_err() {
                            eprintln!("the client has hung up");
                            return;
                        }
                        rest -= length;
                    }
                });
            }
            "/visits" => text(answer, 200, &VISITS.load(Ordering::Relaxed).to_string()),
            "/about" => {
                let names = request.headers().get("x-name");
                let names: Vec<_> = names
                    .iter()
                    .map(|name| String::from_utf8_lossy(name))
                    .collect();
                let about = format!(
                    "{:?} {:?} {:?} {target} {names:?}",
                    request.method(),
                    request.scheme(),
                    request.authority()
                );
                text(answer, 200, &about);
            }
            "/variable" => text(answer, 200, &format!("{:?}", std::env::var(query))),
            "/fetch" => text(
                answer,
                200,
                &fetch(query).unwrap_or_else(|error| format!("{error:?}")),
            ),
            "/splice" => {
                let body = request.consume().expect("a body");
                let stream = body.stream().expect("a stream");
                begin(answer, 200, |output| splice(output, &stream));
                drop(stream);
                IncomingBody::finish(body);
            }
            "/through" => {
                let body = request.consume().expect("a body");
                let stream = body.stream().expect("a stream");
                let file = create(query);
                splice(&file.write_via_stream(0).expect("a stream"), &stream);
                drop(stream);
                IncomingBody::finish(body);
                let stream = file.read_via_stream(0).expect("a stream");
                begin(answer, 200, |output| splice(output, &stream));
            }
            "/append" => {
                let body = request.consume().expect("a body");
                let stream = body.stream().expect("a stream");
                let contents = append(query, || read(&stream)).map_err(|error| error.kind());
                text(
                    answer,
                    200,
                    &contents.unwrap_or_else(|error| format!("{error:?}")),
                );
            }
            "/time" => {
                let (began, clock) = (SystemTime::now(), Instant::now());
                std::thread::sleep(Duration::from_secs(3600));
                let since = began.duration_since(SystemTime::UNIX_EPOCH);
                let since = since.expect("a time after 1970").as_secs();
                text(
                    answer,
                    200,
                    &format!("{since} {}", clock.elapsed().as_secs()),
                );
            }
            "/trap" => panic!("asked to"),
            "/late-trap" => begin(answer, 200, |output| {
                let _ = write(output, b"so far");
                panic!("asked to");
            }),
            "/silent" => {}
            "/error" => ResponseOutparam::set(answer, Err(ErrorCode::ConfigurationError)),
            "/exit" => std::process::exit(3),
            "/spin" => loop {
                std::hint::spin_loop();
            },
            "/linger" => linger(answer, query),
            _ => text(answer, 404, "nothing here"),
        }
    }
}

fn linger(answer: ResponseOutparam, query: &str) {
    let (when, how) = query.split_once(',').expect("WHEN,HOW");
    let go_on = || {
        eprintln!("it lingers");
        match how {
            "sleep" => std::thread::sleep(Duration::from_secs(1 << 30)),
            "tick" => loop {
                std::thread::sleep(Duration::from_millis(1));
            },
            "spin" => loop {
                std::hint::spin_loop();
            },
            "write" => {
                let response = OutgoingResponse::new(Fields::new());
                let outgoing = response.body().expect("a body");
                let output = outgoing.write().expect("a stream");
                while write(&output, b"nobody reads this").is_ok() {}
            }
            _ => panic!("no way to linger"),
        }
    };
    match when {
        "before" => {
            go_on();
            drop(answer);
        }
        "dropped" => {
            drop(answer);
            go_on();
        }
        "begun" => begin(answer, 200, |output| {
            let _ = write(output, b"so far");
            go_on();
        }),
        "after" => {
            text(answer, 200, "all");
            go_on();
        }
        _ => panic!("no time to linger"),
    }
}

fn text(answer: ResponseOutparam, status: u16, text: &str) {
    begin(answer, status, |output| {
        let _ = write(output, text.as_bytes());
    });
}

/// Answers with a status and what is written.
fn begin(answer: ResponseOutparam, status: u16, body: impl FnOnce(&OutputStream)) {
    let response = OutgoingResponse::new(Fields::new());
    response.set_status_code(status).expect("a status");
    let outgoing = response.body().expect("a body");
    ResponseOutparam::set(answer, Ok(response));
    let output = outgoing.write().expect("a stream");
    body(&output);
    drop(output);
    let _ = OutgoingBody::finish(outgoing, None);
}

fn write(output: &OutputStream, bytes: &[u8]) -> Result<(), StreamError> {
    bytes
        .chunks(MAX_BLOCKING_WRITE)
        .try_for_each(|chunk| output.blocking_write_and_flush(chunk))
}

/// Moves everything from one stream to another.
fn splice(output: &OutputStream, input: &InputStream) {
    while output.blocking_splice(input, 65_536).is_ok() {}
}

/// A new file in the first directory.
fn create(name: &str) -> Descriptor {
    let directories = get_directories();
    let (directory, _) = directories.first().expect("a directory");
    let (new, access) = (
        OpenFlags::CREATE | OpenFlags::TRUNCATE,
        DescriptorFlags::READ | DescriptorFlags::WRITE,
    );
    directory
        .open_at(PathFlags::empty(), name, new, access)
        .expect("a file")
}

/// The next bytes, or nothing at the end and when the client has hung up.
fn read(stream: &InputStream) -> Option<Vec<u8>> {
    stream.blocking_read(65_536).ok()
}

/// Puts bytes behind what is in a file and returns all of it.
fn append(name: &str, mut more: impl FnMut() -> Option<Vec<u8>>) -> std::io::Result<String> {
    let mut file = OpenOptions::new().create(true).append(true).open(name)?;
    while let Some(bytes) = more() {
        file.write_all(&bytes)?;
    }
    drop(file);
    std::fs::read_to_string(name)
}

fn fetch(url: &str) -> Result<String, ErrorCode> {
    let (authority, path) = url.split_once('/').expect("AUTHORITY/PATH");
    let request = OutgoingRequest::new(Fields::new());
    let set = request
        .set_scheme(Some(&Scheme::Http))
        .and_then(|()| request.set_authority(Some(authority)))
        .and_then(|()| request.set_path_with_query(Some(&format!("/{path}"))));
    set.expect("a request");
    let response = handle(request, None)?;
    response.subscribe().block();
    let response = response.get().expect("an answer").expect("taken once")?;
    let status = response.status();
    let body = response.consume().expect("a body");
    let stream = body.stream().expect("a stream");
    let mut contents = Vec::new();
    while let Some(bytes) = read(&stream) {
        contents.extend(bytes);
    }
    Ok(format!("{status} {}", String::from_utf8_lossy(&contents)))
}
