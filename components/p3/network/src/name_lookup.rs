//! `wasi:sockets/ip-name-lookup`.

use interpose_adapter::refusals::{Subject, refused};
use interpose_adapter::with;
use interpose_rules::LookupRefusal;
use interpose_settings::Reason;

use crate::address::ip_address;
use crate::bindings::exports::wasi::sockets::ip_name_lookup::{ErrorCode, Guest, IpAddress};
use crate::bindings::wasi::sockets::ip_name_lookup as host;
use crate::{Adapter, SESSION};

impl Guest for Adapter {
    async fn resolve_addresses(name: String) -> Result<Vec<IpAddress>, ErrorCode> {
        let lookup =
            with(&SESSION, |session| session.lookup(&name)).map_err(|refusal| match refusal {
                LookupRefusal::Invalid => ErrorCode::InvalidArgument,
                LookupRefusal::Denied => {
                    refused(Reason::Lookup, "resolve-addresses", Subject::Text(&[&name]));
                    ErrorCode::AccessDenied
                }
            })?;
        // The host looks up the form that was judged.
        let mut addresses = host::resolve_addresses(lookup.to_string()).await?;
        with(&SESSION, |session| {
            addresses.retain(|address| session.found(&lookup, ip_address(*address)));
        });
        Ok(addresses)
    }
}
