//! The functions that replace those of sockets in `wasi:sockets/types`.

use interpose_adapter::rt::async_support::StreamReader;
use interpose_rules::Protocol;

use crate::Adapter;
use crate::address::{check_bind, check_connect, check_create, hears};
use crate::bindings::exports::wasi_interpose::p3::sockets::Guest;
use crate::bindings::wasi::sockets::types::{
    ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress, TcpSocket,
    UdpSocket,
};

type Result<T> = std::result::Result<T, ErrorCode>;

impl Guest for Adapter {
    fn tcp_create(address_family: IpAddressFamily) -> Result<TcpSocket> {
        check_create("tcp-socket.create", Protocol::Tcp)?;
        TcpSocket::create(address_family)
    }

    fn tcp_bind(socket: &TcpSocket, local_address: IpSocketAddress) -> Result<()> {
        check_bind("tcp-socket.bind", Protocol::Tcp, &local_address)?;
        socket.bind(local_address)
    }

    async fn tcp_connect(socket: &TcpSocket, remote_address: IpSocketAddress) -> Result<()> {
        check_connect("tcp-socket.connect", Protocol::Tcp, &remote_address)?;
        socket.connect(remote_address).await
    }

    fn tcp_listen(socket: &TcpSocket) -> Result<StreamReader<TcpSocket>> {
        if socket.get_local_address().is_err() {
            let any = any(socket.get_address_family());
            check_bind("tcp-socket.listen", Protocol::Tcp, &any)?;
        }
        socket.listen()
    }

    fn udp_create(address_family: IpAddressFamily) -> Result<UdpSocket> {
        check_create("udp-socket.create", Protocol::Udp)?;
        UdpSocket::create(address_family)
    }

    fn udp_bind(socket: &UdpSocket, local_address: IpSocketAddress) -> Result<()> {
        check_bind("udp-socket.bind", Protocol::Udp, &local_address)?;
        socket.bind(local_address)
    }

    fn udp_connect(socket: &UdpSocket, remote_address: IpSocketAddress) -> Result<()> {
        check_connect("udp-socket.connect", Protocol::Udp, &remote_address)?;
        check_implicit_bind("udp-socket.connect", socket)?;
        socket.connect(remote_address)
    }

    async fn udp_send(
        socket: &UdpSocket,
        data: Vec<u8>,
        remote_address: Option<IpSocketAddress>,
    ) -> Result<()> {
        if let Some(peer) = &remote_address {
            check_connect("udp-socket.send", Protocol::Udp, peer)?;
        }
        check_implicit_bind("udp-socket.send", socket)?;
        socket.send(data, remote_address).await
    }

    async fn udp_receive(socket: &UdpSocket) -> Result<(Vec<u8>, IpSocketAddress)> {
        loop {
            let (data, peer) = socket.receive().await?;
            if hears("udp-socket.receive", Protocol::Udp, &peer) {
                return Ok((data, peer));
            }
        }
    }
}

/// Refuses that a function binds a UDP socket, as the host does when a socket that is not bound connects or sends.
fn check_implicit_bind(function: &str, socket: &UdpSocket) -> Result<()> {
    if socket.get_local_address().is_ok() {
        return Ok(());
    }
    check_bind(function, Protocol::Udp, &any(socket.get_address_family()))
}

/// Any port of every address, to which the host binds a socket that is not bound when it has to be.
fn any(family: IpAddressFamily) -> IpSocketAddress {
    match family {
        IpAddressFamily::Ipv4 => IpSocketAddress::Ipv4(Ipv4SocketAddress {
            port: 0,
            address: (0, 0, 0, 0),
        }),
        IpAddressFamily::Ipv6 => IpSocketAddress::Ipv6(Ipv6SocketAddress {
            port: 0,
            flow_info: 0,
            address: (0, 0, 0, 0, 0, 0, 0, 0),
            scope_id: 0,
        }),
    }
}
