//! `udp-socket`, of which there is none.

use crate::bindings::exports::wasi::sockets::types::{
    self, ErrorCode, GuestUdpSocket, IpAddressFamily, IpSocketAddress,
};
use crate::refusal::no_socket;

type Result<T> = std::result::Result<T, ErrorCode>;

/// A UDP socket. No value of this type can be made.
pub enum UdpSocket {}

impl GuestUdpSocket for UdpSocket {
    fn create(_: IpAddressFamily) -> Result<types::UdpSocket> {
        Err(no_socket("udp-socket.create", "udp"))
    }

    fn bind(&self, _: IpSocketAddress) -> Result<()> {
        match *self {}
    }

    fn connect(&self, _: IpSocketAddress) -> Result<()> {
        match *self {}
    }

    fn disconnect(&self) -> Result<()> {
        match *self {}
    }

    async fn send(&self, _: Vec<u8>, _: Option<IpSocketAddress>) -> Result<()> {
        match *self {}
    }

    async fn receive(&self) -> Result<(Vec<u8>, IpSocketAddress)> {
        match *self {}
    }

    fn get_local_address(&self) -> Result<IpSocketAddress> {
        match *self {}
    }

    fn get_remote_address(&self) -> Result<IpSocketAddress> {
        match *self {}
    }

    fn get_address_family(&self) -> IpAddressFamily {
        match *self {}
    }

    fn get_unicast_hop_limit(&self) -> Result<u8> {
        match *self {}
    }

    fn set_unicast_hop_limit(&self, _: u8) -> Result<()> {
        match *self {}
    }

    fn get_receive_buffer_size(&self) -> Result<u64> {
        match *self {}
    }

    fn set_receive_buffer_size(&self, _: u64) -> Result<()> {
        match *self {}
    }

    fn get_send_buffer_size(&self) -> Result<u64> {
        match *self {}
    }

    fn set_send_buffer_size(&self, _: u64) -> Result<()> {
        match *self {}
    }
}
