//! `wasi:random/insecure`.

use crate::bindings::{exports::wasi::random::insecure::Guest, wasi::random::insecure as host};
use crate::{Adapter, checked_length, draw};

impl Guest for Adapter {
    fn get_insecure_random_bytes(len: u64) -> Vec<u8> {
        draw(
            || host::get_insecure_random_bytes(len),
            |generators| generators.insecure.bytes(checked_length(len)),
        )
    }

    fn get_insecure_random_u64() -> u64 {
        draw(host::get_insecure_random_u64, |generators| {
            generators.insecure.number()
        })
    }
}
