//! What comes from the network: `incoming-request`, `response-outparam`, `future-incoming-response`,
//! `incoming-response`, `incoming-body`, `future-trailers`.

use crate::bindings::exports::wasi::http::types::{
    self, ErrorCode, GuestFutureIncomingResponse, GuestFutureTrailers, GuestIncomingBody,
    GuestIncomingRequest, GuestIncomingResponse, GuestResponseOutparam, Headers, Method, Scheme,
    StatusCode, Trailers,
};
use crate::bindings::exports::wasi::io::poll::Pollable;
use crate::bindings::exports::wasi::io::streams::InputStream;

/// A request to this component: never made.
pub enum IncomingRequest {}

/// Where the response to a request goes: never made.
pub enum ResponseOutparam {}

/// A response that may come: never made.
pub enum FutureIncomingResponse {}

/// A response: never made.
pub enum IncomingResponse {}

/// The body of a request or response: never made.
pub enum IncomingBody {}

/// Trailers that may come: never made.
pub enum FutureTrailers {}

impl GuestIncomingRequest for IncomingRequest {
    fn method(&self) -> Method {
        match *self {}
    }

    fn path_with_query(&self) -> Option<String> {
        match *self {}
    }

    fn scheme(&self) -> Option<Scheme> {
        match *self {}
    }

    fn authority(&self) -> Option<String> {
        match *self {}
    }

    fn headers(&self) -> Headers {
        match *self {}
    }

    fn consume(&self) -> Result<types::IncomingBody, ()> {
        match *self {}
    }
}

impl GuestResponseOutparam for ResponseOutparam {
    fn set(param: types::ResponseOutparam, _response: Result<types::OutgoingResponse, ErrorCode>) {
        match *param.get::<Self>() {}
    }
}

impl GuestFutureIncomingResponse for FutureIncomingResponse {
    fn subscribe(&self) -> Pollable {
        match *self {}
    }

    fn get(&self) -> Option<Result<Result<types::IncomingResponse, ErrorCode>, ()>> {
        match *self {}
    }
}

impl GuestIncomingResponse for IncomingResponse {
    fn status(&self) -> StatusCode {
        match *self {}
    }

    fn headers(&self) -> Headers {
        match *self {}
    }

    fn consume(&self) -> Result<types::IncomingBody, ()> {
        match *self {}
    }
}

impl GuestIncomingBody for IncomingBody {
    fn stream(&self) -> Result<InputStream, ()> {
        match *self {}
    }

    fn finish(this: types::IncomingBody) -> types::FutureTrailers {
        match *this.get::<Self>() {}
    }
}

impl GuestFutureTrailers for FutureTrailers {
    fn subscribe(&self) -> Pollable {
        match *self {}
    }

    fn get(&self) -> Option<Result<Result<Option<Trailers>, ErrorCode>, ()>> {
        match *self {}
    }
}
