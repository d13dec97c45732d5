//! `wasi:sockets/{udp,udp-create-socket}`.

use delegate::delegate;
use interpose_adapter::arguments;
use interpose_settings::Reason;

use super::ask::ask;
use super::network::Network;
use crate::adapter::Adapter;
use crate::bindings::exports::wasi::io::poll::Pollable;
use crate::bindings::exports::wasi::sockets::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, NetworkBorrow,
};
use crate::bindings::exports::wasi::sockets::udp::{
    self, Guest, GuestIncomingDatagramStream, GuestOutgoingDatagramStream, GuestUdpSocket,
    IncomingDatagram, OutgoingDatagram,
};
use crate::bindings::exports::wasi::sockets::udp_create_socket;
use crate::bindings::wasi::sockets::udp as host;
use crate::bindings::wasi::sockets::udp_create_socket as host_create;
use crate::host_resource::Forwarded;

type Result<T> = std::result::Result<T, ErrorCode>;

/// A UDP socket of the host.
pub struct UdpSocket(Forwarded<host::UdpSocket>);

/// The datagrams that a UDP socket of the host receives.
pub struct IncomingDatagramStream(Forwarded<host::IncomingDatagramStream>);

/// The datagrams that a UDP socket of the host sends.
pub struct OutgoingDatagramStream(Forwarded<host::OutgoingDatagramStream>);

impl Guest for Adapter {
    type UdpSocket = UdpSocket;
    type IncomingDatagramStream = IncomingDatagramStream;
    type OutgoingDatagramStream = OutgoingDatagramStream;
}

impl udp_create_socket::Guest for Adapter {
    fn create_udp_socket(address_family: IpAddressFamily) -> Result<udp::UdpSocket> {
        let socket = ask((Reason::Protocol, "create-udp-socket", "udp"), || {
            host_create::create_udp_socket(address_family)
        })?;
        Ok(udp::UdpSocket::new(UdpSocket(socket)))
    }
}

impl GuestUdpSocket for UdpSocket {
    fn start_bind(&self, network: NetworkBorrow<'_>, local_address: IpSocketAddress) -> Result<()> {
        self.0
            .start_bind(network.get::<Network>().host(), local_address)
    }

    fn stream(
        &self,
        remote_address: Option<IpSocketAddress>,
    ) -> Result<(udp::IncomingDatagramStream, udp::OutgoingDatagramStream)> {
        let (incoming, outgoing) = self.0.stream(remote_address)?;
        let incoming = IncomingDatagramStream(self.0.wrap_child(incoming));
        let outgoing = OutgoingDatagramStream(self.0.wrap_child(outgoing));
        Ok((
            udp::IncomingDatagramStream::new(incoming),
            udp::OutgoingDatagramStream::new(outgoing),
        ))
    }

    fn subscribe(&self) -> Pollable {
        self.0.pollable(|given| given.subscribe())
    }

    delegate! {
        to self.0 {
            fn finish_bind(&self) -> Result<()>;
            fn local_address(&self) -> Result<IpSocketAddress>;
            fn remote_address(&self) -> Result<IpSocketAddress>;
            fn address_family(&self) -> IpAddressFamily;
            fn unicast_hop_limit(&self) -> Result<u8>;
            fn set_unicast_hop_limit(&self, value: u8) -> Result<()>;
            fn receive_buffer_size(&self) -> Result<u64>;
            fn set_receive_buffer_size(&self, value: u64) -> Result<()>;
            fn send_buffer_size(&self) -> Result<u64>;
            fn set_send_buffer_size(&self, value: u64) -> Result<()>;
        }
    }
}

impl GuestIncomingDatagramStream for IncomingDatagramStream {
    fn receive(&self, max_results: u64) -> Result<Vec<IncomingDatagram>> {
        self.0.receive(max_results)
    }

    fn subscribe(&self) -> Pollable {
        self.0.pollable(|given| given.subscribe())
    }
}

impl GuestOutgoingDatagramStream for OutgoingDatagramStream {
    fn check_send(&self) -> Result<u64> {
        self.0.check_send()
    }

    fn send(&self, datagrams: Vec<OutgoingDatagram>) -> Result<u64> {
        if !arguments::fit() {
            return Err(ErrorCode::OutOfMemory);
        }
        self.0.send(&datagrams)
    }

    fn subscribe(&self) -> Pollable {
        self.0.pollable(|given| given.subscribe())
    }
}
