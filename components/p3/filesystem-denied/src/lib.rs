//! The adapter for `wasi:filesystem` of WASI 0.3 where a policy shows no directory.
//!
//! World: `filesystem-denied` in `wit/p3/filesystem.wit`. There are no preopens, and so no descriptors. The host is asked for
//! nothing, so a composition does not import its files.

mod bindings {
    #![allow(missing_docs, unsafe_code)]
    use super::adapter::Adapter;
    wit_bindgen::generate!({
        world: "wasi-interpose:p3/filesystem-denied",
        path: "../../../wit/p3",
        generate_all,
        runtime_path: "interpose_adapter::rt",
    });
    export!(Adapter);
}

mod adapter;
mod descriptor;
mod preopens;

use interpose_settings::{HostFilesystemConfig, decode};

use adapter::Adapter;
use bindings::exports::wasi::filesystem::types;

impl bindings::Guest for Adapter {
    fn configure(config: Vec<u8>) -> Result<(), String> {
        let config = decode::<HostFilesystemConfig>(&config).map_err(|error| error.to_string())?;
        match config.mounts.is_empty() {
            true => Ok(()),
            false => Err("this adapter shows no directory".into()),
        }
    }
}

impl types::Guest for Adapter {
    type Descriptor = descriptor::Descriptor;
}
