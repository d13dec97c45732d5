//! Waits for standard input that never comes, with nothing else to wait for. Meant for virtual time.

use wasip2::clocks::monotonic_clock::subscribe_duration;

fn main() {
    println!("before");
    subscribe_duration(u64::MAX).block();
    println!("the end of time");
}
