//! Lengths, offsets and sizes near the limits of 32 and 64 bits, and nothing at all.

use guests_p2::{create, root};
use wasip2::clocks::monotonic_clock::{subscribe_duration, subscribe_instant};
use wasip2::clocks::wall_clock::Datetime;
use wasip2::filesystem::types::{Advice, NewTimestamp, PathFlags};
use wasip2::io::poll::poll;

use crate::{Attack, check};

pub const ATTACKS: &[Attack] = &[
    ("offsets-and-lengths", offsets),
    ("streams-far-outside", streams),
    ("times-that-cannot-be", times),
    ("deadlines-far-away", deadlines),
    ("nothing-at-all", nothing),
];

const NUMBERS: &[u64] = &[
    0,
    1,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
    1 << 32,
    (1 << 32) + 1,
    (1 << 63) - 1,
    1 << 63,
    u64::MAX - 1,
    u64::MAX,
];

fn offsets() -> Result<(), String> {
    let file = create("file", b"0123456789");
    for &offset in NUMBERS {
        for &length in NUMBERS {
            if let Ok((bytes, _)) = file.read(length, offset) {
                check(
                    bytes.is_empty() || bytes.len() as u64 + offset.min(10) <= 10,
                    || format!("{} bytes at {offset}", bytes.len()),
                )?;
            }
            let _ = file.advise(offset, length, Advice::WillNeed);
        }
    }
    for &number in NUMBERS {
        if file.set_size(number).is_ok() {
            let size = file.stat().map(|stat| stat.size);
            check(size == Ok(number), || {
                format!("a size of {size:?} for {number}")
            })?;
            let _ = file.read(16, number.saturating_sub(8));
        }
        let _ = file.write(b"x", number);
        let _ = file.set_size(10);
    }
    Ok(())
}

fn streams() -> Result<(), String> {
    let file = create("file", b"0123456789");
    for &number in NUMBERS {
        if let Ok(input) = file.read_via_stream(number) {
            for &length in NUMBERS {
                if let Ok(bytes) = input.read(length) {
                    check(bytes.len() <= 10, || format!("{} bytes", bytes.len()))?;
                }
                let _ = input.skip(length);
            }
        }
        if let Ok(output) = file.write_via_stream(number) {
            let permitted = output.check_write().unwrap_or(0);
            if permitted > 0 {
                let _ = output.write(b"x");
            }
            let _ = output.blocking_flush();
            if let Ok(input) = file.read_via_stream(0) {
                for &length in NUMBERS {
                    let permitted = output.check_write().unwrap_or(0);
                    if permitted > 0 {
                        let _ = output.splice(&input, length);
                    }
                }
            }
        }
        let _ = file.set_size(10);
    }
    Ok(())
}

fn times() -> Result<(), String> {
    let file = create("file", b"x");
    for &seconds in NUMBERS {
        for nanoseconds in [0, 999_999_999, 1_000_000_000, u32::MAX] {
            let time = NewTimestamp::Timestamp(Datetime {
                seconds,
                nanoseconds,
            });
            let _ = file.set_times(time, time);
            let _ = root().set_times_at(PathFlags::empty(), "file", time, time);
            let _ = file.stat();
        }
    }
    Ok(())
}

fn deadlines() -> Result<(), String> {
    let far: Vec<_> = NUMBERS[7..]
        .iter()
        .flat_map(|&time| [subscribe_duration(time), subscribe_instant(time)])
        .collect();
    let now = subscribe_duration(0);
    let mut all: Vec<_> = far.iter().collect();
    all.push(&now);
    let ready = poll(&all);
    check(ready == [all.len() as u32 - 1], || {
        format!("timers that ended: {ready:?}")
    })
}

fn nothing() -> Result<(), String> {
    let file = create("empty", b"");
    let write = file.write(b"", u64::MAX);
    check(!matches!(write, Ok(1..)), || format!("{write:?}"))?;
    let _ = file.read(0, u64::MAX);
    if let Ok(output) = file.write_via_stream(0) {
        let _ = output.check_write();
        let _ = output.write(b"");
        let _ = output.blocking_write_and_flush(b"");
        let _ = output.write_zeroes(0);
        let _ = output.blocking_write_zeroes_and_flush(0);
        if let Ok(input) = file.read_via_stream(0) {
            let _ = input.read(0);
            let _ = input.skip(0);
            let _ = output.splice(&input, 0);
        }
    }
    for path in ["", "."] {
        let _ = root().stat_at(PathFlags::empty(), path);
        let _ = root().symlink_at("", path);
        let _ = root().readlink_at(path);
        let _ = root().rename_at(path, &root(), path);
        let _ = root().remove_directory_at(path);
    }
    let size = file.stat().map(|stat| stat.size);
    check(size == Ok(0), || format!("{size:?}"))
}
