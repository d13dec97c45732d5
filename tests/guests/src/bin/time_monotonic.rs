//! The monotonic clock never goes back.

use std::time::Instant;

fn main() {
    let start = Instant::now();
    let mut last = start;
    let mut backwards = 0;
    for _ in 0..1000 {
        let now = Instant::now();
        if now < last {
            backwards += 1;
        }
        last = now;
    }
    println!("backwards: {backwards}");
    println!("elapsed is small: {}", start.elapsed().as_secs() < 10);
}
