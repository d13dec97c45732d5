//! Clocks: they advance, their resolution is not zero, waits take as long as they say.

use wasip2::clocks::{monotonic_clock, wall_clock};
use wasip2::io::poll::Pollable;

/// Whether something has come without being waited for. Wasmtime lets others have a turn when it is asked first.
fn is_ready(pollable: Pollable) -> bool {
    pollable.ready() || pollable.ready()
}

fn main() {
    println!(
        "monotonic resolution: {}",
        monotonic_clock::resolution() > 0
    );
    let resolution = wall_clock::resolution();
    println!(
        "wall resolution: {}",
        (resolution.seconds, resolution.nanoseconds) > (0, 0)
    );
    println!(
        "nanoseconds in range: {}",
        wall_clock::now().nanoseconds < 1_000_000_000
    );
    let start = monotonic_clock::now();
    monotonic_clock::subscribe_duration(5_000_000).block();
    println!("duration: {}", monotonic_clock::now() >= start + 5_000_000);
    let deadline = monotonic_clock::now() + 5_000_000;
    monotonic_clock::subscribe_instant(deadline).block();
    println!("instant: {}", monotonic_clock::now() >= deadline);
    println!(
        "no duration is over at once: {}",
        is_ready(monotonic_clock::subscribe_duration(0))
    );
    println!(
        "an instant that has come is over at once: {}",
        is_ready(monotonic_clock::subscribe_instant(monotonic_clock::now()))
    );
    let never = monotonic_clock::subscribe_duration(u64::MAX);
    println!("the longest wait is not over: {}", !never.ready());
}
