//! `wasi:sockets/ip-name-lookup`.

use interpose_settings::Reason;

use super::ask::ask;
use super::network::Network;
use crate::adapter::Adapter;
use crate::bindings::exports::wasi::io::poll::Pollable;
use crate::bindings::exports::wasi::sockets::ip_name_lookup::{
    self, Guest, GuestResolveAddressStream,
};
use crate::bindings::exports::wasi::sockets::network::{ErrorCode, IpAddress, NetworkBorrow};
use crate::bindings::wasi::sockets::ip_name_lookup as host;
use crate::host_resource::Forwarded;

/// The addresses of a name.
pub struct ResolveAddressStream(Forwarded<host::ResolveAddressStream>);

impl Guest for Adapter {
    type ResolveAddressStream = ResolveAddressStream;

    fn resolve_addresses(
        network: NetworkBorrow<'_>,
        name: String,
    ) -> Result<ip_name_lookup::ResolveAddressStream, ErrorCode> {
        let addresses = ask((Reason::Lookup, "resolve-addresses", &name), || {
            host::resolve_addresses(network.get::<Network>().host(), &name)
        })?;
        Ok(ip_name_lookup::ResolveAddressStream::new(
            ResolveAddressStream(addresses),
        ))
    }
}

impl GuestResolveAddressStream for ResolveAddressStream {
    fn resolve_next_address(&self) -> Result<Option<IpAddress>, ErrorCode> {
        self.0.resolve_next_address()
    }

    fn subscribe(&self) -> Pollable {
        self.0.pollable(|stream| stream.subscribe())
    }
}
