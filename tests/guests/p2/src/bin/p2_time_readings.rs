//! Reads the clocks and waits as its arguments say, and prints nanoseconds:
//!
//! - `resolution`: what both clocks say of themselves, the monotonic one first.
//! - `read`: what both show.
//! - `wait N`: waits for so long, and tells what both show then.

use wasip2::clocks::{monotonic_clock, wall_clock};

fn main() {
    for argument in std::env::args().skip(1) {
        let words: Vec<&str> = argument.split(' ').collect();
        let outcome = match words[..] {
            ["resolution"] => {
                let (monotonic, wall) = (monotonic_clock::resolution(), wall_clock::resolution());
                format!("{monotonic} {}", nanoseconds(wall))
            }
            ["read"] => read(),
            ["wait", duration] => {
                let duration = duration.parse().expect("a number");
                monotonic_clock::subscribe_duration(duration).block();
                read()
            }
            _ => "no command".into(),
        };
        println!("{argument}: {outcome}");
    }
}

fn read() -> String {
    let (monotonic, wall) = (monotonic_clock::now(), wall_clock::now());
    format!("{monotonic} {}", nanoseconds(wall))
}

fn nanoseconds(time: wall_clock::Datetime) -> u128 {
    u128::from(time.seconds) * 1_000_000_000 + u128::from(time.nanoseconds)
}
