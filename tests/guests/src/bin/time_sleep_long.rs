//! Sleeps for a day. Meant for virtual time.

use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

fn main() {
    let (start, wall) = (Instant::now(), SystemTime::now());
    for hours in [1, 2, 21] {
        sleep(Duration::from_secs(hours * 3600));
        println!("after {} s", start.elapsed().as_secs());
    }
    println!(
        "wall clock: {} s",
        wall.elapsed().unwrap_or_default().as_secs()
    );
}
