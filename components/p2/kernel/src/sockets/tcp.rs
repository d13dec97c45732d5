//! `wasi:sockets/{tcp,tcp-create-socket}`.

use delegate::delegate;
use interpose_settings::Reason;

use super::ask::ask;
use super::network::Network;
use crate::adapter::Adapter;
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
use crate::host_resource::Forwarded;
use crate::streams;

type Result<T> = std::result::Result<T, ErrorCode>;

/// A TCP socket of the host.
pub struct TcpSocket(Forwarded<host::TcpSocket>);

impl TcpSocket {
    /// Wraps the two streams of the socket's connection.
    fn streams(
        socket: &Forwarded<host::TcpSocket>,
        input: host::InputStream,
        output: host::OutputStream,
    ) -> (InputStream, OutputStream) {
        (
            InputStream::new(streams::input::InputStream::Host(socket.child(input))),
            OutputStream::new(streams::output::OutputStream::Host(socket.child(output))),
        )
    }
}

impl Guest for Adapter {
    type TcpSocket = TcpSocket;
}

impl tcp_create_socket::Guest for Adapter {
    fn create_tcp_socket(address_family: IpAddressFamily) -> Result<tcp::TcpSocket> {
        let socket = ask((Reason::Protocol, "create-tcp-socket", "tcp"), || {
            host_create::create_tcp_socket(address_family)
        })?;
        Ok(tcp::TcpSocket::new(TcpSocket(socket)))
    }
}

impl GuestTcpSocket for TcpSocket {
    fn start_bind(&self, network: NetworkBorrow<'_>, local_address: IpSocketAddress) -> Result<()> {
        self.0
            .start_bind(network.get::<Network>().host(), local_address)
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

    fn accept(&self) -> Result<(tcp::TcpSocket, InputStream, OutputStream)> {
        let (socket, input, output) = self.0.accept()?;
        let socket = self.0.wrap(socket);
        let (input, output) = Self::streams(&socket, input, output);
        Ok((tcp::TcpSocket::new(TcpSocket(socket)), input, output))
    }

    fn subscribe(&self) -> Pollable {
        self.0.pollable(|socket| socket.subscribe())
    }

    delegate! {
        to self.0 {
            fn finish_bind(&self) -> Result<()>;
            fn start_listen(&self) -> Result<()>;
            fn finish_listen(&self) -> Result<()>;
            fn local_address(&self) -> Result<IpSocketAddress>;
            fn remote_address(&self) -> Result<IpSocketAddress>;
            fn is_listening(&self) -> bool;
            fn address_family(&self) -> IpAddressFamily;
            fn set_listen_backlog_size(&self, value: u64) -> Result<()>;
            fn keep_alive_enabled(&self) -> Result<bool>;
            fn set_keep_alive_enabled(&self, value: bool) -> Result<()>;
            fn keep_alive_idle_time(&self) -> Result<Duration>;
            fn set_keep_alive_idle_time(&self, value: Duration) -> Result<()>;
            fn keep_alive_interval(&self) -> Result<Duration>;
            fn set_keep_alive_interval(&self, value: Duration) -> Result<()>;
            fn keep_alive_count(&self) -> Result<u32>;
            fn set_keep_alive_count(&self, value: u32) -> Result<()>;
            fn hop_limit(&self) -> Result<u8>;
            fn set_hop_limit(&self, value: u8) -> Result<()>;
            fn receive_buffer_size(&self) -> Result<u64>;
            fn set_receive_buffer_size(&self, value: u64) -> Result<()>;
            fn send_buffer_size(&self) -> Result<u64>;
            fn set_send_buffer_size(&self, value: u64) -> Result<()>;
            fn shutdown(&self, shutdown_type: ShutdownType) -> Result<()>;
        }
    }
}
