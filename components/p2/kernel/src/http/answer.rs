//! An answer of the kernel's own, from the request to the end of its body.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use interpose_adapter::with;
use interpose_http::{Answer, Arrival, Download, Fields};

use super::in_use::stream_is_in_use;
use crate::bindings::exports::wasi::http::types::ErrorCode;
use crate::bindings::exports::wasi::io::poll::Pollable;
use crate::clocks::Moment;
use crate::state::STATE;
use crate::streams::body;

/// An answer that may come.
pub struct Pending {
    answer: Rc<Answer>,
    body: Rc<[u8]>,
    moment: Moment,
    comes: bool,
    /// The body of the request, if it has one.
    request: Option<Rc<body::Body>>,
    is_taken: Cell<bool>,
}

impl Pending {
    /// The answer to a request that is made now with this method and body, by a guest who waits for the first byte of
    /// the answer as long as this.
    pub fn new(
        answer: Rc<Answer>,
        method: &str,
        request: Option<Rc<body::Body>>,
        first_byte_timeout: Option<u64>,
    ) -> Self {
        let arrival = answer.arrival(first_byte_timeout);
        let may_ask_host = with(&STATE, |kernel| kernel.answers.monotonic_clock);
        Self {
            body: answer.body(method),
            answer,
            moment: Moment::after(arrival.after(), may_ask_host),
            comes: matches!(arrival, Arrival::Answer(_)),
            request,
            is_taken: Cell::new(false),
        }
    }

    /// A pollable that is ready when [`Pending::get`] is.
    pub fn subscribe(&self) -> Pollable {
        self.moment.pollable()
    }

    /// The answer, once. A request whose body was given up gets none, as on Wasmtime's host.
    pub fn get(&self) -> Option<Result<Result<Response, ErrorCode>, ()>> {
        if self.is_taken.get() {
            return Some(Err(()));
        }
        if !self.moment.has_come() {
            return None;
        }
        self.is_taken.set(true);
        let is_aborted = |body: &Rc<body::Body>| body.upload().is_aborted();
        Some(Ok(if self.request.as_ref().is_some_and(is_aborted) {
            Err(ErrorCode::HttpProtocolError)
        } else if self.comes {
            Ok(Response {
                answer: self.answer.clone(),
                body: RefCell::new(Some(self.body.clone())),
            })
        } else {
            Err(ErrorCode::ConnectionReadTimeout)
        }))
    }
}

/// An answer.
pub struct Response {
    answer: Rc<Answer>,
    /// The body, until the guest takes it.
    body: RefCell<Option<Rc<[u8]>>>,
}

impl Response {
    /// The status code.
    pub fn status(&self) -> u16 {
        self.answer.status()
    }

    /// The headers.
    pub fn fields(&self) -> &Rc<Fields> {
        self.answer.fields()
    }

    /// The body, which can be taken only once.
    pub fn consume(&self) -> Result<Body, ()> {
        let bytes = self.body.take().ok_or(())?;
        Ok(Body {
            download: Rc::new(Download::new(bytes)),
            has_stream: Cell::new(false),
        })
    }
}

/// The body of an answer.
pub struct Body {
    download: Rc<Download>,
    has_stream: Cell<bool>,
}

impl Body {
    /// The contents, which can be taken only once.
    pub fn stream(&self) -> Result<Rc<Download>, ()> {
        match self.has_stream.replace(true) {
            true => Err(()),
            false => Ok(self.download.clone()),
        }
    }

    /// Goes from the contents to the trailers, of which there are none.
    pub fn finish(self) -> Result<(), ErrorCode> {
        match Rc::into_inner(self.download) {
            Some(_) => Ok(()),
            None => Err(stream_is_in_use()),
        }
    }
}
