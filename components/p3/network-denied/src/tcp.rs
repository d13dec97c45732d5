//! `tcp-socket`, of which there is none.

use interpose_adapter::rt::async_support::{FutureReader, StreamReader};

use crate::bindings::exports::wasi::sockets::types::{
    self, ErrorCode, GuestTcpSocket, IpAddressFamily, IpSocketAddress,
};
use crate::refusal::no_socket;

type Result<T> = std::result::Result<T, ErrorCode>;

/// A TCP socket. No value of this type can be made.
pub enum TcpSocket {}

impl GuestTcpSocket for TcpSocket {
    fn create(_: IpAddressFamily) -> Result<types::TcpSocket> {
        Err(no_socket("tcp-socket.create", "tcp"))
    }

    fn bind(&self, _: IpSocketAddress) -> Result<()> {
        match *self {}
    }

    async fn connect(&self, _: IpSocketAddress) -> Result<()> {
        match *self {}
    }

    fn listen(&self) -> Result<StreamReader<types::TcpSocket>> {
        match *self {}
    }

    fn send(&self, _: StreamReader<u8>) -> FutureReader<Result<()>> {
        match *self {}
    }

    fn receive(&self) -> (StreamReader<u8>, FutureReader<Result<()>>) {
        match *self {}
    }

    fn get_local_address(&self) -> Result<IpSocketAddress> {
        match *self {}
    }

    fn get_remote_address(&self) -> Result<IpSocketAddress> {
        match *self {}
    }

    fn get_is_listening(&self) -> bool {
        match *self {}
    }

    fn get_address_family(&self) -> IpAddressFamily {
        match *self {}
    }

    fn set_listen_backlog_size(&self, _: u64) -> Result<()> {
        match *self {}
    }

    fn get_keep_alive_enabled(&self) -> Result<bool> {
        match *self {}
    }

    fn set_keep_alive_enabled(&self, _: bool) -> Result<()> {
        match *self {}
    }

    fn get_keep_alive_idle_time(&self) -> Result<u64> {
        match *self {}
    }

    fn set_keep_alive_idle_time(&self, _: u64) -> Result<()> {
        match *self {}
    }

    fn get_keep_alive_interval(&self) -> Result<u64> {
        match *self {}
    }

    fn set_keep_alive_interval(&self, _: u64) -> Result<()> {
        match *self {}
    }

    fn get_keep_alive_count(&self) -> Result<u32> {
        match *self {}
    }

    fn set_keep_alive_count(&self, _: u32) -> Result<()> {
        match *self {}
    }

    fn get_hop_limit(&self) -> Result<u8> {
        match *self {}
    }

    fn set_hop_limit(&self, _: u8) -> Result<()> {
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
