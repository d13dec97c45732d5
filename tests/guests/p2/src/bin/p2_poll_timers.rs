//! A hundred timers at once become ready in the order of their deadlines.

use wasip2::clocks::monotonic_clock::{now, subscribe_duration, subscribe_instant};
use wasip2::io::poll::{Pollable, poll};

fn main() {
    let start = now();
    // Deadlines far enough apart that a busy machine does not mix them up.
    let mut timers: Vec<(u64, Pollable)> = (0..100)
        .map(|number| number * 37 % 100)
        .map(|number| {
            (
                number,
                subscribe_instant(start + 20_000_000 + number * 2_000_000),
            )
        })
        .collect();
    let mut order = Vec::new();
    while !timers.is_empty() {
        let pollables: Vec<_> = timers.iter().map(|(_, pollable)| pollable).collect();
        let ready = poll(&pollables);
        let mut now: Vec<_> = ready
            .iter()
            .map(|index| timers[*index as usize].0)
            .collect();
        now.sort();
        timers.retain(|(number, _)| !now.contains(number));
        order.extend(now);
    }
    println!("in order: {}", order.is_sorted());
    println!(
        "time passed: {}",
        now() >= start + 20_000_000 + 99 * 2_000_000
    );
    let past = [
        subscribe_instant(0),
        subscribe_instant(start),
        subscribe_duration(0),
    ];
    for pollable in &past {
        pollable.block();
        println!("past is ready: {}", pollable.ready());
    }
    let mut both = poll(&[&past[0], &subscribe_duration(3_600_000_000_000), &past[1]]);
    // The WIT says nothing about the order, and a host that is busy finds the second deadline past first.
    both.sort();
    println!("ready: {both:?}");
}
