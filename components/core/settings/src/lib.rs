//! What each adapter is configured with: the types that the tool encodes and the adapters decode.
//!
//! A configuration is a plain value. [`encode`] puts an adapter's name and a format version in front of its
//! [postcard](https://postcard.jamesmunns.com/wire-format) form; [`decode`] refuses whatever was not written for
//! that adapter in this version. Decoding borrows text and file contents from the input, so that an adapter copies
//! a baked file once, to where it stays.
#![no_std]

extern crate alloc;

mod clocks;
mod encoding;
mod environment;
mod host_filesystem;
mod http;
mod kernel;
mod network;
mod random;
mod store;

pub use clocks::{Clocks, ClocksConfig, Timestamp};
pub use encoding::{Configuration, DecodeError, FORMAT_VERSION, decode, encode};
pub use environment::{ArgumentsConfig, EnvironmentConfig, Exit, VariablesConfig};
pub use host_filesystem::{HostFilesystemConfig, HostMount};
pub use http::HttpConfig;
pub use interpose_http::HeaderRules;
pub use kernel::{
    FilesystemConfig, KernelConfig, Mount, Node, NodeKind, Source, Stdin, Stdout, Terminal,
};
pub use network::NetworkConfig;
pub use random::{Random, RandomConfig};
pub use store::StoreConfig;
