//! `wasi:filesystem`: files in memory, directories of the host, devices.

mod bake;
mod convert;
mod descriptor;
mod device;
mod listing;
mod lower;
mod memory;
mod preopens;

pub use bake::bake;
pub use descriptor::Descriptor;
pub use lower::LowerTree;
pub use memory::{OpenFile, files};
pub use preopens::{Mount, Preopens};

use crate::Adapter;
use crate::bindings::exports::wasi::filesystem::types::{ErrorBorrow, ErrorCode, Guest};
use crate::error::StreamFailure;

impl Guest for Adapter {
    type Descriptor = Descriptor;
    type DirectoryEntryStream = listing::DirectoryEntryStream;

    fn filesystem_error_code(err: ErrorBorrow<'_>) -> Option<ErrorCode> {
        err.get::<StreamFailure>().code()
    }
}
