//! The adapter for `wasi:filesystem`: directories of the host, read-only, a part of them, or without what is hidden.
//!
//! World: `host-filesystem` in `wit/p2/host-filesystem.wit`. Streams are the host's own, so that reading and writing
//! files costs nothing; so are errors, hashes and the answer to whether two descriptors are the same.
//!
//! | mount | what happens to a path |
//! | --- | --- |
//! | as it is, or read-only | it is handed to the host as it is |
//! | with `subtree` or `hide` | [`Walk`](interpose_mounts::Walk) goes along it; the host gets single names |
//!
//! Which names there are, and what may be moved where, is decided by `interpose_mounts`; that a mount is read-only, by
//! [`Descriptor::changing`](descriptor::Descriptor::changing).

mod bindings {
    #![allow(missing_docs, unsafe_code)]
    use super::adapter::Adapter;
    wit_bindgen::generate!({
        world: "host-filesystem",
        path: "../../../wit/p2",
        generate_all,
        // One Rust type for the host's and our own records, enums and flags, so that forwarding is a move.
        merge_structurally_equal_types: true,
        runtime_path: "interpose_adapter::rt",
    });
    export!(Adapter);
}

mod adapter;
mod descriptor;
mod listing;
mod mount;
mod preopens;
mod tree;

use interpose_adapter::{configure, erase, with};
use interpose_stdio::Failure;

use adapter::Adapter;
use bindings::exports::wasi::filesystem::types::{ErrorCode, Guest};
use bindings::wasi::filesystem::types as host;
use bindings::wasi::io::error::Error;
use preopens::{PREOPENS, Preopens};

impl bindings::Guest for Adapter {
    fn configure(config: Vec<u8>) -> Result<(), String> {
        let result = configure(&PREOPENS, &config, |config| Ok(Preopens::new(config)));
        erase(config);
        result
    }
}

impl Guest for Adapter {
    type Descriptor = descriptor::Descriptor;
    type DirectoryEntryStream = listing::DirectoryEntryStream;

    fn filesystem_error_code(error: &Error) -> Option<ErrorCode> {
        if with(&PREOPENS, |preopens| preopens.is_empty()) {
            return Failure::of_text(&error.to_debug_string()).map(code);
        }
        host::filesystem_error_code(error)
    }
}

fn code(failure: Failure) -> ErrorCode {
    match failure {
        Failure::Access => ErrorCode::Access,
        Failure::BadDescriptor => ErrorCode::BadDescriptor,
        Failure::Busy => ErrorCode::Busy,
        Failure::FileTooLarge => ErrorCode::FileTooLarge,
        Failure::InsufficientMemory => ErrorCode::InsufficientMemory,
        Failure::InsufficientSpace => ErrorCode::InsufficientSpace,
        Failure::Interrupted => ErrorCode::Interrupted,
        Failure::Invalid => ErrorCode::Invalid,
        Failure::InvalidSeek => ErrorCode::InvalidSeek,
        Failure::Io => ErrorCode::Io,
        Failure::IsDirectory => ErrorCode::IsDirectory,
        Failure::NotPermitted => ErrorCode::NotPermitted,
        Failure::Pipe => ErrorCode::Pipe,
    }
}
