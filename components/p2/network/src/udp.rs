//! `wasi:sockets/{udp,udp-create-socket}`.

use delegate::delegate;
use interpose_adapter::arguments;
use interpose_rules::Protocol;

use crate::Adapter;
use crate::address::{check_bind, check_connect, check_create, hears};
use crate::bindings::exports::wasi::sockets::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, NetworkBorrow,
};
use crate::bindings::exports::wasi::sockets::udp::{
    self, Guest, GuestIncomingDatagramStream, GuestOutgoingDatagramStream, GuestUdpSocket,
    IncomingDatagram, OutgoingDatagram,
};
use crate::bindings::exports::wasi::sockets::udp_create_socket;
use crate::bindings::wasi::io::poll::Pollable;
use crate::bindings::wasi::sockets::udp as host;
use crate::bindings::wasi::sockets::udp_create_socket as host_create;
use crate::network::Network;

type Result<T> = std::result::Result<T, ErrorCode>;

/// A UDP socket of the host.
pub struct UdpSocket(host::UdpSocket);

/// The datagrams that a UDP socket of the host receives.
pub struct IncomingDatagramStream(host::IncomingDatagramStream);

/// The datagrams that a UDP socket of the host sends.
pub struct OutgoingDatagramStream(host::OutgoingDatagramStream);

impl Guest for Adapter {
    type UdpSocket = UdpSocket;
    type IncomingDatagramStream = IncomingDatagramStream;
    type OutgoingDatagramStream = OutgoingDatagramStream;
}

impl udp_create_socket::Guest for Adapter {
    fn create_udp_socket(address_family: IpAddressFamily) -> Result<udp::UdpSocket> {
        check_create("create-udp-socket", Protocol::Udp)?;
        host_create::create_udp_socket(address_family)
            .map(|socket| udp::UdpSocket::new(UdpSocket(socket)))
    }
}

impl GuestUdpSocket for UdpSocket {
    fn start_bind(&self, network: NetworkBorrow<'_>, local_address: IpSocketAddress) -> Result<()> {
        check_bind(Protocol::Udp, &local_address)?;
        self.0
            .start_bind(network.get::<Network>().host(), local_address)
    }

    fn stream(
        &self,
        remote_address: Option<IpSocketAddress>,
    ) -> Result<(udp::IncomingDatagramStream, udp::OutgoingDatagramStream)> {
        if let Some(peer) = &remote_address {
            check_connect("stream", Protocol::Udp, peer)?;
        }
        let (incoming, outgoing) = self.0.stream(remote_address)?;
        Ok((
            udp::IncomingDatagramStream::new(IncomingDatagramStream(incoming)),
            udp::OutgoingDatagramStream::new(OutgoingDatagramStream(outgoing)),
        ))
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

    fn subscribe(&self) -> Pollable {
        pollable!(self.0.subscribe())
    }
}

impl GuestIncomingDatagramStream for IncomingDatagramStream {
    /// Datagrams of refused peers are dropped silently: an empty list only says that no datagram is there now.
    fn receive(&self, max_results: u64) -> Result<Vec<IncomingDatagram>> {
        let mut datagrams = self.0.receive(max_results)?;
        datagrams.retain(|datagram| hears("receive", Protocol::Udp, &datagram.remote_address));
        Ok(datagrams)
    }

    fn subscribe(&self) -> Pollable {
        pollable!(self.0.subscribe())
    }
}

impl GuestOutgoingDatagramStream for OutgoingDatagramStream {
    fn check_send(&self) -> Result<u64> {
        self.0.check_send()
    }

    /// Sends the datagrams before the first one to a refused peer. As with every failure, the call fails only if it
    /// sends no datagram.
    fn send(&self, mut datagrams: Vec<OutgoingDatagram>) -> Result<u64> {
        if !arguments::fit() {
            return Err(ErrorCode::OutOfMemory);
        }
        let refused = datagrams
            .iter()
            .enumerate()
            .find_map(|(position, datagram)| {
                // The peer of a connected stream was judged when it was connected.
                let peer = datagram.remote_address.as_ref()?;
                let error = check_connect("send", Protocol::Udp, peer).err()?;
                Some((position, error))
            });
        match refused {
            Some((0, error)) => return Err(error),
            Some((position, _)) => datagrams.truncate(position),
            None => {}
        }
        self.0.send(&datagrams)
    }

    fn subscribe(&self) -> Pollable {
        pollable!(self.0.subscribe())
    }
}
