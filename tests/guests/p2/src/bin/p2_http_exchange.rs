//! Makes HTTP requests as its arguments say, and prints everything that it gets. Each argument is a method, a scheme, an
//! authority, a path, and options: `body=TEXT`, `length=N` for the header `content-length`, `first-byte=MS` and
//! `connect=MS` for time limits, `early` to write the body before the request is handed over, and `drop` to drop it
//! unfinished. After an argument `clock`, it also prints how long each request took. After an argument `strict`, it exits
//! when a request fails or the body of an answer breaks off, and says on its standard error which it was.

use std::time::Instant;

use guests_p2::{read_to_end, text};
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingBody, IncomingResponse, Method, OutgoingBody, OutgoingRequest,
    RequestOptions, Scheme,
};

fn main() {
    let (mut clock, mut strict) = (false, false);
    for argument in std::env::args().skip(1) {
        if argument == "clock" {
            clock = true;
            continue;
        }
        if argument == "strict" {
            strict = true;
            continue;
        }
        let words: Vec<&str> = argument.split(' ').collect();
        let [method, scheme, authority, path, options @ ..] = &words[..] else {
            println!("{argument}: no request");
            continue;
        };
        println!("{method} {path} {options:?}");
        let started = Instant::now();
        let made = request(method, scheme, authority, path, options);
        if let Err(error) = &made {
            println!("  fails: {error:?}");
        }
        if clock {
            println!("  after {:?}", started.elapsed());
        }
        match made {
            Err(_) if strict => exit("the request failed"),
            Ok(false) if strict => exit("the answer broke off"),
            _ => {}
        }
    }
}

fn exit(reason: &str) -> ! {
    eprintln!("{reason}");
    std::process::exit(1)
}

fn value<'a>(options: &[&'a str], name: &str) -> Option<&'a str> {
    let mut options = options.iter();
    options.find_map(|option| option.strip_prefix(name)?.strip_prefix('='))
}

fn milliseconds(options: &[&str], name: &str) -> Option<u64> {
    let limit = value(options, name)?;
    Some(limit.parse::<u64>().expect("a number") * 1_000_000)
}

/// Makes a request, and says whether the answer was whole.
fn request(
    method: &str,
    scheme: &str,
    authority: &str,
    path: &str,
    options: &[&str],
) -> Result<bool, ErrorCode> {
    let headers = Fields::new();
    if let Some(length) = value(options, "length") {
        let set = headers.append("content-length", length.as_bytes());
        set.expect("a valid header");
    }
    let request = OutgoingRequest::new(headers);
    let method = match method {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        other => Method::Other(other.into()),
    };
    let scheme = match scheme {
        "http" => Scheme::Http,
        _ => Scheme::Https,
    };
    request.set_method(&method).expect("a valid method");
    request.set_scheme(Some(&scheme)).expect("a valid scheme");
    let set = request.set_authority(Some(authority));
    set.expect("a valid authority");
    let set = request.set_path_with_query(Some(path));
    set.expect("a valid path");
    let limits = RequestOptions::new();
    let set = limits.set_first_byte_timeout(milliseconds(options, "first-byte"));
    set.expect("a time limit");
    let set = limits.set_connect_timeout(milliseconds(options, "connect"));
    set.expect("a time limit");

    let contents = value(options, "body");
    let body = contents.map(|_| request.body().expect("a body"));
    let write = |body: &OutgoingBody| {
        let stream = body.write().expect("a stream");
        let bytes = contents.unwrap_or_default().as_bytes();
        let written = stream.blocking_write_and_flush(bytes);
        println!("  body written: {}", written.is_ok());
    };
    let early = options.contains(&"early");
    if let Some(body) = &body
        && early
    {
        write(body);
    }
    let future = handle(request, Some(limits))?;
    if let Some(body) = body {
        if !early {
            write(&body);
        }
        println!("  second stream: {}", body.write().is_ok());
        if options.contains(&"drop") {
            drop(body);
        } else {
            OutgoingBody::finish(body, None)?;
        }
    }
    future.subscribe().block();
    let response = future.get().expect("a response that is ready");
    println!("  second time: {:?}", future.get().map(|got| got.is_ok()));
    print(&response.expect("a response that was not taken before")?)
}

fn print(response: &IncomingResponse) -> Result<bool, ErrorCode> {
    println!("  status {}", response.status());
    let headers = response.headers();
    for (name, value) in headers.entries() {
        println!("  {name}: {}", text(&value));
    }
    println!("  change: {:?}", headers.append("x", b"y"));
    let body = response.consume().expect("a body");
    println!("  second body: {}", response.consume().is_ok());
    let stream = body.stream().expect("a stream");
    println!("  second stream: {}", body.stream().is_ok());
    let read = read_to_end(&stream);
    match &read {
        Ok(contents) => println!("  {:?}", text(contents)),
        Err(error) => println!("  breaks off: {error:?}"),
    }
    drop(stream);
    let trailers = IncomingBody::finish(body);
    trailers.subscribe().block();
    let ended = trailers.get().expect("trailers that are ready");
    let ended = ended.expect("trailers that were not taken before")?;
    println!("  trailers: {}", ended.is_some());
    println!("  second time: {:?}", trailers.get().map(|got| got.is_ok()));
    Ok(read.is_ok())
}
