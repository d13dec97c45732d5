//! What the tool and the adapters say to each other: the configuration of each adapter, as types that the tool encodes
//! and the adapters decode, and the [reasons](Reason) for which adapters refuse calls.
//!
//! A configuration is a plain value. [`encode`] puts an adapter's name and a format version in front of its
//! [postcard](https://postcard.jamesmunns.com/wire-format) form; [`decode`] refuses bytes that were not written for
//! this adapter in this version. Decoding borrows texts and file contents from the input, so that an adapter copies a
//! baked file only once, to its final place.
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
mod reason;
mod responses;
mod store;
mod streams;

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
pub use reason::Reason;
pub use responses::{Response, ResponsesConfig};
pub use store::StoreConfig;
pub use streams::StreamsConfig;
