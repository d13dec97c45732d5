//! Every function of `wasi:random`.

use wasip2::random::{insecure, insecure_seed, random};

fn main() {
    for length in [0, 1, 3, 32, 4096, 1 << 20] {
        let secure = random::get_random_bytes(length).len() as u64 == length;
        println!(
            "{length}: {secure} {}",
            insecure::get_insecure_random_bytes(length).len() as u64 == length
        );
    }
    println!(
        "bytes differ: {}",
        random::get_random_bytes(32) != random::get_random_bytes(32)
    );
    println!(
        "numbers differ: {}",
        random::get_random_u64() != random::get_random_u64()
    );
    println!(
        "insecure numbers differ: {}",
        insecure::get_insecure_random_u64() != insecure::get_insecure_random_u64()
    );
    println!(
        "the seed stays: {}",
        insecure_seed::insecure_seed() == insecure_seed::insecure_seed()
    );
}
