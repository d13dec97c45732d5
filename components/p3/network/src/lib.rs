//! The adapter for `wasi:sockets` of WASI 0.3: connections, datagrams and name lookups as the policy allows.
//!
//! World: `network` in `wit/p3/network.wit`. Sockets and streams are the host's own, so data in a connection costs nothing
//! extra; datagrams are judged one by one. [`NetworkSession`](interpose_rules::NetworkSession) decides what is allowed.
//!
//! | operation | judged by |
//! | --- | --- |
//! | making a socket | whether anything is allowed to sockets of its protocol |
//! | `connect`, each datagram sent | `connect`, names that were looked up, `deny` |
//! | `bind`; `listen` and the first use of a UDP socket if the socket is not bound | `listen`, `deny` |
//! | each datagram received | `deny`; datagrams of refused peers are dropped |
//! | `resolve-addresses` | names in `connect` and `resolve`; addresses that `deny` names are left out |
//!
//! Every other refused operation fails with `access-denied` before the host is asked. A stream of accepted connections is the
//! host's too, so the tool refuses policies that let a program listen for TCP and deny it some peers.

mod bindings {
    #![allow(missing_docs, unsafe_code)]
    use super::Adapter;
    wit_bindgen::generate!({
        world: "wasi-interpose:p3/network",
        path: "../../../wit/p3",
        generate_all,
        // One Rust type for the host's and our own records and enums, so that forwarding is a move.
        merge_structurally_equal_types: true,
        runtime_path: "interpose_adapter::rt",
    });
    export!(Adapter);
}

mod address;
mod name_lookup;
mod sockets;

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
