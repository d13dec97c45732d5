//! `wasi:random/random`.

use crate::bindings::{exports::wasi::random::random::Guest, wasi::random::random as host};
use crate::{Adapter, checked_length, draw};

impl Guest for Adapter {
    fn get_random_bytes(len: u64) -> Vec<u8> {
        draw(
            || host::get_random_bytes(len),
            |generators| generators.random.bytes(checked_length(len)),
        )
    }

    fn get_random_u64() -> u64 {
        draw(host::get_random_u64, |generators| {
            generators.random.number()
        })
    }
}
