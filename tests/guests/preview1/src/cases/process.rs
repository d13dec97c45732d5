//! The process: its end, signals, clocks and random numbers.

use super::Case;
use crate::call::Out;
use crate::{say, wasi};

pub const CASES: &[Case] = &[
    ("proc_exit::0", || exit(0)),
    ("proc_exit::1", || exit(1)),
    ("proc_exit::2", || exit(2)),
    ("proc_exit::77", || exit(77)),
    ("proc_exit::125", || exit(125)),
    ("proc_exit::126", || exit(126)),
    ("proc_exit::255", || exit(255)),
    ("proc_exit::256", || exit(256)),
    ("proc_exit::minus_one", || exit(u32::MAX)),
    ("proc_exit::return", || say!("returns")),
    ("proc_exit::abort", std_abort),
    ("proc_raise::signals", raise),
    ("sched_yield::plain", || say!("{}", wasi::sched_yield())),
    ("clock_res_get::ids", resolution),
    ("clock_time_get::ids", time),
    ("clock_time_get::goes_on", goes_on),
    ("random_get::lengths", random),
];

fn exit(code: u32) {
    say!("exits with {code}");
    wasi::proc_exit(code);
}

/// Ends with `unreachable`.
fn std_abort() {
    say!("aborts");
    std::process::abort();
}

fn raise() {
    for signal in 0..31 {
        say!("{signal}: {}", wasi::proc_raise(signal));
    }
}

fn resolution() {
    for id in 0..4 {
        let mut out = Out::<8>::new();
        let errno = wasi::clock_res_get(id, out.at());
        say!(
            "{id}: {errno} {}",
            out.u64(0) > 0 && out.u64(0) != 0xeeee_eeee_eeee_eeee
        );
    }
}

fn time() {
    for id in 0..4 {
        for precision in [0, 1, u64::MAX] {
            let mut out = Out::<8>::new();
            let errno = wasi::clock_time_get(id, precision, out.at());
            say!(
                "{id} {precision}: {errno} {}",
                out.u64(0) != 0xeeee_eeee_eeee_eeee
            );
        }
    }
}

fn goes_on() {
    for id in [0, 1] {
        let mut last = 0;
        let ascending = (0..50).all(|_| {
            let mut out = Out::<8>::new();
            wasi::clock_time_get(id, 0, out.at());
            let before = std::mem::replace(&mut last, out.u64(0));
            before <= last
        });
        say!("{id}: {ascending}");
    }
}

fn random() {
    for length in [
        0, 1, 2, 3, 4, 7, 8, 9, 63, 64, 65, 100, 65_536, 65_537, 200_000,
    ] {
        let mut room = vec![0u8; length + 16];
        let errno = wasi::random_get(room.as_mut_ptr() as u32 + 8, length as u32);
        let outside = room[..8]
            .iter()
            .chain(&room[length + 8..])
            .all(|byte| *byte == 0);
        let zeros = room[8..length + 8]
            .iter()
            .filter(|byte| **byte == 0)
            .count();
        say!(
            "{length}: {errno} {outside} {}",
            length < 64 || zeros < length / 16
        );
    }
}
