//! Drops or gives away what belongs to an HTTP request before what was made from it, as its arguments say, each a command
//! and the authority of a server:
//!
//! - `request AUTHORITY`: drops a request that is not sent before its body, and that before its stream.
//! - `response AUTHORITY`: drops the future of a response, the response and its body before what was made from each.
//! - `sent AUTHORITY`: sends a request and drops its body before the body's stream.
//! - `finish-outgoing AUTHORITY`, `finish-incoming AUTHORITY`: finishes a body whose stream is still held.

use guests_p2::{read_to_end, text};
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingBody, IncomingResponse, OutgoingBody,
    OutgoingRequest, Scheme,
};

fn main() {
    for argument in std::env::args().skip(1) {
        let (command, authority) = argument.split_once(' ').unwrap_or((&argument, ""));
        let outcome = match command {
            "request" => drop_request(authority),
            "response" => drop_response(authority),
            "sent" => drop_body(authority),
            "finish-outgoing" => finish_outgoing(authority),
            "finish-incoming" => finish_incoming(authority),
            _ => "no command".into(),
        };
        println!("{argument}: {outcome}");
    }
}

fn request(authority: &str) -> OutgoingRequest {
    let request = OutgoingRequest::new(Fields::new());
    let set = request
        .set_scheme(Some(&Scheme::Http))
        .and_then(|()| request.set_authority(Some(authority)))
        .and_then(|()| request.set_path_with_query(Some("/x")));
    set.expect("a plain URL");
    request
}

fn response(future: &FutureIncomingResponse) -> IncomingResponse {
    future.subscribe().block();
    let response = future
        .get()
        .expect("a response that is ready")
        .expect("a response that was not taken before");
    response.expect("an answer")
}

fn error<T>(result: Result<T, ErrorCode>) -> String {
    match result {
        Ok(_) => "no error".into(),
        Err(error) => format!("{error:?}"),
    }
}

fn drop_request(authority: &str) -> String {
    let request = request(authority);
    let (headers, body) = (request.headers(), request.body().expect("a body"));
    let stream = body.write().expect("a stream");
    let waiting = stream.subscribe();
    drop(request);
    drop(body);
    let room = stream.check_write().is_ok();
    drop(stream);
    let ready = waiting.ready();
    drop(waiting);
    format!(
        "room {room}, ready {ready}, {} headers",
        headers.entries().len()
    )
}

fn drop_response(authority: &str) -> String {
    let future = handle(request(authority), None).expect("a future");
    let (of_future, response) = (future.subscribe(), response(&future));
    drop(future);
    let (headers, body) = (response.headers(), response.consume().expect("a body"));
    drop(response);
    let stream = body.stream().expect("a stream");
    let of_stream = stream.subscribe();
    drop(body);
    let contents = read_to_end(&stream).expect("the body");
    drop(stream);
    let ready = [of_future.ready(), of_stream.ready()];
    let length = headers.get("content-length").pop().unwrap_or_default();
    format!("{}, {ready:?}, length {}", text(&contents), text(&length))
}

fn drop_body(authority: &str) -> String {
    let request = request(authority);
    let body = request.body().expect("a body");
    let stream = body.write().expect("a stream");
    let waiting = stream.subscribe();
    let future = handle(request, None).expect("a future");
    drop(body);
    drop(stream);
    let ready = waiting.ready();
    drop(waiting);
    drop(future);
    format!("ready {ready}")
}

fn finish_outgoing(authority: &str) -> String {
    let request = request(authority);
    let body = request.body().expect("a body");
    let stream = body.write().expect("a stream");
    let outcome = error(OutgoingBody::finish(body, None));
    drop(stream);
    outcome
}

fn finish_incoming(authority: &str) -> String {
    let future = handle(request(authority), None).expect("a future");
    let body = response(&future).consume().expect("a body");
    let stream = body.stream().expect("a stream");
    let trailers = IncomingBody::finish(body);
    trailers.subscribe().block();
    let outcome = trailers.get().expect("trailers that are ready");
    let outcome = error(outcome.expect("trailers that were not taken before"));
    let rest = text(&read_to_end(&stream).expect("the body"));
    format!("{outcome}, {rest}")
}
