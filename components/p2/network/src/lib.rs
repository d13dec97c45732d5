//! The adapter for `wasi:sockets`: connections, datagrams and name lookups as the policy allows.
//!
//! World: `network` in `wit/p2/network.wit`. Streams and pollables are the host's own, so that what goes through a
//! connection costs nothing; datagrams are looked at one by one. What is allowed is decided by
//! [`NetworkSession`](interpose_rules::NetworkSession).
//!
//! | operation | judged by |
//! | --- | --- |
//! | making a socket | whether anything is allowed to sockets of its protocol |
//! | `start-connect`, UDP `stream` to a peer, each datagram sent | `connect`, names that were looked up, `deny` |
//! | `start-bind` | `listen`, `deny` |
//! | `accept`, each datagram received | `deny`; connections and datagrams of refused peers are dropped |
//! | `resolve-addresses` | names in `connect` and `resolve`; addresses that `deny` names are left out |
//!
//! Whatever is refused fails with `access-denied`, before the host is asked.

mod bindings {
    #![allow(missing_docs, unsafe_code)]
    use super::Adapter;
    wit_bindgen::generate!({
        world: "network",
        path: "../../../wit/p2",
        generate_all,
        // One Rust type for the host's and our own records and enums, so that forwarding is a move.
        merge_structurally_equal_types: true,
        runtime_path: "interpose_adapter::rt",
    });
    export!(Adapter);
}

/// The host's pollable. The build for applications without `wasi:io/poll` has none, since they cannot ask for it: it
/// imports no function that returns a pollable, and the application's host need not have `wasi:io/poll`.
macro_rules! pollable {
    ($host:expr) => {{
        #[cfg(feature = "host-poll")]
        {
            $host
        }
        #[cfg(not(feature = "host-poll"))]
        {
            interpose_adapter::trap!(something_waits_that_does_not_import_wasi_io_poll)
        }
    }};
}

mod address;
mod name_lookup;
mod network;
mod tcp;
mod udp;

use interpose_adapter::{configure, erase, state};
use interpose_rules::NetworkSession;
use interpose_settings::NetworkConfig;

struct Adapter;

state!(static SESSION: NetworkSession);

impl bindings::Guest for Adapter {
    fn configure(config: Vec<u8>) -> Result<(), String> {
        let result = configure(&SESSION, &config, |config: NetworkConfig| {
            Ok(NetworkSession::new(&config.rules))
        });
        erase(config);
        result
    }
}
