//! `outgoing-response`.

use std::cell::Cell;

use super::fields::Fields;
use super::outgoing_body::Message;
use crate::bindings::exports::wasi::http::types::{
    self, GuestOutgoingResponse, Headers, StatusCode,
};

/// A response that a guest builds.
pub struct OutgoingResponse {
    status: Cell<StatusCode>,
    message: Message,
}

#[cfg(feature = "responses")]
impl OutgoingResponse {
    /// The headers and the body.
    pub fn message(&self) -> &Message {
        &self.message
    }
}

impl GuestOutgoingResponse for OutgoingResponse {
    fn new(headers: Headers) -> Self {
        Self {
            status: Cell::new(200),
            message: Message::new(Fields::take(headers)),
        }
    }

    fn status_code(&self) -> StatusCode {
        self.status.get()
    }

    fn set_status_code(&self, status_code: StatusCode) -> Result<(), ()> {
        // A status code has three digits (RFC 9110, section 15), as on Wasmtime's host.
        if !(100..1000).contains(&status_code) {
            return Err(());
        }
        self.status.set(status_code);
        Ok(())
    }

    fn headers(&self) -> Headers {
        self.message.headers()
    }

    fn body(&self) -> Result<types::OutgoingBody, ()> {
        self.message.body(types::ErrorCode::HttpResponseBodySize)
    }
}
