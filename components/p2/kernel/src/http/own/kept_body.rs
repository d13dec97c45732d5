//! `outgoing-body`, and what messages have in common, in the build that answers requests.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use interpose_adapter::with;

use super::super::in_use::stream_is_in_use;
use super::fields::Fields;
use super::host_fields::to_host;
use super::room::room;
use crate::bindings::exports::wasi::http::types::{
    self, ErrorCode, GuestOutgoingBody, Headers, Trailers,
};
use crate::bindings::exports::wasi::io::streams;
use crate::bindings::wasi::http::types as host;
use crate::host_resource::HostResource;
use crate::state::STATE;
use crate::streams::body::{Body, BodyWriter};
use crate::streams::output::OutputStream;

/// The parts that requests and responses have in common: headers and one body.
pub struct Message {
    headers: Rc<interpose_http::Fields>,
    body: RefCell<Option<Rc<Transfer>>>,
}

impl Message {
    /// A message without a body.
    pub fn new(headers: Rc<interpose_http::Fields>) -> Self {
        Self {
            headers,
            body: RefCell::default(),
        }
    }

    /// The headers of the message, which cannot be changed.
    pub fn headers(&self) -> Headers {
        Fields::show(&self.headers)
    }

    /// The headers of the message.
    pub fn fields(&self) -> &interpose_http::Fields {
        &self.headers
    }

    /// The body of the message, which can be taken only once.
    pub fn body(
        &self,
        size_error: fn(Option<u64>) -> ErrorCode,
    ) -> Result<types::OutgoingBody, ()> {
        let mut body = self.body.borrow_mut();
        if body.is_some() {
            return Err(());
        }
        let expected = self.headers.content_length();
        let may_be_sent = with(&STATE, |kernel| kernel.answers.host_types);
        let kept = match may_be_sent {
            true => room(|room| Body::new(expected, Some(room))),
            false => Body::new(expected, None),
        };
        let transfer = Rc::new(Transfer {
            body: Rc::new(kept),
            receiver: RefCell::new(Receiver::Unknown),
        });
        *body = Some(transfer.clone());
        Ok(types::OutgoingBody::new(OutgoingBody {
            transfer,
            size_error,
            has_stream: Cell::new(false),
            is_finished: Cell::new(false),
        }))
    }

    /// The body that the guest took.
    pub fn taken(&self) -> Option<Rc<Transfer>> {
        self.body.borrow().clone()
    }
}

/// The way of a body to the receiver of its message.
pub struct Transfer {
    body: Rc<Body>,
    receiver: RefCell<Receiver>,
}

/// The receiver of a body.
enum Receiver {
    /// The message is not handed over yet.
    Unknown,
    /// The message is not handed over yet, and the guest has finished its body.
    Finished(Option<Rc<interpose_http::Fields>>),
    /// The host.
    Host(HostResource<host::OutgoingBody>),
    /// Nobody: the kernel answers, the message was not sent, or the body has ended.
    Nobody,
}

impl Transfer {
    /// The body.
    pub fn body(&self) -> &Rc<Body> {
        &self.body
    }

    /// Lets the bytes vanish, because the kernel answers.
    pub fn discard(&self) {
        self.receiver.replace(Receiver::Nobody);
        self.body.discard();
    }

    /// Ends the body, because its message was not sent.
    pub fn refuse(&self) {
        self.receiver.replace(Receiver::Nobody);
        self.body.end();
    }

    /// Sends the body to the host: what was written of it, and what will be.
    pub fn send(&self, receiver: host::OutgoingBody) {
        // Dropping the host's body aborts its message.
        if self.body.upload().is_aborted() {
            return self.refuse();
        }
        let receiver = HostResource::new(receiver);
        let Ok(stream) = receiver.write() else {
            return self.refuse();
        };
        self.body.send(receiver.child(stream));
        if let Receiver::Finished(trailers) =
            self.receiver.replace(Receiver::Host(receiver.clone()))
        {
            drop(receiver);
            // The guest has its result already.
            let _ = self.finish(trailers);
        }
    }

    /// Ends the body, and with it the message, with these trailers.
    fn finish(&self, trailers: Option<Rc<interpose_http::Fields>>) -> Result<(), ErrorCode> {
        let receiver = self.receiver.replace(Receiver::Nobody);
        match receiver {
            Receiver::Unknown => {
                self.receiver.replace(Receiver::Finished(trailers));
            }
            Receiver::Host(receiver) => {
                self.body.end();
                let receiver = receiver.into_inner().ok_or_else(stream_is_in_use)?;
                let trailers = trailers.map(|trailers| to_host(&trailers)).transpose()?;
                host::OutgoingBody::finish(receiver, trailers)?;
            }
            Receiver::Finished(_) | Receiver::Nobody => {}
        }
        Ok(())
    }
}

/// The body of a message.
pub struct OutgoingBody {
    transfer: Rc<Transfer>,
    /// The error for a body of another length than `content-length` says.
    size_error: fn(Option<u64>) -> ErrorCode,
    has_stream: Cell<bool>,
    is_finished: Cell<bool>,
}

impl GuestOutgoingBody for OutgoingBody {
    fn write(&self) -> Result<streams::OutputStream, ()> {
        if self.has_stream.replace(true) {
            return Err(());
        }
        let stream = BodyWriter::new(self.transfer.body());
        Ok(streams::OutputStream::new(OutputStream::Body(stream)))
    }

    fn finish(this: types::OutgoingBody, trailers: Option<Trailers>) -> Result<(), ErrorCode> {
        let body: Self = this.into_inner();
        if body.transfer.body.is_written() {
            return Err(stream_is_in_use());
        }
        body.transfer
            .body
            .upload()
            .finish()
            .map_err(|written| (body.size_error)(Some(written)))?;
        body.is_finished.set(true);
        body.transfer.finish(trailers.map(Fields::take))
    }
}

impl Drop for OutgoingBody {
    /// A body that is dropped before it is finished is incomplete.
    fn drop(&mut self) {
        if !self.is_finished.get() {
            self.transfer.body.upload().abort();
            self.transfer.refuse();
        }
    }
}
