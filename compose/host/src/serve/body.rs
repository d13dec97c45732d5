//! Bodies of requests, which have to make progress, and bodies of answers, which are watched.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::time::{Sleep, sleep};
use wasmtime_wasi_http::{Error, WasiBody};

/// The answer of an instance, or the error code that it gave instead.
pub(super) type Answer = Result<http::Response<WasiBody>, String>;

/// Takes the answer of an instance.
pub(super) type Reply = Box<dyn FnOnce(Answer) + Send>;

/// The body of a request. It fails with `connection-read-timeout` when a component has waited for the next piece longer
/// than a limit. Time in which the component asks for no piece does not count.
pub(super) struct IdleLimited {
    body: Incoming,
    limit: Duration,
    /// Runs while the component waits for a piece.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl IdleLimited {
    pub(super) fn new(body: Incoming, limit: Duration) -> Self {
        Self {
            body,
            limit,
            waiting: None,
        }
    }
}

impl Body for IdleLimited {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.waiting = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(Error::Hyper)));
        }
        let limit = self.limit;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(waiting.as_mut().poll(context));
        Poll::Ready(Some(Err(Error::ConnectionReadTimeout)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of an answer. It holds something until the connection drops it, which is when it was sent completely or cannot be
/// sent any more: the client's interest, or a sign for who waits for that moment.
pub(super) struct Watched<T> {
    body: WasiBody,
    _held: T,
}

impl<T> Watched<T> {
    pub(super) fn new(body: WasiBody, held: T) -> Self {
        Self { body, _held: held }
    }
}

impl<T: Unpin> Body for Watched<T> {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A sign that an instance has ended before its answer was complete. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Cut(Arc<AtomicBool>);

impl Cut {
    /// Gives the sign. It has to come before the instance's store is dropped, which ends the bodies of its answers.
    pub(super) fn give(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_given(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// The body of an answer of WASI 0.3. It ends like a complete one when its instance is dropped, so it fails if the instance
/// ended too early: a client must not take it for complete.
pub(super) struct Cuttable {
    body: WasiBody,
    cut: Cut,
}

impl Cuttable {
    pub(super) fn new(body: WasiBody, cut: Cut) -> Self {
        Self { body, cut }
    }
}

impl Body for Cuttable {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match ready!(Pin::new(&mut self.body).poll_frame(context)) {
            None if self.cut.is_given() => {
                let reason = "the instance ended before its answer was complete";
                Poll::Ready(Some(Err(Error::InternalError(Some(reason.into())))))
            }
            frame => Poll::Ready(frame),
        }
    }

    fn is_end_stream(&self) -> bool {
        !self.cut.is_given() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
