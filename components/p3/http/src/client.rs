//! `wasi:http/client`.

use crate::Adapter;
use crate::bindings::exports::wasi::http::client::Guest;
use crate::bindings::wasi::http::client as host;
use crate::bindings::wasi::http::types::{ErrorCode, Request, Response};
use crate::check::check;

impl Guest for Adapter {
    async fn send(request: Request) -> Result<Response, ErrorCode> {
        check("send", &request)?;
        host::send(request).await
    }
}
