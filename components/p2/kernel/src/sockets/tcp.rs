//! `wasi:sockets/{tcp,tcp-create-socket}`.

use crate::Adapter;
use crate::bindings::exports::wasi::clocks::monotonic_clock::Duration;
use crate::bindings::exports::wasi::io::poll::Pollable;
use crate::bindings::exports::wasi::io::streams::{InputStream, OutputStream};
use crate::bindings::exports::wasi::sockets::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, NetworkBorrow,
};
use crate::bindings::exports::wasi::sockets::tcp::{self, Guest, GuestTcpSocket, ShutdownType};
use crate::bindings::exports::wasi::sockets::tcp_create_socket;

type Result<T> = std::result::Result<T, ErrorCode>;

/// A TCP socket: never made.
pub enum TcpSocket {}

impl Guest for Adapter {
    type TcpSocket = TcpSocket;
}

impl tcp_create_socket::Guest for Adapter {
    fn create_tcp_socket(_address_family: IpAddressFamily) -> Result<tcp::TcpSocket> {
        Err(ErrorCode::AccessDenied)
    }
}

impl GuestTcpSocket for TcpSocket {
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

    fn start_connect(
        &self,
        _network: NetworkBorrow<'_>,
        _remote_address: IpSocketAddress,
    ) -> Result<()> {
        match *self {}
    }

    fn finish_connect(&self) -> Result<(InputStream, OutputStream)> {
        match *self {}
    }

    fn start_listen(&self) -> Result<()> {
        match *self {}
    }

    fn finish_listen(&self) -> Result<()> {
        match *self {}
    }

    fn accept(&self) -> Result<(tcp::TcpSocket, InputStream, OutputStream)> {
        match *self {}
    }

    fn local_address(&self) -> Result<IpSocketAddress> {
        match *self {}
    }

    fn remote_address(&self) -> Result<IpSocketAddress> {
        match *self {}
    }

    fn is_listening(&self) -> bool {
        match *self {}
    }

    fn address_family(&self) -> IpAddressFamily {
        match *self {}
    }

    fn set_listen_backlog_size(&self, _value: u64) -> Result<()> {
        match *self {}
    }

    fn keep_alive_enabled(&self) -> Result<bool> {
        match *self {}
    }

    fn set_keep_alive_enabled(&self, _value: bool) -> Result<()> {
        match *self {}
    }

    fn keep_alive_idle_time(&self) -> Result<Duration> {
        match *self {}
    }

    fn set_keep_alive_idle_time(&self, _value: Duration) -> Result<()> {
        match *self {}
    }

    fn keep_alive_interval(&self) -> Result<Duration> {
        match *self {}
    }

    fn set_keep_alive_interval(&self, _value: Duration) -> Result<()> {
        match *self {}
    }

    fn keep_alive_count(&self) -> Result<u32> {
        match *self {}
    }

    fn set_keep_alive_count(&self, _value: u32) -> Result<()> {
        match *self {}
    }

    fn hop_limit(&self) -> Result<u8> {
        match *self {}
    }

    fn set_hop_limit(&self, _value: u8) -> Result<()> {
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

    fn shutdown(&self, _shutdown_type: ShutdownType) -> Result<()> {
        match *self {}
    }
}
