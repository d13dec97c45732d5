//! `wasi:random/insecure`.

use interpose_random::Stream;

use crate::bindings::{exports::wasi::random::insecure::Guest, wasi::random::insecure as host};
use crate::{Adapter, draw};

impl Guest for Adapter {
    fn get_insecure_random_bytes(max_len: u64) -> Vec<u8> {
        draw("get-insecure-random-bytes", |numbers| {
            numbers.bytes_up_to(Stream::Insecure, max_len, || {
                host::get_insecure_random_bytes(max_len)
            })
        })
    }

    fn get_insecure_random_u64() -> u64 {
        draw("get-insecure-random-u64", |numbers| {
            numbers.number(Stream::Insecure, host::get_insecure_random_u64)
        })
    }
}
