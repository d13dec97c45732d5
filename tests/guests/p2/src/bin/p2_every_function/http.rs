//! `wasi:http` as clients use it. Requests that come in and the place for their response are only given to a server:
//! `p2_http_server`.

use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingBody, IncomingResponse, Method,
    OutgoingBody, OutgoingRequest, OutgoingResponse, RequestOptions, Scheme, http_error_code,
};
use wasip2::io::streams::StreamError;

use crate::probe::{Name, Outcome, Peers, done, need, probes, returned, shown, value_of};

/// One second, in nanoseconds.
const SECOND: u64 = 1_000_000_000;

fn fields() -> Result<Fields, String> {
    let fields = Fields::new();
    let set = fields.set("name", &[b"value".to_vec()]);
    need("field", "fields.set", set)?;
    Ok(fields)
}

fn request(peers: &Peers, path: &str) -> OutgoingRequest {
    let request = OutgoingRequest::new(Fields::new());
    let set = request
        .set_scheme(Some(&Scheme::Http))
        .and_then(|()| request.set_authority(Some(&peers.http)));
    set.and_then(|()| request.set_path_with_query(Some(path)))
        .expect("a plain URL");
    request
}

/// Sends a request and returns the future of its response.
fn future(peers: &Peers, path: &str) -> Result<FutureIncomingResponse, String> {
    need(
        "response",
        "outgoing-handler.handle",
        handle(request(peers, path), None),
    )
}

fn response(peers: &Peers, path: &str) -> Result<IncomingResponse, String> {
    let future = future(peers, path)?;
    future.subscribe().block();
    let result = future
        .get()
        .expect("a future that is ready")
        .expect("a result not taken before");
    need("response", "future-incoming-response.get", result)
}

fn body(peers: &Peers, path: &str) -> Result<IncomingBody, String> {
    need(
        "body",
        "incoming-response.consume",
        response(peers, path)?.consume(),
    )
}

/// The outcome of reading a body whose sender breaks off before its end.
fn broken_body(peers: &Peers) -> Outcome {
    let body = body(peers, "/short")?;
    let stream = need("stream", "incoming-body.stream", body.stream())?;
    loop {
        match stream.blocking_read(1024) {
            Ok(_) => {}
            Err(StreamError::Closed) => return Err("no error: the body ends".into()),
            Err(StreamError::LastOperationFailed(error)) => {
                return Ok(match http_error_code(&error) {
                    Some(error) => format!("`{}`", error.name()),
                    None => "`None`".into(),
                });
            }
        }
    }
}

fn status(result: Option<Result<Result<IncomingResponse, ErrorCode>, ()>>) -> Outcome {
    match result {
        Some(Ok(Ok(response))) => value_of(response.status()),
        Some(Ok(Err(error))) => Ok(format!("`{}`", error.name())),
        Some(Err(())) => Ok("taken".into()),
        None => Ok("not ready".into()),
    }
}

probes! {
    "wasi:http/types" {
        "fields.constructor" => |_| returned(Fields::new()),
        "fields.from-list" => |_| done(Fields::from_list(&[("name".into(), b"value".to_vec())])),
        "fields.get" => |_| value_of(fields()?.get("name").len()),
        "fields.has" => |_| value_of(fields()?.has("name")),
        "fields.set" => |_| done(Fields::new().set("name", &[b"value".to_vec()])),
        "fields.delete" => |_| done(fields()?.delete("name")),
        "fields.append" => |_| done(fields()?.append("name", b"other")),
        "fields.entries" => |_| value_of(fields()?.entries().len()),
        "fields.clone" => |_| value_of(fields()?.clone().entries().len()),
        "outgoing-request.constructor" => |_| returned(OutgoingRequest::new(Fields::new())),
        "outgoing-request.body" => |peers| done(request(peers, "/").body()),
        "outgoing-request.method" => |peers| value_of(request(peers, "/").method()),
        "outgoing-request.set-method" => |peers| done(request(peers, "/").set_method(&Method::Post)),
        "outgoing-request.path-with-query" => |peers| value_of(request(peers, "/").path_with_query()),
        "outgoing-request.set-path-with-query" => |_| {
            done(OutgoingRequest::new(Fields::new()).set_path_with_query(Some("/path")))
        },
        "outgoing-request.scheme" => |peers| value_of(request(peers, "/").scheme()),
        "outgoing-request.set-scheme" => |_| {
            done(OutgoingRequest::new(Fields::new()).set_scheme(Some(&Scheme::Https)))
        },
        "outgoing-request.authority" => |peers| value_of(request(peers, "/").authority().is_some()),
        "outgoing-request.set-authority" => |_| {
            done(OutgoingRequest::new(Fields::new()).set_authority(Some("localhost")))
        },
        "outgoing-request.headers" => |_| {
            value_of(OutgoingRequest::new(fields()?).headers().has("name"))
        },
        "request-options.constructor" => |_| returned(RequestOptions::new()),
        "request-options.connect-timeout" => |_| value_of(RequestOptions::new().connect_timeout()),
        "request-options.set-connect-timeout" => |_| {
            done(RequestOptions::new().set_connect_timeout(Some(SECOND)))
        },
        "request-options.first-byte-timeout" => |_| value_of(RequestOptions::new().first_byte_timeout()),
        "request-options.set-first-byte-timeout" => |_| {
            done(RequestOptions::new().set_first_byte_timeout(Some(SECOND)))
        },
        "request-options.between-bytes-timeout" => |_| {
            value_of(RequestOptions::new().between_bytes_timeout())
        },
        "request-options.set-between-bytes-timeout" => |_| {
            done(RequestOptions::new().set_between_bytes_timeout(Some(SECOND)))
        },
        "incoming-response.status" => |peers| value_of(response(peers, "/")?.status()),
        "incoming-response.headers" => |peers| {
            value_of(response(peers, "/")?.headers().has("content-length"))
        },
        "incoming-response.consume" => |peers| done(response(peers, "/")?.consume()),
        "incoming-body.stream" => |peers| {
            let body = body(peers, "/")?;
            let stream = need("stream", "incoming-body.stream", body.stream())?;
            shown(stream.blocking_read(5))
        },
        "incoming-body.finish" => |peers| returned(IncomingBody::finish(body(peers, "/")?)),
        "future-trailers.subscribe" => |peers| {
            returned(IncomingBody::finish(body(peers, "/")?).subscribe().block())
        },
        "future-trailers.get" => |peers| {
            let trailers = IncomingBody::finish(body(peers, "/")?);
            trailers.subscribe().block();
            Ok(match trailers.get() {
                Some(Ok(Ok(trailers))) => format!("`{}`", trailers.is_some()),
                Some(Ok(Err(error))) => format!("`{}`", error.name()),
                Some(Err(())) => "taken".into(),
                None => "not ready".into(),
            })
        },
        "outgoing-response.constructor" => |_| returned(OutgoingResponse::new(Fields::new())),
        "outgoing-response.status-code" => |_| value_of(OutgoingResponse::new(Fields::new()).status_code()),
        "outgoing-response.set-status-code" => |_| {
            done(OutgoingResponse::new(Fields::new()).set_status_code(404))
        },
        "outgoing-response.headers" => |_| {
            value_of(OutgoingResponse::new(fields()?).headers().has("name"))
        },
        "outgoing-response.body" => |_| done(OutgoingResponse::new(Fields::new()).body()),
        "outgoing-body.write" => |peers| {
            let request = request(peers, "/");
            let body = need("body", "outgoing-request.body", request.body())?;
            done(body.write())
        },
        "outgoing-body.finish" => |peers| {
            let request = request(peers, "/");
            let body = need("body", "outgoing-request.body", request.body())?;
            done(OutgoingBody::finish(body, None))
        },
        "future-incoming-response.subscribe" => |peers| {
            returned(future(peers, "/")?.subscribe().block())
        },
        "future-incoming-response.get" => |peers| {
            let future = future(peers, "/")?;
            future.subscribe().block();
            status(future.get())
        },
        "http-error-code" => broken_body,
    }
    "wasi:http/outgoing-handler" {
        "handle" => |peers| done(handle(request(peers, "/"), None)),
    }
}
