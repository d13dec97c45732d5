//! `fd_read` and `fd_pread`.

use super::Case;
use crate::call::{
    Out, READ, at, contents, counted, open, outcome, read, read_at, seek, stat, tell, write,
};
use crate::{kinds, say, wasi};

pub const CASES: &[Case] = &[
    ("fd_read::kinds", of_kinds),
    ("fd_read::nothing_on_stdin", nothing_on_stdin),
    ("fd_read::vectors", vectors),
    ("fd_read::to_the_end", to_the_end),
    ("fd_read::far_positions", far),
    ("fd_read::large", large),
    ("fd_read::stdin", stdin),
    ("fd_read::own_output", own_output),
    ("fd_read::overlapping", overlapping),
    ("fd_pread::kinds", at_kinds),
    ("fd_pread::nothing", at_nothing),
    ("fd_pread::offsets", offsets),
    ("fd_pread::large", at_large),
    ("fd_pread::position", position),
];

/// Lengths of the vectors of a call; each has one that is not empty.
const LENGTHS: &[&[usize]] = &[
    &[4],
    &[0, 4],
    &[0, 0, 2, 4],
    &[4, 4],
    &[100],
    &[1; 20],
    &[0; 2000],
];

fn of_kinds() {
    kinds::each(|kind, fd| {
        for lengths in &LENGTHS[..LENGTHS.len() - 1] {
            say!(
                "{kind} {lengths:?}: {} at {}",
                outcome(read(fd, lengths)),
                tell(fd)
            );
        }
        if kind != "stdin" {
            for lengths in [&[][..], &[0], &[0, 0]] {
                say!(
                    "{kind} {lengths:?}: {} at {}",
                    outcome(read(fd, lengths)),
                    tell(fd)
                );
            }
        }
    });
}

/// Wasmtime takes a read of no bytes for one that was interrupted.
fn nothing_on_stdin() {
    for lengths in [&[][..], &[0], &[0, 0]] {
        say!("{lengths:?}: {}", outcome(read(0, lengths)));
    }
    say!("{}", outcome(read(0, &[5])));
}

fn vectors() {
    for lengths in LENGTHS {
        let fd = open("data.txt", 0, READ, 0);
        say!(
            "{}: {} at {}",
            lengths.len(),
            outcome(read(fd, lengths)),
            tell(fd)
        );
        say!(
            "{}: {} at {}",
            lengths.len(),
            outcome(read(fd, lengths)),
            tell(fd)
        );
        wasi::fd_close(fd);
    }
    let many: Vec<usize> = [vec![0; 5000], vec![3]].concat();
    let fd = open("data.txt", 0, READ, 0);
    say!("{} at {}", outcome(read(fd, &many)), tell(fd));
}

fn to_the_end() {
    let fd = open("data.txt", 0, READ, 0);
    for _ in 0..5 {
        say!("{} at {}", outcome(read(fd, &[3])), tell(fd));
    }
    say!("{} {}", seek(fd, 100, 0), outcome(read(fd, &[3])));
    let fd = open("empty", 0, READ, 0);
    say!("{} at {}", outcome(read(fd, &[3])), tell(fd));
}

fn far() {
    let fd = open("data.txt", 0, READ, 0);
    for offset in [1 << 31, 1 << 32, 1 << 40, 1 << 62, i64::MAX - 1, i64::MAX] {
        say!(
            "{} {} at {}",
            seek(fd, offset, 0),
            outcome(read(fd, &[3])),
            tell(fd)
        );
        say!("{} at {}", outcome(read(fd, &[0])), tell(fd));
    }
    say!(
        "{} {} at {}",
        seek(fd, i64::MAX, 1),
        outcome(read(fd, &[3])),
        tell(fd)
    );
    say!(
        "{} {} at {}",
        seek(fd, 1, 1),
        outcome(read(fd, &[3])),
        tell(fd)
    );
    say!(
        "{} {} at {}",
        seek(fd, 1, 1),
        outcome(read(fd, &[3])),
        tell(fd)
    );
}

fn large() {
    let fd = open("big.bin", 0, READ, 0);
    for length in [
        1, 7, 8, 9, 63, 64, 65, 4095, 4096, 4097, 65_536, 100_000, 3_000_000,
    ] {
        seek(fd, 5, 0);
        say!("{length}: {} at {}", outcome(read(fd, &[length])), tell(fd));
    }
}

fn stdin() {
    for length in [1, 5, 10, 7, 1000, 10, 10] {
        say!("{length}: {}", outcome(read(0, &[length])));
    }
    say!("{} {}", seek(0, 0, 0), tell(0));
}

fn own_output() {
    let fd = kinds::both("file", b"");
    say!(
        "{} {}",
        counted(write(fd, &[b"written"])),
        outcome(read(fd, &[10]))
    );
    say!("{} {}", seek(fd, 2, 0), outcome(read(fd, &[3])));
    say!(
        "{} {}",
        counted(write(fd, &[b"XX"])),
        outcome(read(fd, &[10]))
    );
    say!("{} {}", contents("file"), stat(fd));
}

/// The vectors, what is read and the count lie on one another.
fn overlapping() {
    let fd = open("data.txt", 0, READ, 0);
    let mut room = Out([0u8; 64]);
    let base = room.at();
    let vector = |at: u32, length: u32| [at.to_le_bytes(), length.to_le_bytes()].concat();
    room.0[..8].copy_from_slice(&vector(base, 6));
    let base = room.at();
    let errno = wasi::fd_read(fd, base, 1, base + 32);
    say!("{errno} {} {}", room.u32(32), room.0[..6].escape_ascii());
    let base = room.at();
    room.0[..16].copy_from_slice(&[vector(base + 16, 4), vector(base + 16, 4)].concat());
    let base = room.at();
    let errno = wasi::fd_read(fd, base, 2, base + 16);
    say!("{errno} {} {}", room.u32(16), room.0[20..24].escape_ascii());
}

fn at_kinds() {
    kinds::each(|kind, fd| {
        for lengths in &LENGTHS[..LENGTHS.len() - 1] {
            say!(
                "{kind} {lengths:?}: {} at {}",
                outcome(read_at(fd, lengths, 2)),
                tell(fd)
            );
        }
    });
}

/// Wasmtime takes a read of no bytes for one that was interrupted.
fn at_nothing() {
    kinds::each(|kind, fd| {
        for lengths in [&[][..], &[0], &[0, 0]] {
            say!("{kind} {lengths:?}: {}", outcome(read_at(fd, lengths, 0)));
        }
    });
}

fn offsets() {
    let fd = open("data.txt", 0, READ, 0);
    for offset in [
        0,
        1,
        8,
        9,
        10,
        11,
        1 << 32,
        1 << 62,
        i64::MAX as u64,
        1 << 63,
        u64::MAX - 2,
        u64::MAX,
    ] {
        say!(
            "{offset}: {} at {}",
            outcome(read_at(fd, &[4], offset)),
            tell(fd)
        );
    }
}

/// Wasmtime cuts what it reads at a position to 64 KiB.
fn at_large() {
    let fd = open("big.bin", 0, READ, 0);
    for length in [65_535, 65_536, 65_537, 100_000, 3_000_000] {
        say!("{length}: {}", outcome(read_at(fd, &[length], 3)));
    }
}

fn position() {
    let fd = open("data.txt", 0, READ, 0);
    say!(
        "{} {}",
        outcome(read(fd, &[2])),
        outcome(read_at(fd, &[3], 7))
    );
    say!("{} {}", outcome(read(fd, &[2])), tell(fd));
    let mut out = Out::<4>::new();
    say!(
        "{}",
        wasi::fd_pread(fd, at(&[]), 0, 0, out.at()) == 0 || out.u32(0) == 0xeeee_eeee
    );
}
