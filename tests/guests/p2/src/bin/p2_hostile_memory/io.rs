//! Streams, pollables, random numbers and configuration.

use guests_p2::create;
use wasip2::cli::stdin::get_stdin;
use wasip2::clocks::monotonic_clock::{subscribe_duration, subscribe_instant};
use wasip2::io::poll::poll;
use wasip2::random::insecure::get_insecure_random_bytes;
use wasip2::random::random::get_random_bytes;

use crate::{Attack, LARGE, aliases, check};

mod config {
    #![allow(missing_docs, unsafe_code)]
    wit_bindgen::generate!({
        path: "../../../wit/p2/deps/config.wit",
        world: "wasi:config/imports",
        generate_all,
    });
}

pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "pollables-that-are-one",
        functions: &[
            "wasi:io/poll poll",
            "wasi:clocks/monotonic-clock subscribe-duration",
            "wasi:clocks/monotonic-clock subscribe-instant",
        ],
        run: pollables,
    },
    Attack {
        name: "writes-at-once",
        functions: &[
            "wasi:io/streams output-stream.write",
            "wasi:io/streams output-stream.blocking-write-and-flush",
        ],
        run: writes,
    },
    Attack {
        name: "numbers-of-streams",
        functions: &[
            "wasi:io/streams input-stream.read",
            "wasi:io/streams input-stream.blocking-read",
            "wasi:io/streams input-stream.skip",
            "wasi:io/streams input-stream.blocking-skip",
            "wasi:io/streams output-stream.write-zeroes",
            "wasi:io/streams output-stream.blocking-write-zeroes-and-flush",
            "wasi:io/streams output-stream.splice",
            "wasi:io/streams output-stream.blocking-splice",
        ],
        run: numbers,
    },
    Attack {
        name: "random-bytes",
        functions: &[
            "wasi:random/random get-random-bytes",
            "wasi:random/insecure get-insecure-random-bytes",
        ],
        run: random,
    },
    Attack {
        name: "keys-of-configuration",
        functions: &["wasi:config/store get"],
        run: keys,
    },
];

fn pollables() -> Result<(), String> {
    let (timer, other) = (subscribe_duration(0), subscribe_instant(0));
    timer.block();
    // More than that Wasmtime does not let a list lend: it traps before an adapter is called.
    for count in [1 << 12, 40_000] {
        let mut all = vec![&timer; count];
        all.push(&other);
        let ready = poll(&all);
        check(ready.len() >= count, || format!("{} ready", ready.len()))?;
    }
    Ok(())
}

/// More than `check-write` permits at once, to what takes it.
fn writes() -> Result<(), String> {
    let file = create("file", b"");
    let bytes = aliases::text(LARGE).as_bytes();
    for _ in 0..4 {
        if let Ok(output) = file.write_via_stream(0) {
            // Of the host's streams this would be the program's own trap.
            if output
                .check_write()
                .is_ok_and(|permitted| permitted >= 1 << 20)
            {
                let _ = output.write(bytes);
                let _ = output.blocking_write_and_flush(bytes);
            }
        }
    }
    Ok(())
}

fn numbers() -> Result<(), String> {
    let file = create("file", &[b'x'; 100_000]);
    for number in [0, 1, 1 << 20, 1 << 32, u64::MAX / 2, u64::MAX] {
        let stdin = get_stdin();
        let _ = (stdin.read(number), stdin.skip(number));
        let (Ok(input), Ok(output)) = (file.read_via_stream(0), file.write_via_stream(0)) else {
            return Ok(());
        };
        let _ = (input.read(number), input.blocking_read(number));
        let _ = (input.skip(number), input.blocking_skip(number));
        let permitted = output.check_write().unwrap_or(0);
        let _ = output.write_zeroes(number.min(permitted));
        let _ = output.blocking_write_zeroes_and_flush(number.min(4096));
        let Ok(input) = file.read_via_stream(0) else {
            return Ok(());
        };
        let _ = output.splice(&input, number);
        let _ = output.blocking_splice(&input, number);
    }
    Ok(())
}

/// As many as a host gives at once.
fn random() -> Result<(), String> {
    let length = get_random_bytes(1 << 20).len() + get_insecure_random_bytes(1 << 20).len();
    check(length == 2 << 20, || format!("{length} bytes"))
}

fn keys() -> Result<(), String> {
    let value = config::wasi::config::store::get(aliases::text(LARGE));
    check(matches!(value, Ok(None)), || "a value".into())
}
