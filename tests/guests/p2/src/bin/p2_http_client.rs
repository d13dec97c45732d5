//! Makes HTTP requests as its arguments say, each a method, a scheme (or `-`), an authority and a path. The method
//! `FOLLOW` is a `GET` that follows redirects. Of a body that breaks off it tells what is known about that.

use guests_p2::{read_to_end, text};
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    ErrorCode, Fields, Method, OutgoingBody, OutgoingRequest, Scheme, http_error_code,
};
use wasip2::io::streams::StreamError;

fn main() {
    for argument in std::env::args().skip(1) {
        let words: Vec<&str> = argument.split(' ').collect();
        let [method, scheme, authority, path] = words[..] else {
            println!("{argument}: no request");
            continue;
        };
        match request(method, scheme, authority, path) {
            Ok(answer) => println!("{argument}: {answer}"),
            Err(ErrorCode::HttpRequestDenied) => println!("{argument}: denied"),
            Err(error) => println!("{argument}: {error:?}"),
        }
    }
}

fn request(method: &str, scheme: &str, authority: &str, path: &str) -> Result<String, ErrorCode> {
    let request = OutgoingRequest::new(Fields::new());
    let follow = method == "FOLLOW";
    let method = match method {
        "GET" | "FOLLOW" => Method::Get,
        "POST" => Method::Post,
        other => Method::Other(other.into()),
    };
    let scheme = match scheme {
        "http" => Some(Scheme::Http),
        "https" => Some(Scheme::Https),
        _ => None,
    };
    if request.set_method(&method).is_err()
        || request.set_scheme(scheme.as_ref()).is_err()
        || request.set_authority(Some(authority)).is_err()
        || request.set_path_with_query(Some(path)).is_err()
    {
        return Ok("the host does not take it".into());
    }
    let body = request.body().expect("a body");
    let response = handle(request, None)?;
    OutgoingBody::finish(body, None)?;
    response.subscribe().block();
    let response = response
        .get()
        .expect("a response that is ready")
        .expect("a response that was not taken before")?;
    let status = response.status();
    let location = response.headers().get("location").pop();
    if let Some(location) = location.filter(|_| follow) {
        let location = String::from_utf8(location).expect("a location is text");
        let (scheme, rest) = location.split_once("://").expect("a URL with a scheme");
        let (authority, path) = rest.split_once('/').expect("a URL with a path");
        return self::request("FOLLOW", scheme, authority, &format!("/{path}"));
    }
    let body = response.consume().expect("a body");
    let stream = body.stream().expect("a stream");
    let contents = match read_to_end(&stream) {
        Ok(contents) => text(&contents),
        Err(StreamError::LastOperationFailed(error)) => format!(
            "breaks off: {:?}, {}",
            http_error_code(&error),
            error.to_debug_string()
        ),
        Err(StreamError::Closed) => "is closed".into(),
    };
    Ok(format!("{status} {contents}"))
}
