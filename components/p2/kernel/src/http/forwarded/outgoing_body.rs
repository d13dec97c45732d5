//! `outgoing-body`.

use super::super::in_use::stream_is_in_use;
use super::fields::Fields;
use crate::bindings::exports::wasi::http::types::{self, ErrorCode, GuestOutgoingBody, Trailers};
use crate::bindings::exports::wasi::io::streams::OutputStream;
use crate::bindings::wasi::http::types as host;
use crate::host_resource::HostResource;
use crate::streams;

/// The body of a message.
pub struct OutgoingBody(HostResource<host::OutgoingBody>);

impl OutgoingBody {
    /// Wraps the body of a message, which can be taken only once.
    pub fn wrap(body: Result<host::OutgoingBody, ()>) -> Result<types::OutgoingBody, ()> {
        body.map(|body| types::OutgoingBody::new(Self(HostResource::new(body))))
    }
}

impl GuestOutgoingBody for OutgoingBody {
    fn write(&self) -> Result<OutputStream, ()> {
        let stream = self.0.child(self.0.write()?);
        Ok(OutputStream::new(streams::output::OutputStream::Host(
            stream,
        )))
    }

    fn finish(this: types::OutgoingBody, trailers: Option<Trailers>) -> Result<(), ErrorCode> {
        let body = this.into_inner::<Self>().0;
        let body = body.into_inner().ok_or_else(stream_is_in_use)?;
        host::OutgoingBody::finish(body, trailers.map(Fields::take))
    }
}
