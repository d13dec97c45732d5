//! Asks for more random bytes than memory holds.

use wasip2::random::random::get_random_bytes;

fn main() {
    println!("before");
    println!("{}", get_random_bytes(1 << 33).len());
}
