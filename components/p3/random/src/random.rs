//! `wasi:random/random`.

use interpose_random::Stream;

use crate::bindings::{exports::wasi::random::random::Guest, wasi::random::random as host};
use crate::{Adapter, draw};

impl Guest for Adapter {
    fn get_random_bytes(max_len: u64) -> Vec<u8> {
        draw("get-random-bytes", |numbers| {
            numbers.bytes_up_to(Stream::Random, max_len, || host::get_random_bytes(max_len))
        })
    }

    fn get_random_u64() -> u64 {
        draw("get-random-u64", |numbers| {
            numbers.number(Stream::Random, host::get_random_u64)
        })
    }
}
