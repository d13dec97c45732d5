//! Resources of the host's network, or the error that refuses them.

use crate::bindings::exports::wasi::sockets::network::ErrorCode;
use crate::host_resource::Forwarded;

/// Asks the host for a resource: `access-denied` in the build that does not forward.
#[cfg(feature = "forward")]
pub fn ask<T: 'static>(
    question: impl FnOnce() -> Result<T, ErrorCode>,
) -> Result<Forwarded<T>, ErrorCode> {
    question().map(Forwarded::new)
}

#[cfg(not(feature = "forward"))]
pub fn ask<T>(_: impl FnOnce() -> Result<T, ErrorCode>) -> Result<Forwarded<T>, ErrorCode> {
    Err(ErrorCode::AccessDenied)
}
