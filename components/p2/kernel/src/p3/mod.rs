//! The kernel's files and standard streams for WASI 0.3, which are those that an application sees in WASI 0.2.
//!
//! World: `kernel` in `wit/p3/kernel.wit`. Each function is that of WASI 0.2 with other types; streams of the component model
//! are written and read by tasks that own a stream of WASI 0.2.

mod bindings {
    #![allow(missing_docs, unsafe_code)]

    wit_bindgen::generate!({
        world: "wasi-interpose:p3/kernel",
        path: "../../../wit/p3",
        generate_all,
        runtime_path: "crate::rt",
        // Functions that return at once are lifted synchronously, which makes calls cheaper. Only a function that is lifted
        // asynchronously can leave a task behind.
        async: [
            "export:wasi-interpose:p3/files@0.1.0#[method]descriptor.read-via-stream",
            "export:wasi-interpose:p3/files@0.1.0#[method]descriptor.write-via-stream",
            "export:wasi-interpose:p3/files@0.1.0#[method]descriptor.append-via-stream",
            "export:wasi-interpose:p3/files@0.1.0#[method]descriptor.read-directory",
            "export:wasi-interpose:p3/standard-streams@0.1.0#read-stdin",
            "export:wasi-interpose:p3/standard-streams@0.1.0#write-stdout",
            "export:wasi-interpose:p3/standard-streams@0.1.0#write-stderr",
            "export:wasi:clocks/monotonic-clock@0.3.0#wait-until",
            "export:wasi:clocks/monotonic-clock@0.3.0#wait-for",
            "-all",
        ],
    });

    use crate::adapter::Adapter;
    export!(Adapter);
}

mod clocks;
mod convert;
mod descriptor;
mod standard_streams;
mod streams;

pub use clocks::used;

use interpose_filesystem::Timestamp;

use bindings::wasi::{clocks::system_clock, random::random};

/// The time of the host's `system-clock`. A time before 1970 counts as the beginning of 1970.
pub fn timestamp() -> Timestamp {
    let now = system_clock::now();
    match u64::try_from(now.seconds) {
        Ok(seconds) => Timestamp {
            seconds,
            nanoseconds: now.nanoseconds,
        },
        Err(_) => Timestamp::default(),
    }
}

/// Random bytes of the host, which may give fewer than it was asked for.
pub fn random_bytes(length: u64) -> Vec<u8> {
    random::get_random_bytes(length)
}
