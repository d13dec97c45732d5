//! The adapter for `wasi:filesystem` of WASI 0.3: directories of the host, each as a whole, read-only or not.
//!
//! World: `host-filesystem` in `wit/p3/filesystem.wit`. Every path is handed to the host as it is, and streams are the host's
//! own, so that reading and writing files costs nothing. In a read-only mount no file can be opened to be written, so the
//! host's own streams refuse to write; [`Descriptor::changing`](descriptor::Descriptor::changing) refuses the other changes.
//!
//! A mount that shows a part of a directory, or hides names, needs walks along paths and listings of its own, which this
//! adapter does not have.

mod bindings {
    #![allow(missing_docs, unsafe_code)]
    use super::adapter::Adapter;
    wit_bindgen::generate!({
        world: "wasi-interpose:p3/host-filesystem",
        path: "../../../wit/p3",
        generate_all,
        // One Rust type for the host's and our own records, enums and flags, so that forwarding is a move.
        merge_structurally_equal_types: true,
        runtime_path: "interpose_adapter::rt",
    });
    export!(Adapter);
}

mod adapter;
mod descriptor;
mod preopens;

use interpose_adapter::{configure, erase};

use adapter::Adapter;
use bindings::exports::wasi::filesystem::types::Guest;
use preopens::{PREOPENS, Preopens};

impl bindings::Guest for Adapter {
    fn configure(config: Vec<u8>) -> Result<(), String> {
        let result = configure(&PREOPENS, &config, Preopens::new);
        erase(config);
        result
    }
}

impl Guest for Adapter {
    type Descriptor = descriptor::Descriptor;
}
