//! The adapter with the functions of WASI 0.3 that give an application streams of the kernel.
//!
//! World: `streams` in `wit/p3/kernel.wit`. These functions are synchronous, and a synchronous function cannot leave a task
//! behind that writes the stream that it gave. The kernel therefore has them as asynchronous functions, which return before
//! they do any work. This adapter calls them and keeps nothing itself.

mod bindings {
    #![allow(missing_docs, unsafe_code)]
    use super::Adapter;
    wit_bindgen::generate!({
        world: "wasi-interpose:p3/streams",
        path: "../../../wit/p3",
        generate_all,
        // A future of the kernel is passed on as one of `wasi:cli`.
        merge_structurally_equal_types: true,
        runtime_path: "interpose_adapter::rt",
    });
    export!(Adapter);
}

mod files;
mod standard_streams;
mod terminals;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use interpose_adapter::trap;
use interpose_settings::{StreamsConfig, decode};

struct Adapter;

impl bindings::Guest for Adapter {
    fn configure(config: Vec<u8>) -> Result<(), String> {
        let decoded = decode::<StreamsConfig>(&config);
        decoded.map(|_| ()).map_err(|error| error.to_string())
    }
}

/// The result of a function of the kernel that returns at once.
fn now<T>(called: impl Future<Output = T>) -> T {
    let mut called = pin!(called);
    match called
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(result) => result,
        Poll::Pending => trap!(the_kernel_did_not_return_at_once),
    }
}
