//! `outgoing-response`.

use super::fields::Fields;
use super::outgoing_body::OutgoingBody;
use crate::bindings::exports::wasi::http::types::{
    self, GuestOutgoingResponse, Headers, StatusCode,
};
use crate::bindings::wasi::http::types as host;

/// A response that a guest builds.
pub struct OutgoingResponse(pub host::OutgoingResponse);

impl GuestOutgoingResponse for OutgoingResponse {
    fn new(headers: Headers) -> Self {
        Self(host::OutgoingResponse::new(Fields::take(headers)))
    }

    fn status_code(&self) -> StatusCode {
        self.0.status_code()
    }

    fn set_status_code(&self, status_code: StatusCode) -> Result<(), ()> {
        self.0.set_status_code(status_code)
    }

    fn headers(&self) -> Headers {
        Fields::copy(&self.0.headers())
    }

    fn body(&self) -> Result<types::OutgoingBody, ()> {
        OutgoingBody::wrap(self.0.body())
    }
}
