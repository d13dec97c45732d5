//! `wasi:sockets/{network,instance-network}`.

use std::cell::OnceCell;

use crate::adapter::Adapter;
use crate::bindings::exports::wasi::sockets::{instance_network, network};
#[cfg(feature = "forward")]
use crate::bindings::wasi::sockets::instance_network as host;
use crate::bindings::wasi::sockets::network::Network as HostNetwork;
use crate::host_resource::Forwarded;

/// The network. The host's is asked for when something is done with it for the first time.
#[derive(Default)]
pub struct Network(OnceCell<Forwarded<HostNetwork>>);

impl Network {
    /// The host's network.
    #[cfg(feature = "forward")]
    pub fn host(&self) -> &HostNetwork {
        self.0
            .get_or_init(|| Forwarded::new(host::instance_network()))
    }

    /// The host's network, for what never exists.
    #[cfg(not(feature = "forward"))]
    pub fn host(&self) -> &HostNetwork {
        match self.0.get() {
            Some(network) => network.never(),
            None => interpose_adapter::trap!(a_network_was_used_that_refuses_everything),
        }
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
