//! `outgoing-request`.

use super::fields::Fields;
use super::outgoing_body::OutgoingBody;
use crate::bindings::exports::wasi::http::types::{
    self, GuestOutgoingRequest, Headers, Method, Scheme,
};
use crate::bindings::wasi::http::types as host;

/// A request that a guest builds.
pub struct OutgoingRequest(pub host::OutgoingRequest);

impl GuestOutgoingRequest for OutgoingRequest {
    fn new(headers: Headers) -> Self {
        Self(host::OutgoingRequest::new(Fields::take(headers)))
    }

    fn body(&self) -> Result<types::OutgoingBody, ()> {
        OutgoingBody::wrap(self.0.body())
    }

    fn method(&self) -> Method {
        self.0.method()
    }

    fn set_method(&self, method: Method) -> Result<(), ()> {
        self.0.set_method(&method)
    }

    fn path_with_query(&self) -> Option<String> {
        self.0.path_with_query()
    }

    fn set_path_with_query(&self, path_with_query: Option<String>) -> Result<(), ()> {
        self.0.set_path_with_query(path_with_query.as_deref())
    }

    fn scheme(&self) -> Option<Scheme> {
        self.0.scheme()
    }

    fn set_scheme(&self, scheme: Option<Scheme>) -> Result<(), ()> {
        self.0.set_scheme(scheme.as_ref())
    }

    fn authority(&self) -> Option<String> {
        self.0.authority()
    }

    fn set_authority(&self, authority: Option<String>) -> Result<(), ()> {
        self.0.set_authority(authority.as_deref())
    }

    fn headers(&self) -> Headers {
        Fields::copy(&self.0.headers())
    }
}
