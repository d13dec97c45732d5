//! Resources for messages from the network: `incoming-request`, `response-outparam`, `future-incoming-response`,
//! `incoming-response`, `incoming-body`, `future-trailers`.

use std::cell::RefCell;

#[cfg(feature = "forward")]
use super::forwarded as outgoing;
#[cfg(not(feature = "forward"))]
use super::own as outgoing;
use crate::bindings::exports::wasi::http::types::{
    self, ErrorCode, GuestFutureIncomingResponse, GuestFutureTrailers, GuestIncomingBody,
    GuestIncomingRequest, GuestIncomingResponse, GuestResponseOutparam, Headers, Method, Scheme,
    StatusCode, Trailers,
};
use crate::bindings::exports::wasi::io::poll::Pollable;
use crate::bindings::exports::wasi::io::streams::InputStream;
use crate::bindings::wasi::http::types as host;
use crate::host_resource::Forwarded;
use crate::{poll, streams};

/// A request to this component.
pub struct IncomingRequest(pub Forwarded<host::IncomingRequest>);

/// The resource that takes the response to a request.
pub struct ResponseOutparam(pub Forwarded<host::ResponseOutparam>);

/// A response that may come.
pub struct FutureIncomingResponse(pub Forwarded<host::FutureIncomingResponse>);

/// A response.
pub struct IncomingResponse(pub Forwarded<host::IncomingResponse>);

/// The body of a request or response.
pub struct IncomingBody(pub Forwarded<host::IncomingBody>);

/// Trailers that may come.
pub struct FutureTrailers {
    /// The host's trailers, or the error for which there can be none.
    pub trailers: Result<Forwarded<host::FutureTrailers>, RefCell<Option<ErrorCode>>>,
}

impl GuestIncomingRequest for IncomingRequest {
    fn method(&self) -> Method {
        self.0.method()
    }

    fn path_with_query(&self) -> Option<String> {
        self.0.path_with_query()
    }

    fn scheme(&self) -> Option<Scheme> {
        self.0.scheme()
    }

    fn authority(&self) -> Option<String> {
        self.0.authority()
    }

    fn headers(&self) -> Headers {
        outgoing::headers(&self.0, |request| request.headers())
    }

    fn consume(&self) -> Result<types::IncomingBody, ()> {
        let body = self.0.consume()?;
        Ok(types::IncomingBody::new(IncomingBody(self.0.wrap(body))))
    }
}

impl GuestResponseOutparam for ResponseOutparam {
    fn set(param: types::ResponseOutparam, response: Result<types::OutgoingResponse, ErrorCode>) {
        outgoing::answer(param.into_inner::<Self>().0, response);
    }
}

impl GuestFutureIncomingResponse for FutureIncomingResponse {
    fn subscribe(&self) -> Pollable {
        self.0.pollable(|future| future.subscribe())
    }

    fn get(&self) -> Option<Result<Result<types::IncomingResponse, ErrorCode>, ()>> {
        let wrap = |response| IncomingResponse(self.0.wrap(response));
        let got = self.0.get()?;
        Some(got.map(|got| got.map(|response| types::IncomingResponse::new(wrap(response)))))
    }
}

impl GuestIncomingResponse for IncomingResponse {
    fn status(&self) -> StatusCode {
        self.0.status()
    }

    fn headers(&self) -> Headers {
        outgoing::headers(&self.0, |response| response.headers())
    }

    fn consume(&self) -> Result<types::IncomingBody, ()> {
        let body = self.0.consume()?;
        Ok(types::IncomingBody::new(IncomingBody(self.0.wrap(body))))
    }
}

impl GuestIncomingBody for IncomingBody {
    fn stream(&self) -> Result<InputStream, ()> {
        let stream = self.0.child(self.0.stream()?);
        Ok(InputStream::new(streams::input::InputStream::Host(stream)))
    }

    fn finish(this: types::IncomingBody) -> types::FutureTrailers {
        types::FutureTrailers::new(FutureTrailers {
            trailers: outgoing::finish_incoming_body(this.into_inner::<Self>().0)
                .map_err(|error| RefCell::new(Some(error))),
        })
    }
}

impl GuestFutureTrailers for FutureTrailers {
    fn subscribe(&self) -> Pollable {
        match &self.trailers {
            Ok(trailers) => trailers.pollable(|trailers| trailers.subscribe()),
            Err(_) => poll::Pollable::Ready.into(),
        }
    }

    fn get(&self) -> Option<Result<Result<Option<Trailers>, ErrorCode>, ()>> {
        match &self.trailers {
            Ok(future) => Some(future.get()?.map(|got| {
                got.map(|trailers| trailers.map(|trailers| outgoing::headers(future, |_| trailers)))
            })),
            Err(error) => Some(error.take().map(Err).ok_or(())),
        }
    }
}
