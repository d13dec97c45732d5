//! `wasi:http/handler`.

use crate::Adapter;
use crate::bindings::exports::wasi::http::handler::Guest;
use crate::bindings::wasi::http::handler as host;
use crate::bindings::wasi::http::types::{ErrorCode, Request, Response};
use crate::check::check;

impl Guest for Adapter {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        check("handle", &request)?;
        host::handle(request).await
    }
}
