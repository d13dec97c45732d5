//! `wasi:random`.

use crate::probe::{probes, returned, value_of};
use crate::wasi::random::{insecure, insecure_seed, random};

probes! {
    "wasi:random/random" {
        "get-random-bytes" => |_| value_of(random::get_random_bytes(16).len()),
        "get-random-u64" => |_| returned(random::get_random_u64()),
    }
    "wasi:random/insecure" {
        "get-insecure-random-bytes" => |_| value_of(insecure::get_insecure_random_bytes(16).len()),
        "get-insecure-random-u64" => |_| returned(insecure::get_insecure_random_u64()),
    }
    "wasi:random/insecure-seed" {
        "get-insecure-seed" => |_| returned(insecure_seed::get_insecure_seed()),
    }
}
