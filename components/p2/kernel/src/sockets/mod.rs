//! `wasi:sockets`: what the host gives, wrapped one to one; or, in the build that does not forward, refused.
//!
//! No policy about the network lives here: what is allowed is the `network` filter's to judge, which stands below.

mod name_lookup;
mod network;
mod tcp;
mod udp;

use crate::bindings::exports::wasi::sockets::network::ErrorCode;
use crate::given::Forwarded;

/// Asks the host for a resource: `access-denied` in the build that does not forward.
#[cfg(feature = "forward")]
fn ask<T: 'static>(
    question: impl FnOnce() -> Result<T, ErrorCode>,
) -> Result<Forwarded<T>, ErrorCode> {
    question().map(Forwarded::new)
}

#[cfg(not(feature = "forward"))]
fn ask<T>(_: impl FnOnce() -> Result<T, ErrorCode>) -> Result<Forwarded<T>, ErrorCode> {
    Err(ErrorCode::AccessDenied)
}
