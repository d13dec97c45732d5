//! `wasi:io/streams`: one enum of everything that can be read, one of everything that can be written.

mod file;
mod input;
mod output;
mod prefixed;
mod splice;

pub use file::{FileReader, FileWriter};
pub use input::InputStream;
pub use output::OutputStream;
pub use prefixed::PrefixedWriter;

use crate::Adapter;
use crate::bindings::exports::wasi::io::streams::{Guest, StreamError};

/// How many bytes one call moves at most: what a read may allocate, and what `check-write` permits. Sixteen times
/// what Wasmtime's host moves at once, because each call between components has its price.
pub const MAX_BYTES: u64 = 1024 * 1024;

/// How many bytes `blocking-write-and-flush` and its kin accept at once, as the WIT says: a host may trap when it is
/// given more.
const MAX_BLOCKING_BYTES: usize = 4096;

/// What a function of a stream returns.
pub type Result<T> = std::result::Result<T, StreamError>;

impl Guest for Adapter {
    type InputStream = InputStream;
    type OutputStream = OutputStream;
}
