//! Passes requests on to the handler that it imports, and marks them with the header `x-name`. The path
//! `/stopped` it answers itself.

#![allow(missing_docs, unsafe_code)] // The bindings.

wit_bindgen::generate!({
    path: "../../../wit/p3",
    world: "wasi-interpose:p3/middleware",
    generate_all,
});

use wasi::http::handler;
use wasi::http::types::{ErrorCode, Fields, Request, Response};

struct Middleware;

export!(Middleware);

const NAME: &str = "x-name";

impl exports::wasi::http::handler::Guest for Middleware {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        if request.get_path_with_query().as_deref() == Some("/stopped") {
            return Err(ErrorCode::HttpRequestDenied);
        }
        let marked = marked(&request.get_headers());
        let (method, path) = (request.get_method(), request.get_path_with_query());
        let (scheme, authority) = (request.get_scheme(), request.get_authority());
        let (_, read) = wit_future::new(|| Ok(()));
        let (body, trailers) = Request::consume_body(request, read);
        let (request, _) = Request::new(marked, Some(body), trailers, None);
        request.set_method(&method).expect("a method");
        request
            .set_path_with_query(path.as_deref())
            .expect("a path");
        request.set_scheme(scheme.as_ref()).expect("a scheme");
        request
            .set_authority(authority.as_deref())
            .expect("an authority");
        handler::handle(request).await
    }
}

fn marked(fields: &Fields) -> Fields {
    let fields = fields.clone();
    fields
        .append(NAME, b"through the middleware")
        .expect("a header");
    fields
}
