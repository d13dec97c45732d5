//! The wall clock shows a time after this program was written, or the one that the policy says.

use std::time::{Duration, SystemTime};

fn main() {
    let written = SystemTime::UNIX_EPOCH + Duration::from_secs(1_760_000_000);
    let now = SystemTime::now();
    println!("after 2025-10: {}", now > written);
    println!("later is not before: {}", SystemTime::now() >= now);
}
