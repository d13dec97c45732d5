//! `wasi:sockets/{tcp,tcp-create-socket}`.

use super::ask;
use super::network::Network;
use crate::Adapter;
use crate::bindings::exports::wasi::clocks::monotonic_clock::Duration;
use crate::bindings::exports::wasi::io::poll::Pollable;
use crate::bindings::exports::wasi::io::streams::{InputStream, OutputStream};
use crate::bindings::exports::wasi::sockets::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, NetworkBorrow,
};
use crate::bindings::exports::wasi::sockets::tcp::{self, Guest, GuestTcpSocket, ShutdownType};
use crate::bindings::exports::wasi::sockets::tcp_create_socket;
use crate::bindings::wasi::sockets::tcp as host;
use crate::bindings::wasi::sockets::tcp_create_socket as host_create;
use crate::given::Forwarded;
use crate::streams;

type Result<T> = std::result::Result<T, ErrorCode>;

/// A TCP socket of the host.
pub struct TcpSocket(Forwarded<host::TcpSocket>);

impl TcpSocket {
    /// Wraps the two directions of its connection.
    fn streams(
        socket: &Forwarded<host::TcpSocket>,
        input: host::InputStream,
        output: host::OutputStream,
    ) -> (InputStream, OutputStream) {
        (
            InputStream::new(streams::InputStream::Host(socket.child(input))),
            OutputStream::new(streams::OutputStream::Host(socket.child(output))),
        )
    }
}

impl Guest for Adapter {
    type TcpSocket = TcpSocket;
}

impl tcp_create_socket::Guest for Adapter {
    fn create_tcp_socket(address_family: IpAddressFamily) -> Result<tcp::TcpSocket> {
        let socket = ask(|| host_create::create_tcp_socket(address_family))?;
        Ok(tcp::TcpSocket::new(TcpSocket(socket)))
    }
}

impl GuestTcpSocket for TcpSocket {
    fn start_bind(&self, network: NetworkBorrow<'_>, local_address: IpSocketAddress) -> Result<()> {
        self.0
            .start_bind(network.get::<Network>().host(), local_address)
    }

    fn finish_bind(&self) -> Result<()> {
        self.0.finish_bind()
    }

    fn start_connect(
        &self,
        network: NetworkBorrow<'_>,
        remote_address: IpSocketAddress,
    ) -> Result<()> {
        self.0
            .start_connect(network.get::<Network>().host(), remote_address)
    }

    fn finish_connect(&self) -> Result<(InputStream, OutputStream)> {
        let (input, output) = self.0.finish_connect()?;
        Ok(Self::streams(&self.0, input, output))
    }

    fn start_listen(&self) -> Result<()> {
        self.0.start_listen()
    }

    fn finish_listen(&self) -> Result<()> {
        self.0.finish_listen()
    }

    fn accept(&self) -> Result<(tcp::TcpSocket, InputStream, OutputStream)> {
        let (socket, input, output) = self.0.accept()?;
        let socket = self.0.wrap(socket);
        let (input, output) = Self::streams(&socket, input, output);
        Ok((tcp::TcpSocket::new(TcpSocket(socket)), input, output))
    }

    fn local_address(&self) -> Result<IpSocketAddress> {
        self.0.local_address()
    }

    fn remote_address(&self) -> Result<IpSocketAddress> {
        self.0.remote_address()
    }

    fn is_listening(&self) -> bool {
        self.0.is_listening()
    }

    fn address_family(&self) -> IpAddressFamily {
        self.0.address_family()
    }

    fn set_listen_backlog_size(&self, value: u64) -> Result<()> {
        self.0.set_listen_backlog_size(value)
    }

    fn keep_alive_enabled(&self) -> Result<bool> {
        self.0.keep_alive_enabled()
    }

    fn set_keep_alive_enabled(&self, value: bool) -> Result<()> {
        self.0.set_keep_alive_enabled(value)
    }

    fn keep_alive_idle_time(&self) -> Result<Duration> {
        self.0.keep_alive_idle_time()
    }

    fn set_keep_alive_idle_time(&self, value: Duration) -> Result<()> {
        self.0.set_keep_alive_idle_time(value)
    }

    fn keep_alive_interval(&self) -> Result<Duration> {
        self.0.keep_alive_interval()
    }

    fn set_keep_alive_interval(&self, value: Duration) -> Result<()> {
        self.0.set_keep_alive_interval(value)
    }

    fn keep_alive_count(&self) -> Result<u32> {
        self.0.keep_alive_count()
    }

    fn set_keep_alive_count(&self, value: u32) -> Result<()> {
        self.0.set_keep_alive_count(value)
    }

    fn hop_limit(&self) -> Result<u8> {
        self.0.hop_limit()
    }

    fn set_hop_limit(&self, value: u8) -> Result<()> {
        self.0.set_hop_limit(value)
    }

    fn receive_buffer_size(&self) -> Result<u64> {
        self.0.receive_buffer_size()
    }

    fn set_receive_buffer_size(&self, value: u64) -> Result<()> {
        self.0.set_receive_buffer_size(value)
    }

    fn send_buffer_size(&self) -> Result<u64> {
        self.0.send_buffer_size()
    }

    fn set_send_buffer_size(&self, value: u64) -> Result<()> {
        self.0.set_send_buffer_size(value)
    }

    fn subscribe(&self) -> Pollable {
        self.0.pollable(|socket| socket.subscribe())
    }

    fn shutdown(&self, shutdown_type: ShutdownType) -> Result<()> {
        self.0.shutdown(shutdown_type)
    }
}
