//! `poll_oneoff`.

use super::Case;
use crate::call::{APPEND, Out, READ, WRITE, open, outcome, read, seek};
use crate::{kinds, say, wasi};

pub const CASES: &[Case] = &[
    ("poll_oneoff::counts", counts),
    ("poll_oneoff::clocks", clocks),
    ("poll_oneoff::two_clocks", two_clocks),
    ("poll_oneoff::read_kinds", read_kinds),
    ("poll_oneoff::write_kinds", write_kinds),
    ("poll_oneoff::many", many),
    ("poll_oneoff::unknown", unknown),
    ("poll_oneoff::files", files),
    ("poll_oneoff::stdin", stdin),
];

/// A subscription.
fn clock(userdata: u64, id: u32, timeout: u64, flags: u16) -> [u8; 48] {
    let mut bytes = [0; 48];
    bytes[..8].copy_from_slice(&userdata.to_le_bytes());
    bytes[16..20].copy_from_slice(&id.to_le_bytes());
    bytes[24..32].copy_from_slice(&timeout.to_le_bytes());
    bytes[40..42].copy_from_slice(&flags.to_le_bytes());
    bytes
}

fn of_descriptor(userdata: u64, ty: u8, fd: u32) -> [u8; 48] {
    let mut bytes = [0; 48];
    bytes[..8].copy_from_slice(&userdata.to_le_bytes());
    bytes[8] = ty;
    bytes[16..20].copy_from_slice(&fd.to_le_bytes());
    bytes
}

#[repr(C, align(8))]
struct Aligned<T>(T);

/// Waits, and returns the events: userdata, errno, type, bytes and flags.
fn wait(list: &[[u8; 48]]) -> String {
    let mut subscriptions = vec![0u64; list.len() * 6];
    for (place, byte) in subscriptions.iter_mut().zip(list.concat().chunks_exact(8)) {
        *place = u64::from_le_bytes(byte.try_into().expect("eight bytes"));
    }
    let (mut events, mut count) = (vec![0u64; list.len() * 4], Aligned([0xeeu8; 4]));
    let errno = wasi::poll_oneoff(
        subscriptions.as_ptr() as u32,
        events.as_mut_ptr() as u32,
        list.len() as u32,
        count.0.as_mut_ptr() as u32,
    );
    if errno != 0 {
        return format!("errno {errno}");
    }
    let count = u32::from_le_bytes(count.0) as usize;
    let events = events.chunks_exact(4).take(count).map(|event| {
        let ty = (event[1] >> 16) as u8;
        // For a clock the bytes mean nothing.
        let bytes = if ty == 0 {
            String::new()
        } else {
            format!(" {} {}", event[2], event[3] as u16)
        };
        format!("[{} {} {ty}{bytes}]", event[0], event[1] as u16)
    });
    format!("{count} {}", events.collect::<String>())
}

fn counts() {
    say!("{}", wait(&[]));
    let mut out = Out::<8>::new();
    say!("{}", wasi::poll_oneoff(out.at(), out.at(), 0, out.at()));
    for count in [1, 2, 3, 100] {
        say!("{count}: {}", wait(&vec![clock(7, 1, 0, 0); count]));
    }
}

fn clocks() {
    for id in [0, 1, 2, 3, 4, u32::MAX] {
        for flags in [0, 1, 2, 3, 256] {
            say!("{id} {flags}: {}", wait(&[clock(1, id, 1000, flags)]));
            say!(
                "{id} {flags}: {}",
                wait(&[clock(1, id, 1000, flags), of_descriptor(2, 2, 1)])
            );
        }
    }
}

/// The earlier one is ready and the later one, in an hour, is not.
fn two_clocks() {
    const HOUR: u64 = 3_600_000_000_000;
    for id in [0, 1] {
        say!(
            "{}",
            wait(&[clock(1, id, 2_000_000, 0), clock(2, id, HOUR, 0)])
        );
        say!("{}", wait(&[clock(1, id, HOUR, 0), clock(2, 1 - id, 1, 1)]));
        say!("{}", wait(&[clock(1, id, u64::MAX, 0), clock(2, id, 0, 0)]));
        say!("{}", wait(&[clock(1, id, 1, 1)]));
    }
}

fn read_kinds() {
    kinds::each(|kind, fd| {
        say!("{kind}: {}", wait(&[of_descriptor(1, 1, fd)]));
        say!(
            "{kind}: {}",
            wait(&[of_descriptor(1, 1, fd), clock(2, 1, 3_600_000_000_000, 0)])
        );
        say!(
            "{kind}: {}",
            wait(&[clock(2, 1, 3_600_000_000_000, 0), of_descriptor(1, 1, fd)])
        );
    });
}

fn write_kinds() {
    kinds::each(|kind, fd| {
        say!("{kind}: {}", wait(&[of_descriptor(1, 2, fd)]));
        say!(
            "{kind}: {}",
            wait(&[of_descriptor(1, 2, fd), clock(2, 1, 3_600_000_000_000, 0)])
        );
    });
}

fn many() {
    let file = open("data.txt", 0, READ | WRITE, 0);
    let list: Vec<[u8; 48]> = (0..300)
        .map(|number| match number % 4 {
            0 | 1 => of_descriptor(number, 2, file),
            2 => of_descriptor(number, 2, 1),
            _ => clock(number, 1, 3_600_000_000_000, 0),
        })
        .collect();
    say!("{}", wait(&list));
}

fn unknown() {
    for ty in [3, 4, 128, 255] {
        say!("{ty}: {}", wait(&[of_descriptor(1, ty, 1)]));
    }
    say!(
        "{}",
        wait(&[of_descriptor(1, 2, 1), of_descriptor(2, 3, 1)])
    );
    say!(
        "{}",
        wait(&[of_descriptor(1, 2, 1), of_descriptor(2, 1, 77)])
    );
    say!(
        "{}",
        wait(&[of_descriptor(1, 1, 1), of_descriptor(2, 2, 0)])
    );
}

fn files() {
    let fd = open("data.txt", 0, READ | WRITE, APPEND);
    for position in [0, 5, 10, 11, 1 << 40, i64::MAX] {
        seek(fd, position, 0);
        say!("{position}: {}", wait(&[of_descriptor(1, 1, fd)]));
        say!("{position}: {}", wait(&[of_descriptor(2, 2, fd)]));
    }
    let fd = open("empty", 0, READ, 0);
    say!("{}", wait(&[of_descriptor(1, 1, fd)]));
    say!("{}", wait(&[of_descriptor(2, 2, fd)]));
}

fn stdin() {
    say!("{}", wait(&[of_descriptor(1, 1, 0)]));
    say!("{}", outcome(read(0, &[5])));
    say!("{}", wait(&[of_descriptor(1, 1, 0)]));
    while read(0, &[1000]).1 > 0 {}
    say!("{}", wait(&[of_descriptor(1, 1, 0)]));
}
