//! Requests to the application: `incoming-request`, `response-outparam`.

#[cfg(all(feature = "forward", not(feature = "responses")))]
use super::forwarded as outgoing;
use super::incoming_response::IncomingBody;
#[cfg(not(all(feature = "forward", not(feature = "responses"))))]
use super::own as outgoing;
use crate::bindings::exports::wasi::http::types::{
    self, ErrorCode, GuestIncomingRequest, GuestResponseOutparam, Headers, Method, Scheme,
};
use crate::bindings::wasi::http::types as host;
use crate::host_resource::Forwarded;

/// A request to this component.
pub struct IncomingRequest(Forwarded<host::IncomingRequest>, outgoing::Copied);

#[cfg(feature = "forward")]
impl IncomingRequest {
    /// A request that the host has received.
    pub fn new(request: Forwarded<host::IncomingRequest>) -> Self {
        Self(request, outgoing::Copied::default())
    }
}

/// The resource that takes the response to a request.
pub struct ResponseOutparam(pub Forwarded<host::ResponseOutparam>);

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
        outgoing::headers(&self.0, &self.1, |request| request.headers())
    }

    fn consume(&self) -> Result<types::IncomingBody, ()> {
        let body = self.0.consume()?;
        Ok(types::IncomingBody::new(IncomingBody::Host(
            self.0.wrap(body),
        )))
    }
}

impl GuestResponseOutparam for ResponseOutparam {
    fn set(param: types::ResponseOutparam, response: Result<types::OutgoingResponse, ErrorCode>) {
        outgoing::answer(param.into_inner::<Self>().0, response);
    }
}
