//! Numbers and bits without a meaning, for which Wasmtime ends the program. Each call is a case of its own there, so these
//! are compared with what is written down.

use super::Case;
use crate::call::{Out, READ, ROOT, at, open, seek};
use crate::{say, wasi};

pub const CASES: &[Case] = &[
    ("invalid::bits", bits),
    ("invalid::numbers", numbers),
    ("invalid::before_the_descriptor", before_the_descriptor),
];

fn bits() {
    let path = b"data.txt";
    let open_with = |flags, how, base, inheriting, fd_flags| {
        let (pointer, length, mut out) = (at(path), path.len() as u32, Out::<4>::new());
        wasi::path_open(
            ROOT,
            flags,
            pointer,
            length,
            how,
            base,
            inheriting,
            fd_flags,
            out.at(),
        )
    };
    let fd = open("data.txt", 0, READ, 0);
    let mut out = Out::<64>::new();
    for bit in 0..32 {
        let one = 1 << bit;
        let results = [
            (1, open_with(one, 0, READ, 0, 0)),
            (4, open_with(0, one, READ, 0, 0)),
            (5, open_with(0, 0, READ, 0, one)),
            (5, wasi::fd_fdstat_set_flags(fd, one)),
            (4, wasi::fd_filestat_set_times(fd, 0, 0, one)),
            (1, wasi::path_filestat_get(ROOT, one, at(path), 8, out.at())),
            (
                1,
                wasi::path_filestat_set_times(ROOT, one, at(path), 8, 0, 0, 0),
            ),
            (
                4,
                wasi::path_filestat_set_times(ROOT, 0, at(path), 8, 0, 0, one),
            ),
            (
                1,
                wasi::path_link(ROOT, one, at(path), 8, ROOT, at(path), 8),
            ),
            (5, wasi::sock_accept(fd, one, out.at())),
            (2, wasi::sock_recv(fd, 0, 0, one, out.at(), out.at())),
            (2, wasi::sock_shutdown(fd, one)),
        ];
        let unknown: Vec<u32> = results
            .iter()
            .filter(|(known, _)| bit >= *known)
            .map(|(_, errno)| *errno)
            .collect();
        say!("{bit}: {unknown:?}");
    }
    for bit in 30..64 {
        let rights = [
            open_with(0, 0, READ | 1 << bit, 0, 0),
            open_with(0, 0, READ, 1 << bit, 0),
            wasi::fd_fdstat_set_rights(fd, 1 << bit, 0),
            wasi::fd_fdstat_set_rights(fd, 0, 1 << bit),
        ];
        say!("{bit}: {rights:?}");
    }
}

fn numbers() {
    let fd = open("data.txt", 0, READ, 0);
    let mut out = Out::<8>::new();
    for number in [6, 7, 31, 255, 256, 1 << 16, 1 << 31, u32::MAX] {
        say!("advice {number}: {}", wasi::fd_advise(fd, 0, 0, number));
        say!("whence {number}: {}", seek(fd, 0, number));
        say!(
            "clock {number}: {} {}",
            wasi::clock_res_get(number, out.at()),
            wasi::clock_time_get(number, 0, out.at())
        );
        if number > 30 {
            say!("signal {number}: {}", wasi::proc_raise(number));
        }
    }
    say!("whence 3: {} {}", seek(fd, 0, 3), seek(fd, 5, 3));
    say!(
        "clock 4: {} {}",
        wasi::clock_res_get(4, out.at()),
        wasi::clock_time_get(4, 0, out.at())
    );
}

/// A number without a meaning is found before a descriptor that is not open.
fn before_the_descriptor() {
    let mut out = Out::<8>::new();
    for fd in [77, u32::MAX] {
        let results = [
            wasi::fd_advise(fd, 0, 0, 6),
            wasi::fd_fdstat_set_flags(fd, 32),
            wasi::fd_fdstat_set_rights(fd, 1 << 40, 0),
            wasi::fd_filestat_set_times(fd, 0, 0, 16),
            wasi::fd_seek(fd, 0, 3, out.at()),
            wasi::path_filestat_get(fd, 2, 0, 0, out.at()),
            wasi::path_open(fd, 2, 0, 0, 0, 0, 0, 0, out.at()),
            wasi::path_open(fd, 0, 0, 0, 16, 0, 0, 0, out.at()),
            wasi::path_open(fd, 0, 0, 0, 0, 1 << 40, 0, 0, out.at()),
            wasi::path_open(fd, 0, 0, 0, 0, 0, 1 << 40, 0, out.at()),
            wasi::path_open(fd, 0, 0, 0, 0, 0, 0, 32, out.at()),
            wasi::sock_accept(fd, 32, out.at()),
            wasi::sock_shutdown(fd, 4),
        ];
        say!("{results:?}");
    }
}
