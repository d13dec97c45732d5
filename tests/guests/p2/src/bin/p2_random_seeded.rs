//! Prints what every function of `wasi:random` gives. Meant for a seed.

use wasip2::random::{insecure, insecure_seed, random};

fn main() {
    println!("{:02x?}", random::get_random_bytes(16));
    println!("{:016x}", random::get_random_u64());
    println!("{:02x?}", insecure::get_insecure_random_bytes(16));
    println!("{:016x}", insecure::get_insecure_random_u64());
    println!("{:016x?}", insecure_seed::insecure_seed());
    println!("{:016x}", random::get_random_u64());
}
