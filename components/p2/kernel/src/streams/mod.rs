//! `wasi:io/streams`: one enum of everything that can be read, one of everything that can be written.

pub mod file;
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
