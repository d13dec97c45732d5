//! `wasi-interpose:adapters/requests`: new requests, with headers as the policy says.

use interpose_adapter::with;
use interpose_http::Change;

use crate::adapter::{Adapter, STATE};
use crate::bindings::exports::wasi_interpose::adapters::requests::Guest;
use crate::bindings::wasi::http::types::{Headers, OutgoingRequest};

impl Guest for Adapter {
    /// A constructor has no error to return: what the host does not let anybody change stays, and the request is
    /// refused when it is handed over.
    fn new(headers: Headers) -> OutgoingRequest {
        let entries = headers.entries();
        with(&STATE, |state| {
            let changes = state.headers.changes(&entries);
            if changes.is_empty() {
                return OutgoingRequest::new(headers);
            }
            // What the application hands over may be immutable, such as the headers of another message.
            let changed = headers.clone();
            for change in changes {
                let _ = match change {
                    Change::Set(name, value) => changed.set(name, &[value.as_bytes().to_vec()]),
                    Change::Remove(name) => changed.delete(name),
                };
            }
            OutgoingRequest::new(changed)
        })
    }
}

/// Whether a request's headers are what the policy says.
pub(crate) fn are_headers_obeyed(request: &OutgoingRequest) -> bool {
    let entries = request.headers().entries();
    with(&STATE, |state| state.headers.are_obeyed(&entries))
}
