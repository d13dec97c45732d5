//! `wasi:sockets/{network,instance-network}`.

use std::cell::OnceCell;

use crate::Adapter;
use crate::bindings::exports::wasi::sockets::{instance_network, network};
use crate::bindings::wasi::sockets::instance_network as host;
use crate::bindings::wasi::sockets::network::Network as HostNetwork;

/// The network. The host's network is asked for when something is allowed for the first time, because a policy that
/// allows nothing needs no network of the host.
#[derive(Default)]
pub struct Network(OnceCell<HostNetwork>);

impl Network {
    /// The host's network.
    pub fn host(&self) -> &HostNetwork {
        self.0.get_or_init(host::instance_network)
    }
}

impl network::Guest for Adapter {
    type Network = Network;
}

impl network::GuestNetwork for Network {}

impl instance_network::Guest for Adapter {
    fn instance_network() -> network::Network {
        network::Network::new(Network::default())
    }
}
