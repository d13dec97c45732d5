//! `fd_filestat_get` and `fd_filestat_set_times`.

use super::Case;
use crate::call::{Out, ROOT, at, counted, stat, write};
use crate::{kinds, say, wasi};

pub const CASES: &[Case] = &[
    ("fd_filestat_get::kinds", of_kinds),
    ("fd_filestat_get::identity", identity),
    ("fd_filestat_set_times::kinds", set_kinds),
    ("fd_filestat_set_times::flags", set_flags),
    ("fd_filestat_set_times::values", set_values),
];

fn of_kinds() {
    kinds::each(|kind, fd| {
        say!("{kind}: {}", stat(fd));
        say!(
            "{kind}: {} {}",
            counted(write(fd, &[b"longer than before\n"])),
            stat(fd)
        );
    });
}

/// The device and the number of a file.
fn number(path: &str) -> (u64, u64) {
    let mut out = Out([0; 64]);
    wasi::path_filestat_get(ROOT, 0, at(path.as_bytes()), path.len() as u32, out.at());
    (out.u64(0), out.u64(8))
}

fn identity() {
    let fd = kinds::both("file", b"");
    let mut out = Out([0; 64]);
    wasi::fd_filestat_get(fd, out.at());
    let own = (out.u64(0), out.u64(8));
    say!("{} {}", own == number("file"), own == number("data.txt"));
    wasi::path_link(ROOT, 0, at(b"file"), 4, ROOT, at(b"second"), 6);
    wasi::path_rename(ROOT, at(b"file"), 4, ROOT, at(b"third"), 5);
    say!("{} {}", own == number("second"), own == number("third"));
    say!(
        "{} {}",
        number("link") == number("data.txt"),
        number("dir/") == number("dir")
    );
    say!("{}", own.0);
}

/// Times that were set, in nanoseconds.
fn times(fd: u32) -> String {
    let mut out = Out([0; 64]);
    match wasi::fd_filestat_get(fd, out.at()) {
        0 => format!("{} {}", out.u64(40), out.u64(48)),
        errno => format!("errno {errno}"),
    }
}

fn set_kinds() {
    kinds::each(|kind, fd| {
        let errno = wasi::fd_filestat_set_times(fd, 1_000_000_000, 2_000_000_000, 5);
        say!(
            "{kind}: {errno} {}",
            if errno == 0 { times(fd) } else { String::new() }
        );
    });
}

fn set_flags() {
    let fd = kinds::both("file", b"");
    for flags in 0..16 {
        say!("{}", wasi::fd_filestat_set_times(fd, 111, 222, 5));
        let errno = wasi::fd_filestat_set_times(fd, 333, 444, flags);
        let now = flags & 10 != 0 && errno == 0;
        say!(
            "{flags}: {errno} {}",
            if now { String::new() } else { times(fd) }
        );
    }
    let before = times(fd);
    say!(
        "{} {}",
        wasi::fd_filestat_set_times(fd, 0, 0, 8),
        times(fd) == before
    );
}

fn set_values() {
    let fd = kinds::both("file", b"");
    for time in [
        0,
        1,
        999_999_999,
        1_000_000_000,
        1_234_567_890_123_456_789,
        (1 << 32) * 1_000_000_000 - 1,
    ] {
        say!(
            "{time}: {} {}",
            wasi::fd_filestat_set_times(fd, time, time / 3, 5),
            times(fd)
        );
    }
}
