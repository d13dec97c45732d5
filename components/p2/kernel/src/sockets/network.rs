//! `wasi:sockets/{network,instance-network}`.

use crate::Adapter;
use crate::bindings::exports::wasi::sockets::{instance_network, network};

/// A network that nothing can be reached through.
pub struct Network;

impl network::Guest for Adapter {
    type Network = Network;
}

impl network::GuestNetwork for Network {}

impl instance_network::Guest for Adapter {
    fn instance_network() -> network::Network {
        network::Network::new(Network)
    }
}
