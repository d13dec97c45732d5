//! `wasi:filesystem/preopens`.

use interpose_adapter::refusals::{Subject, refused};
use interpose_settings::Reason;

use crate::adapter::Adapter;
use crate::bindings::exports::wasi::filesystem::preopens::Guest;
use crate::bindings::exports::wasi::filesystem::types::Descriptor;

impl Guest for Adapter {
    fn get_directories() -> Vec<(Descriptor, String)> {
        refused(Reason::NoMounts, "get-directories", Subject::Text(&[]));
        Vec::new()
    }
}
