//! `wasi:sockets/{udp,udp-create-socket}`.

use crate::Adapter;
use crate::bindings::exports::wasi::io::poll::Pollable;
use crate::bindings::exports::wasi::sockets::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, NetworkBorrow,
};
use crate::bindings::exports::wasi::sockets::udp::{
    self, Guest, GuestIncomingDatagramStream, GuestOutgoingDatagramStream, GuestUdpSocket,
    IncomingDatagram, OutgoingDatagram,
};
use crate::bindings::exports::wasi::sockets::udp_create_socket;

type Result<T> = std::result::Result<T, ErrorCode>;

/// A UDP socket: never made.
pub enum UdpSocket {}

/// What a UDP socket receives: never made.
pub enum IncomingDatagramStream {}

/// What a UDP socket sends: never made.
pub enum OutgoingDatagramStream {}

impl Guest for Adapter {
    type UdpSocket = UdpSocket;
    type IncomingDatagramStream = IncomingDatagramStream;
    type OutgoingDatagramStream = OutgoingDatagramStream;
}

impl udp_create_socket::Guest for Adapter {
    fn create_udp_socket(_address_family: IpAddressFamily) -> Result<udp::UdpSocket> {
        Err(ErrorCode::AccessDenied)
    }
}

impl GuestUdpSocket for UdpSocket {
    fn start_bind(
        &self,
        _network: NetworkBorrow<'_>,
        _local_address: IpSocketAddress,
    ) -> Result<()> {
        match *self {}
    }

    fn finish_bind(&self) -> Result<()> {
        match *self {}
    }

    fn stream(
        &self,
        _remote_address: Option<IpSocketAddress>,
    ) -> Result<(udp::IncomingDatagramStream, udp::OutgoingDatagramStream)> {
        match *self {}
    }

    fn local_address(&self) -> Result<IpSocketAddress> {
        match *self {}
    }

    fn remote_address(&self) -> Result<IpSocketAddress> {
        match *self {}
    }

    fn address_family(&self) -> IpAddressFamily {
        match *self {}
    }

    fn unicast_hop_limit(&self) -> Result<u8> {
        match *self {}
    }

    fn set_unicast_hop_limit(&self, _value: u8) -> Result<()> {
        match *self {}
    }

    fn receive_buffer_size(&self) -> Result<u64> {
        match *self {}
    }

    fn set_receive_buffer_size(&self, _value: u64) -> Result<()> {
        match *self {}
    }

    fn send_buffer_size(&self) -> Result<u64> {
        match *self {}
    }

    fn set_send_buffer_size(&self, _value: u64) -> Result<()> {
        match *self {}
    }

    fn subscribe(&self) -> Pollable {
        match *self {}
    }
}

impl GuestIncomingDatagramStream for IncomingDatagramStream {
    fn receive(&self, _max_results: u64) -> Result<Vec<IncomingDatagram>> {
        match *self {}
    }

    fn subscribe(&self) -> Pollable {
        match *self {}
    }
}

impl GuestOutgoingDatagramStream for OutgoingDatagramStream {
    fn check_send(&self) -> Result<u64> {
        match *self {}
    }

    fn send(&self, _datagrams: Vec<OutgoingDatagram>) -> Result<u64> {
        match *self {}
    }

    fn subscribe(&self) -> Pollable {
        match *self {}
    }
}
