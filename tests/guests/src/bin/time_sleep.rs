//! Sleeps for short times and checks that they passed.

use std::thread::sleep;
use std::time::{Duration, Instant};

fn main() {
    for milliseconds in [0, 1, 5, 20] {
        let duration = Duration::from_millis(milliseconds);
        let start = Instant::now();
        sleep(duration);
        let elapsed = start.elapsed();
        println!(
            "{milliseconds} ms passed: {}, not much more: {}",
            elapsed >= duration,
            elapsed.as_secs() < 5
        );
    }
}
