//! `wasi:sockets/types`.

use crate::Adapter;
use crate::bindings::exports::wasi::sockets::types::Guest;
use crate::tcp::TcpSocket;
use crate::udp::UdpSocket;

impl Guest for Adapter {
    type TcpSocket = TcpSocket;
    type UdpSocket = UdpSocket;
}
