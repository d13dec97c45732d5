//! Fields of the kernel's own become the host's.

use crate::bindings::exports::wasi::http::types::ErrorCode;
use crate::bindings::wasi::http::types as host;

/// Fields of the host with the same entries.
///
/// # Errors
/// When the host does not allow one of them.
pub fn to_host(fields: &interpose_http::Fields) -> Result<host::Fields, ErrorCode> {
    let entries = fields.iter();
    let entries = entries.map(|(name, value)| (name.to_owned(), value.to_vec()));
    host::Fields::from_list(&entries.collect::<Vec<_>>()).map_err(|_| ErrorCode::HttpProtocolError)
}
