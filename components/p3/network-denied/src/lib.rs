//! The adapter for `wasi:sockets` of WASI 0.3 where a policy allows nothing: no socket can be made, and no name looked up.
//!
//! World: `network-denied` in `wit/p3/network.wit`. Every refused operation fails with `access-denied`. The host is asked for
//! nothing, so a composition does not import its sockets.

mod bindings {
    #![allow(missing_docs, unsafe_code)]
    use super::Adapter;
    wit_bindgen::generate!({
        world: "wasi-interpose:p3/network-denied",
        path: "../../../wit/p3",
        generate_all,
        runtime_path: "interpose_adapter::rt",
    });
    export!(Adapter);
}

mod name_lookup;
mod refusal;
mod tcp;
mod types;
mod udp;

use interpose_settings::{NetworkConfig, decode};

struct Adapter;

impl bindings::Guest for Adapter {
    fn configure(config: Vec<u8>) -> Result<(), String> {
        let config = decode::<NetworkConfig>(&config).map_err(|error| error.to_string())?;
        // Every rule that allows something allows lookups.
        match config.rules.allow_lookups() {
            false => Ok(()),
            true => Err("this adapter allows nothing".into()),
        }
    }
}
