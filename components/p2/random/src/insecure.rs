//! `wasi:random/insecure`.

use interpose_random::Stream;

use crate::bindings::{exports::wasi::random::insecure::Guest, wasi::random::insecure as host};
use crate::{Adapter, draw};

impl Guest for Adapter {
    fn get_insecure_random_bytes(len: u64) -> Vec<u8> {
        draw(|numbers| {
            numbers.bytes(Stream::Insecure, len, || {
                host::get_insecure_random_bytes(len)
            })
        })
    }

    fn get_insecure_random_u64() -> u64 {
        draw(|numbers| numbers.number(Stream::Insecure, host::get_insecure_random_u64))
    }
}
