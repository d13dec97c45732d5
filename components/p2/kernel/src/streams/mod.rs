//! `wasi:io/streams`: one enum of all input streams, and one of all output streams.

#[cfg(feature = "responses")]
pub mod body;
pub mod file;
mod in_pieces;
pub mod input;
pub mod limits;
pub mod output;
pub mod prefixed;
mod stdin;

use crate::adapter::Adapter;
use crate::bindings::exports::wasi::io::streams::Guest;

impl Guest for Adapter {
    type InputStream = input::InputStream;
    type OutputStream = output::OutputStream;
}
