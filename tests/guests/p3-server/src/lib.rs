//! Handles HTTP requests of WASI 0.3 as their paths say:
//!
//! - `/about`: answers with the method, the scheme, the authority, the path and the headers `x-name`.
//! - `/echo`: answers with the body of the request.
//! - `/time`: sleeps for a moment and answers whether time has passed.
//! - `/fetch?AUTHORITY/PATH`: makes a request of its own and answers with what came of it.
//! - `/error`: gives an error for an answer.
//! - `/trap`: traps.
//! - `/late-trap`: traps when the first piece of its answer was written.
//! - `/late`: gives an answer whose last piece is written when the handler has returned.

#![allow(missing_docs, unsafe_code)] // The bindings.

wit_bindgen::generate!({
    path: "../../../wit/p3",
    world: "wasi-interpose:p3/service",
    generate_all,
});

use wasi::clocks::monotonic_clock;
use wasi::http::client;
use wasi::http::types::{ErrorCode, Fields, Request, Response, Scheme};
use wit_bindgen::StreamReader;

struct Server;

export!(Server);

impl exports::wasi::http::handler::Guest for Server {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let target = request.get_path_with_query().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        match path {
            "/about" => Ok(text(about(&request))),
            "/echo" => {
                let (_, read) = wit_future::new(|| Ok(()));
                let (body, _) = Request::consume_body(request, read);
                Ok(answer(body))
            }
            "/time" => {
                let before = monotonic_clock::now();
                monotonic_clock::wait_for(2_000_000).await;
                let passed = monotonic_clock::now() - before >= 2_000_000;
                Ok(text(format!("time has passed: {passed}\n")))
            }
            "/fetch" => Ok(text(fetch(query).await)),
            "/error" => Err(ErrorCode::ConfigurationError),
            "/trap" => panic!("asked for"),
            "/late-trap" => {
                let (mut writer, body) = wit_stream::new();
                wit_bindgen::spawn_local(async move {
                    writer.write_all(b"early\n".to_vec()).await;
                    monotonic_clock::wait_for(20_000_000).await;
                    panic!("asked for");
                });
                Ok(answer(body))
            }
            "/late" => {
                let (mut writer, body) = wit_stream::new();
                wit_bindgen::spawn_local(async move {
                    writer.write_all(b"early\n".to_vec()).await;
                    monotonic_clock::wait_for(20_000_000).await;
                    writer.write_all(b"late\n".to_vec()).await;
                });
                Ok(answer(body))
            }
            _ => {
                let response = text("there is nothing here\n".into());
                response.set_status_code(404).expect("a status");
                Ok(response)
            }
        }
    }
}

fn about(request: &Request) -> String {
    let names = request.get_headers().get("x-name");
    let names: Vec<_> = names
        .iter()
        .map(|name| String::from_utf8_lossy(name))
        .collect();
    format!(
        "{:?} {:?} {:?} {:?} {names:?}\n",
        request.get_method(),
        request.get_scheme(),
        request.get_authority(),
        request.get_path_with_query(),
    )
}

/// An answer with this body.
fn answer(body: StreamReader<u8>) -> Response {
    let (_, trailers) = wit_future::new(|| Ok(None));
    let (response, _) = Response::new(Fields::new(), Some(body), trailers);
    response
}

fn text(text: String) -> Response {
    let (mut writer, body) = wit_stream::new();
    wit_bindgen::spawn_local(async move {
        writer.write_all(text.into_bytes()).await;
    });
    answer(body)
}

async fn fetch(target: &str) -> String {
    let (authority, path) = target.split_once('/').unwrap_or((target, ""));
    let (_, trailers) = wit_future::new(|| Ok(None));
    let (request, _) = Request::new(Fields::new(), None, trailers, None);
    request.set_scheme(Some(&Scheme::Http)).expect("a scheme");
    request
        .set_authority(Some(authority))
        .expect("an authority");
    let path = format!("/{path}");
    request.set_path_with_query(Some(&path)).expect("a path");
    match client::send(request).await {
        Ok(response) => {
            let status = response.get_status_code();
            let (_, read) = wit_future::new(|| Ok(()));
            let (body, _) = Response::consume_body(response, read);
            let body = body.collect().await;
            format!("{status} {}\n", String::from_utf8_lossy(&body))
        }
        Err(code) => format!("{code:?}\n"),
    }
}
