//! `wasi:sockets/ip-name-lookup`.

use interpose_adapter::refusals::{Subject, refused};
use interpose_settings::Reason;

use crate::Adapter;
use crate::bindings::exports::wasi::sockets::ip_name_lookup::{ErrorCode, Guest, IpAddress};

impl Guest for Adapter {
    async fn resolve_addresses(name: String) -> Result<Vec<IpAddress>, ErrorCode> {
        refused(Reason::Lookup, "resolve-addresses", Subject::Text(&[&name]));
        Err(ErrorCode::AccessDenied)
    }
}
