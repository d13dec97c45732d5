//! `wasi:filesystem`: files in memory, directories of the host, devices.

mod convert;
pub mod descriptor;
mod device;
pub mod listing;
mod lower;
pub mod memory;
pub mod preopens;

use crate::adapter::Adapter;
use crate::bindings::exports::wasi::filesystem::types::{ErrorBorrow, ErrorCode, Guest};
use crate::error::StreamFailure;

impl Guest for Adapter {
    type Descriptor = descriptor::Descriptor;
    type DirectoryEntryStream = listing::DirectoryEntryStream;

    fn filesystem_error_code(err: ErrorBorrow<'_>) -> Option<ErrorCode> {
        err.get::<StreamFailure>().code()
    }
}
