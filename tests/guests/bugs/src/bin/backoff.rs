//! Waits for a file that another program makes, longer from attempt to attempt and for half a minute at most, and then goes on
//! without it.
//!
//! The bug: what is left of the half minute is a difference of readings of the wall clock, without a sign. When the clock is set
//! forwards between two readings, or the machine sleeps, the difference is huge, and the program waits forever.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use guests_bugs::is_mended;

const READY: &str = "/ready";

/// How long it waits in all, at first, and at most between two attempts, in milliseconds.
const PATIENCE: u64 = 30_000;
const FIRST: u64 = 10;
const LONGEST: u64 = 5_000;

fn main() {
    let is_ready = wait(is_mended());
    println!("{}", if is_ready { "ready" } else { "without it" });
}

/// Whether the file is there in time.
fn wait(mended: bool) -> bool {
    let (started, instant) = (now(), Instant::now());
    let mut delay = FIRST;
    loop {
        if Path::new(READY).exists() {
            return true;
        }
        let left = if mended {
            let waited = instant.elapsed().as_millis() as u64;
            PATIENCE.saturating_sub(waited)
        } else {
            PATIENCE - (now() - started)
        };
        if left == 0 {
            return false;
        }
        sleep(Duration::from_millis(delay.min(left)));
        delay = (delay * 2).min(LONGEST);
    }
}

/// Milliseconds since 1970.
fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_millis() as u64)
}
