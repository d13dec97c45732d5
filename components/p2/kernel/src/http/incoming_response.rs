//! Responses to the application's requests, and the bodies of messages that it gets: `future-incoming-response`,
//! `incoming-response`, `incoming-body`, `future-trailers`. They are the host's, or, in the build that answers requests,
//! an answer of the kernel's own.

use std::cell::Cell;

#[cfg(feature = "responses")]
use super::answer;
#[cfg(all(feature = "forward", not(feature = "responses")))]
use super::forwarded as outgoing;
#[cfg(not(all(feature = "forward", not(feature = "responses"))))]
use super::own as outgoing;
use crate::bindings::exports::wasi::http::types::{
    self, ErrorCode, GuestFutureIncomingResponse, GuestFutureTrailers, GuestIncomingBody,
    GuestIncomingResponse, Headers, StatusCode, Trailers,
};
use crate::bindings::exports::wasi::io::poll::Pollable;
use crate::bindings::exports::wasi::io::streams::InputStream;
use crate::bindings::wasi::http::types as host;
use crate::host_resource::Forwarded;
use crate::{poll, streams};

/// A response that may come.
#[cfg_attr(
    not(feature = "forward"),
    expect(dead_code, reason = "without a host there is none")
)]
pub enum FutureIncomingResponse {
    /// That of the host.
    Host(Forwarded<host::FutureIncomingResponse>),
    /// One of the kernel's own.
    #[cfg(feature = "responses")]
    Own(answer::Pending),
}

/// A response.
pub enum IncomingResponse {
    /// That of the host.
    Host(Forwarded<host::IncomingResponse>, outgoing::Copied),
    /// One of the kernel's own.
    #[cfg(feature = "responses")]
    Own(answer::Response),
}

/// The body of a request or response.
pub enum IncomingBody {
    /// That of the host.
    Host(Forwarded<host::IncomingBody>),
    /// One of the kernel's own.
    #[cfg(feature = "responses")]
    Own(answer::Body),
}

/// Trailers that may come.
pub enum FutureTrailers {
    /// Those of the host.
    Host(Forwarded<host::FutureTrailers>),
    /// How the body ended, if nobody has asked yet.
    Known(Cell<Option<Result<(), ErrorCode>>>),
}

impl GuestFutureIncomingResponse for FutureIncomingResponse {
    fn subscribe(&self) -> Pollable {
        match self {
            Self::Host(future) => future.pollable(|future| future.subscribe()),
            #[cfg(feature = "responses")]
            Self::Own(pending) => pending.subscribe(),
        }
    }

    fn get(&self) -> Option<Result<Result<types::IncomingResponse, ErrorCode>, ()>> {
        let got = match self {
            Self::Host(future) => {
                let wrap = |response| {
                    IncomingResponse::Host(future.wrap(response), outgoing::Copied::default())
                };
                future.get()?.map(|got| got.map(wrap))
            }
            #[cfg(feature = "responses")]
            Self::Own(pending) => pending.get()?.map(|got| got.map(IncomingResponse::Own)),
        };
        Some(got.map(|got| got.map(types::IncomingResponse::new)))
    }
}

impl GuestIncomingResponse for IncomingResponse {
    fn status(&self) -> StatusCode {
        match self {
            Self::Host(response, _) => response.status(),
            #[cfg(feature = "responses")]
            Self::Own(response) => response.status(),
        }
    }

    fn headers(&self) -> Headers {
        match self {
            Self::Host(response, copied) => {
                outgoing::headers(response, copied, |response| response.headers())
            }
            #[cfg(feature = "responses")]
            Self::Own(response) => outgoing::Fields::show(response.fields()),
        }
    }

    fn consume(&self) -> Result<types::IncomingBody, ()> {
        let body = match self {
            Self::Host(response, _) => IncomingBody::Host(response.wrap(response.consume()?)),
            #[cfg(feature = "responses")]
            Self::Own(response) => IncomingBody::Own(response.consume()?),
        };
        Ok(types::IncomingBody::new(body))
    }
}

impl GuestIncomingBody for IncomingBody {
    fn stream(&self) -> Result<InputStream, ()> {
        let stream = match self {
            Self::Host(body) => streams::input::InputStream::Host(body.child(body.stream()?)),
            #[cfg(feature = "responses")]
            Self::Own(body) => streams::input::InputStream::Answer(body.stream()?),
        };
        Ok(InputStream::new(stream))
    }

    fn finish(this: types::IncomingBody) -> types::FutureTrailers {
        let trailers = match this.into_inner::<Self>() {
            Self::Host(body) => outgoing::finish_incoming_body(body).map_or_else(
                |error| FutureTrailers::Known(Cell::new(Some(Err(error)))),
                FutureTrailers::Host,
            ),
            #[cfg(feature = "responses")]
            Self::Own(body) => FutureTrailers::Known(Cell::new(Some(body.finish()))),
        };
        types::FutureTrailers::new(trailers)
    }
}

impl GuestFutureTrailers for FutureTrailers {
    fn subscribe(&self) -> Pollable {
        match self {
            Self::Host(trailers) => trailers.pollable(|trailers| trailers.subscribe()),
            Self::Known(_) => poll::Pollable::Ready.into(),
        }
    }

    fn get(&self) -> Option<Result<Result<Option<Trailers>, ErrorCode>, ()>> {
        match self {
            Self::Host(future) => Some(future.get()?.map(|got| {
                let show = |trailers| {
                    outgoing::headers(future, &outgoing::Copied::default(), |_| trailers)
                };
                got.map(|trailers| trailers.map(show))
            })),
            Self::Known(end) => Some(end.take().map(|end| end.map(|()| None)).ok_or(())),
        }
    }
}
