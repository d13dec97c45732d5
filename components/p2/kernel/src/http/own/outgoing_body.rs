//! `outgoing-body`.

use std::cell::Cell;
use std::rc::Rc;

use super::fields::Fields;
use crate::bindings::exports::wasi::http::types::{
    self, ErrorCode, GuestOutgoingBody, Headers, Trailers,
};
use crate::bindings::exports::wasi::io::streams;
use crate::streams::output::OutputStream;

/// What requests and responses have in common: headers, and one body.
pub struct Message {
    headers: Rc<interpose_http::Fields>,
    has_body: Cell<bool>,
}

impl Message {
    /// A message without a body.
    pub fn new(headers: Rc<interpose_http::Fields>) -> Self {
        Self {
            headers,
            has_body: Cell::new(false),
        }
    }

    /// Its headers, which cannot be changed.
    pub fn headers(&self) -> Headers {
        Fields::show(&self.headers)
    }

    /// Its body, which can be had once.
    pub fn body(
        &self,
        size_error: fn(Option<u64>) -> ErrorCode,
    ) -> Result<types::OutgoingBody, ()> {
        if self.has_body.replace(true) {
            return Err(());
        }
        Ok(types::OutgoingBody::new(OutgoingBody {
            expected: self.headers.content_length(),
            size_error,
            written: Rc::default(),
            has_stream: Cell::new(false),
        }))
    }
}

/// The body of a message. It is sent nowhere.
pub struct OutgoingBody {
    /// What `content-length` says.
    expected: Option<u64>,
    /// The error for a body of another length.
    size_error: fn(Option<u64>) -> ErrorCode,
    written: Rc<Cell<u64>>,
    has_stream: Cell<bool>,
}

impl GuestOutgoingBody for OutgoingBody {
    fn write(&self) -> Result<streams::OutputStream, ()> {
        if self.has_stream.replace(true) {
            return Err(());
        }
        Ok(streams::OutputStream::new(OutputStream::Discard(
            self.written.clone(),
        )))
    }

    fn finish(this: types::OutgoingBody, _trailers: Option<Trailers>) -> Result<(), ErrorCode> {
        let body: &Self = this.get();
        let written = body.written.get();
        match body.expected {
            Some(expected) if expected != written => Err((body.size_error)(Some(written))),
            _ => Ok(()),
        }
    }
}
