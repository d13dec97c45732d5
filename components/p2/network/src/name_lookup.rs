//! `wasi:sockets/ip-name-lookup`.

use interpose_adapter::refusals::{Subject, refused};
use interpose_adapter::with;
use interpose_rules::{Lookup, LookupRefusal};
use interpose_settings::Reason;

use crate::address::ip_address;
use crate::bindings::exports::wasi::sockets::ip_name_lookup::{
    self, Guest, GuestResolveAddressStream,
};
use crate::bindings::exports::wasi::sockets::network::{ErrorCode, IpAddress, NetworkBorrow};
use crate::bindings::wasi::io::poll::Pollable;
use crate::bindings::wasi::sockets::ip_name_lookup as host;
use crate::network::Network;
use crate::{Adapter, SESSION};

/// The addresses of a name.
pub struct ResolveAddressStream {
    host: host::ResolveAddressStream,
    /// The name or address that is looked up.
    lookup: Lookup,
}

impl Guest for Adapter {
    type ResolveAddressStream = ResolveAddressStream;

    fn resolve_addresses(
        network: NetworkBorrow<'_>,
        name: String,
    ) -> Result<ip_name_lookup::ResolveAddressStream, ErrorCode> {
        let lookup =
            with(&SESSION, |session| session.lookup(&name)).map_err(|refusal| match refusal {
                LookupRefusal::Invalid => ErrorCode::InvalidArgument,
                LookupRefusal::Denied => {
                    refused(Reason::Lookup, "resolve-addresses", Subject::Text(&[&name]));
                    ErrorCode::AccessDenied
                }
            })?;
        // The host looks up the form that was judged.
        let name = lookup.to_string();
        let host = host::resolve_addresses(network.get::<Network>().host(), &name)?;
        let stream = ResolveAddressStream { host, lookup };
        Ok(ip_name_lookup::ResolveAddressStream::new(stream))
    }
}

impl GuestResolveAddressStream for ResolveAddressStream {
    fn resolve_next_address(&self) -> Result<Option<IpAddress>, ErrorCode> {
        while let Some(address) = self.host.resolve_next_address()? {
            let found = ip_address(address);
            if with(&SESSION, |session| session.found(&self.lookup, found)) {
                return Ok(Some(address));
            }
        }
        Ok(None)
    }

    fn subscribe(&self) -> Pollable {
        pollable!(self.host.subscribe())
    }
}
