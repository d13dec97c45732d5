//! Resources of the host's network, or the error that refuses them.

#[cfg(not(feature = "forward"))]
use interpose_adapter::refusals::{Subject, refused};
use interpose_settings::Reason;

use crate::bindings::exports::wasi::sockets::network::ErrorCode;
use crate::host_resource::Forwarded;

/// What the host is told if a question is refused: the reason, the function, and what it was asked for.
pub type Asked<'a> = (Reason, &'a str, &'a str);

/// Asks the host for a resource. In the build that does not forward, fails with `access-denied`.
#[cfg(feature = "forward")]
pub fn ask<T: 'static>(
    _: Asked<'_>,
    question: impl FnOnce() -> Result<T, ErrorCode>,
) -> Result<Forwarded<T>, ErrorCode> {
    question().map(Forwarded::new)
}

#[cfg(not(feature = "forward"))]
pub fn ask<T>(
    (reason, function, subject): Asked<'_>,
    _: impl FnOnce() -> Result<T, ErrorCode>,
) -> Result<Forwarded<T>, ErrorCode> {
    refused(reason, function, Subject::Text(&[subject]));
    Err(ErrorCode::AccessDenied)
}
