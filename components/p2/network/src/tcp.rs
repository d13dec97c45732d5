//! `wasi:sockets/{tcp,tcp-create-socket}`.

use delegate::delegate;
use interpose_rules::Protocol;

use crate::Adapter;
use crate::address::{check_bind, check_connect, check_create, hears};
use crate::bindings::exports::wasi::sockets::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, NetworkBorrow,
};
use crate::bindings::exports::wasi::sockets::tcp::{self, Guest, GuestTcpSocket, ShutdownType};
use crate::bindings::exports::wasi::sockets::tcp_create_socket;
use crate::bindings::wasi::io::poll::Pollable;
use crate::bindings::wasi::io::streams::{InputStream, OutputStream};
use crate::bindings::wasi::sockets::tcp as host;
use crate::bindings::wasi::sockets::tcp_create_socket as host_create;
use crate::network::Network;

type Result<T> = std::result::Result<T, ErrorCode>;

/// A TCP socket of the host.
pub struct TcpSocket(host::TcpSocket);

impl Guest for Adapter {
    type TcpSocket = TcpSocket;
}

impl tcp_create_socket::Guest for Adapter {
    fn create_tcp_socket(address_family: IpAddressFamily) -> Result<tcp::TcpSocket> {
        check_create("create-tcp-socket", Protocol::Tcp)?;
        host_create::create_tcp_socket(address_family)
            .map(|socket| tcp::TcpSocket::new(TcpSocket(socket)))
    }
}

impl GuestTcpSocket for TcpSocket {
    fn start_bind(&self, network: NetworkBorrow<'_>, local_address: IpSocketAddress) -> Result<()> {
        check_bind(Protocol::Tcp, &local_address)?;
        self.0
            .start_bind(network.get::<Network>().host(), local_address)
    }

    fn start_connect(
        &self,
        network: NetworkBorrow<'_>,
        remote_address: IpSocketAddress,
    ) -> Result<()> {
        check_connect("start-connect", Protocol::Tcp, &remote_address)?;
        self.0
            .start_connect(network.get::<Network>().host(), remote_address)
    }

    /// A connection from a refused peer is dropped, and so is one whose peer has already gone. Each call takes only one
    /// connection from the host, so that a refused peer that connects again and again cannot block the application.
    fn accept(&self) -> Result<(tcp::TcpSocket, InputStream, OutputStream)> {
        let (socket, input, output) = self.0.accept()?;
        let heard = socket
            .remote_address()
            .is_ok_and(|peer| hears("accept", Protocol::Tcp, &peer));
        if !heard {
            // The streams are dropped first, because they are children of the socket.
            drop(input);
            drop(output);
            drop(socket);
            return Err(ErrorCode::WouldBlock);
        }
        Ok((tcp::TcpSocket::new(TcpSocket(socket)), input, output))
    }

    delegate! {
        to self.0 {
            fn finish_bind(&self) -> Result<()>;
            fn finish_connect(&self) -> Result<(InputStream, OutputStream)>;
            fn start_listen(&self) -> Result<()>;
            fn finish_listen(&self) -> Result<()>;
            fn local_address(&self) -> Result<IpSocketAddress>;
            fn remote_address(&self) -> Result<IpSocketAddress>;
            fn is_listening(&self) -> bool;
            fn address_family(&self) -> IpAddressFamily;
            fn set_listen_backlog_size(&self, value: u64) -> Result<()>;
            fn keep_alive_enabled(&self) -> Result<bool>;
            fn set_keep_alive_enabled(&self, value: bool) -> Result<()>;
            fn keep_alive_idle_time(&self) -> Result<u64>;
            fn set_keep_alive_idle_time(&self, value: u64) -> Result<()>;
            fn keep_alive_interval(&self) -> Result<u64>;
            fn set_keep_alive_interval(&self, value: u64) -> Result<()>;
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

    fn subscribe(&self) -> Pollable {
        pollable!(self.0.subscribe())
    }
}
