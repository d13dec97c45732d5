//! Authorities, paths and schemes in all spellings; headers, bodies and options that no server wants.

use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingBody, Method, OutgoingBody, OutgoingRequest, RequestOptions, Scheme,
};

use crate::{Attack, NUMBERS, Ports, check};

pub const ATTACKS: &[Attack] = &[
    ("authorities-of-all-sorts", authorities),
    ("paths-of-all-sorts", paths),
    ("schemes-and-methods", schemes),
    ("requests-half-made", half_made),
    ("headers-of-all-sorts", headers),
    ("many-headers", many_headers),
    ("bodies-out-of-order", bodies),
    ("options-at-the-limits-of-time", options),
    ("requests-without-end", requests_without_end),
];

/// A request to an authority, if such a one can be made.
fn request(authority: &str, path: &str, headers: Fields) -> Option<OutgoingRequest> {
    let request = OutgoingRequest::new(headers);
    request.set_scheme(Some(&Scheme::Http)).ok()?;
    request.set_authority(Some(authority)).ok()?;
    request.set_path_with_query(Some(path)).ok()?;
    Some(request)
}

/// Sends a request and waits for the status of its answer.
fn send(request: OutgoingRequest, options: Option<RequestOptions>) -> Result<u16, ErrorCode> {
    let future = handle(request, options)?;
    future.subscribe().block();
    let response = future.get().expect("ready").expect("taken once")?;
    Ok(response.status())
}

fn open(ports: Ports) -> String {
    format!("127.0.0.1:{}", ports.open)
}

fn authorities(ports: Ports) -> Result<(), String> {
    let Ports { open, closed } = ports;
    for authority in [
        format!("127.0.0.1:{closed}"),
        format!("localhost:{open}"),
        format!("LOCALHOST:{closed}"),
        format!("127.0.0.1:{open}@127.0.0.1:{closed}"),
        format!("127.0.0.1:{closed}@127.0.0.1:{open}"),
        format!("user:secret@127.0.0.1:{open}"),
        format!("127.0.0.1:{open}#@127.0.0.1:{closed}"),
        format!("127.0.0.1:{open}/@127.0.0.1:{closed}"),
        format!("127.0.0.1:{open}\\@127.0.0.1:{closed}"),
        format!("127.0.0.1:{open}?@127.0.0.1:{closed}"),
        format!("127.0.0.1:{open}:{closed}"),
        format!("127.0.0.1:0{closed}"),
        format!("127.0.0.1.:{closed}"),
        format!("127.1:{closed}"),
        format!("0x7f000001:{closed}"),
        format!("2130706433:{closed}"),
        format!("0177.0.0.1:{closed}"),
        format!("[::1]:{closed}"),
        format!("[::ffff:127.0.0.1]:{closed}"),
        format!("[::ffff:127.0.0.1]:{open}@[::1]:{closed}"),
        format!("127.0.0.1%3a{closed}"),
        format!("127.0.0.1:{open}\r\nhost: 127.0.0.1:{closed}"),
        format!(" 127.0.0.1:{closed}"),
        format!(":{closed}"),
        "127.0.0.1".into(),
        "127.0.0.1:".into(),
        "127.0.0.1:99999999999".into(),
        "".into(),
        "@".into(),
        "a".repeat(1 << 20),
    ] {
        let Some(request) = request(&authority, "/open/x", Fields::new()) else {
            continue;
        };
        if let Ok(status) = send(request, None) {
            return Err(format!("{status} from {authority:?}"));
        }
    }
    Ok(())
}

/// The server says what it was asked for; what is not below `/open/` however it is read is nothing to ask for.
fn paths(ports: Ports) -> Result<(), String> {
    for path in [
        "/",
        "/closed",
        "/open",
        "/open/../closed",
        "/open/..",
        "/open/./../closed",
        "/open/%2e%2e/closed",
        "/open/%2E./closed",
        "/open/..%2fclosed",
        "/open/..%5cclosed",
        "/open/..\\closed",
        "/open/x/../../closed",
        "/open//../closed",
        "/open/x//../../closed",
        "/open/.;/../closed",
        "/open/;x/../closed",
        "/open/..%3b/closed",
        "//closed",
        "//127.0.0.1/open/x",
        "/OPEN/x",
        "/%6fpen/../closed",
        "open/x",
        "*",
        "",
        "?/open/x",
        "#/open/x",
        "http://127.0.0.1/closed",
        "/open/x HTTP/1.1\r\nhost: a\r\n\r\nGET /closed",
        "/open/\0",
        &format!("/{}", "a".repeat(1 << 20)),
    ] {
        let Some(request) = request(&open(ports), path, Fields::new()) else {
            continue;
        };
        if let Ok(status) = send(request, None) {
            return Err(format!("{status} for {path:?}"));
        }
    }
    let allowed = request(&open(ports), "/open/x", Fields::new()).expect("a request");
    let sent = send(allowed, None);
    check(matches!(sent, Ok(200)), || {
        format!("not even what is allowed: {sent:?}")
    })
}

fn schemes(ports: Ports) -> Result<(), String> {
    for scheme in [
        Scheme::Https,
        Scheme::Other("ftp".into()),
        Scheme::Other("HTTP".into()),
        Scheme::Other("http:".into()),
        Scheme::Other(String::new()),
    ] {
        let request = request(&open(ports), "/open/x", Fields::new()).expect("a request");
        if request.set_scheme(Some(&scheme)).is_ok() {
            let sent = send(request, None);
            check(sent.is_err(), || format!("{sent:?} by {scheme:?}"))?;
        }
    }
    for method in [
        Method::Post,
        Method::Connect,
        Method::Trace,
        Method::Other("get".into()),
        Method::Other("GET /closed HTTP/1.1\r\n\r\nGET".into()),
        Method::Other("PROPFIND".into()),
        Method::Other(String::new()),
    ] {
        let request = request(&open(ports), "/open/x", Fields::new()).expect("a request");
        if request.set_method(&method).is_ok() {
            let sent = send(request, None);
            check(sent.is_err(), || format!("{sent:?} by {method:?}"))?;
        }
    }
    Ok(())
}

/// What is left out could be filled in by whoever comes next.
fn half_made(ports: Ports) -> Result<(), String> {
    let authority = open(ports);
    for parts in 0..8 {
        let request = OutgoingRequest::new(Fields::new());
        if parts & 1 != 0 {
            request.set_scheme(Some(&Scheme::Http)).expect("a scheme");
        }
        if parts & 2 != 0 {
            request
                .set_authority(Some(&authority))
                .expect("an authority");
        }
        if parts & 4 != 0 {
            request
                .set_path_with_query(Some("/open/x"))
                .expect("a path");
        }
        let sent = send(request, None);
        check(parts == 7 || sent.is_err(), || {
            format!("{sent:?} of {parts}")
        })?;
    }
    Ok(())
}

fn headers(ports: Ports) -> Result<(), String> {
    for (name, value) in [
        ("host", "127.0.0.1"),
        ("Host", "other"),
        ("connection", "upgrade"),
        ("transfer-encoding", "chunked"),
        ("content-length", "0"),
        ("content-length", "18446744073709551615"),
        ("upgrade", "h2c"),
        ("proxy-authorization", "x"),
        ("x", "a\r\nhost: other"),
        ("x\r\nhost", "other"),
        ("", ""),
        (" ", "x"),
        ("x:", "x"),
        ("x", "\0"),
    ] {
        let fields = Fields::new();
        let set = fields.append(name, value.as_bytes());
        let made = Fields::from_list(&[(name.into(), value.into())]);
        check(set.is_ok() == made.is_ok(), || format!("{name:?} one way"))?;
        if set.is_ok()
            && let Some(request) = request(&open(ports), "/open/x", fields)
        {
            // The server counts requests and looks at what they say.
            let _ = send(request, None);
        }
    }
    Ok(())
}

/// As many as the runtime takes, which ends whoever goes on after 128 KiB.
fn many_headers(ports: Ports) -> Result<(), String> {
    let fields = Fields::new();
    let value = vec![b'x'; 1024];
    for number in 0..100 {
        if fields.append(&format!("x-{}", number % 7), &value).is_err() {
            break;
        }
    }
    let mut copies = Vec::new();
    for _ in 0..2_000 {
        copies.push(fields.clone());
    }
    if let Some(request) = request(&open(ports), "/open/x", fields) {
        let _ = send(request, None);
    }
    Ok(())
}

fn bodies(ports: Ports) -> Result<(), String> {
    let request = request(&open(ports), "/open/x", Fields::new()).expect("a request");
    let body = request.body().expect("a body");
    check(request.body().is_err(), || "a second body".into())?;
    let stream = body.write().expect("a stream");
    check(body.write().is_err(), || "a second stream".into())?;
    drop(stream);
    let future = handle(request, None).map_err(|error| error.to_string())?;
    OutgoingBody::finish(body, None).map_err(|error| error.to_string())?;
    future.subscribe().block();
    let response = future.get().expect("ready").expect("taken once");
    check(matches!(future.get(), Some(Err(()))), || {
        "a second response".into()
    })?;
    let response = response.map_err(|error| error.to_string())?;
    let body = response.consume().expect("a body");
    check(response.consume().is_err(), || {
        "a second body of an answer".into()
    })?;
    let stream = body.stream().expect("a stream");
    check(body.stream().is_err(), || {
        "a second stream of an answer".into()
    })?;
    for &number in NUMBERS {
        let _ = stream.read(number);
        let _ = stream.skip(number);
    }
    drop(stream);
    let trailers = IncomingBody::finish(body);
    trailers.subscribe().block();
    let _ = trailers.get();
    check(matches!(trailers.get(), Some(Err(()))), || {
        "trailers twice".into()
    })
}

fn options(ports: Ports) -> Result<(), String> {
    for &number in NUMBERS {
        let options = RequestOptions::new();
        let _ = options.set_connect_timeout(Some(number));
        let _ = options.set_first_byte_timeout(Some(number));
        let _ = options.set_between_bytes_timeout(Some(number));
        let closed = format!("127.0.0.1:{}", ports.closed);
        let request = request(&closed, "/open/x", Fields::new()).expect("a request");
        let sent = send(request, Some(options));
        check(sent.is_err(), || format!("{sent:?}"))?;
    }
    Ok(())
}

fn requests_without_end(ports: Ports) -> Result<(), String> {
    let closed = format!("127.0.0.1:{}", ports.closed);
    let kept: Vec<OutgoingRequest> = (0..20_000)
        .filter_map(|_| request(&closed, "/open/x", Fields::new()))
        .collect();
    for request in kept {
        let sent = send(request, None);
        check(sent.is_err(), || format!("{sent:?}"))?;
    }
    Ok(())
}
