//! `fd_fdstat_set_rights`, which Wasmtime has no more.

use super::Case;
use crate::call::{
    READ, ROOT, WRITE, counted, entries, fd_stat, file, open, open_at, outcome, read, seek, stat,
    stat_at, write,
};
use crate::{kinds, say, wasi};

pub const CASES: &[Case] = &[
    ("fd_fdstat_set_rights::kinds", of_kinds),
    ("fd_fdstat_set_rights::narrowed_file", narrowed_file),
    (
        "fd_fdstat_set_rights::narrowed_directory",
        narrowed_directory,
    ),
];

const SEEK: u64 = 1 << 2;
const TELL: u64 = 1 << 5;
const STAT: u64 = 1 << 21;
const OPEN: u64 = 1 << 13;
const READ_DIRECTORY: u64 = 1 << 14;

fn of_kinds() {
    kinds::each(|kind, fd| {
        for rights in [u64::MAX >> 34, READ | WRITE, READ, 0] {
            say!(
                "{kind} {rights:x}: {} {}",
                wasi::fd_fdstat_set_rights(fd, rights, 0),
                fd_stat(fd)
            );
        }
    });
}

fn narrowed_file() {
    let fd = kinds::both("file", b"0123456789");
    say!(
        "{} {}",
        wasi::fd_fdstat_set_rights(fd, READ | SEEK, 0),
        fd_stat(fd)
    );
    say!(
        "{} {}",
        outcome(read(fd, &[3])),
        counted(write(fd, &[b"x"]))
    );
    say!("{} {} {}", seek(fd, 0, 1), crate::call::tell(fd), stat(fd));
    say!(
        "{} {}",
        wasi::fd_sync(fd),
        wasi::fd_filestat_set_size(fd, 0)
    );
    say!(
        "back: {}",
        wasi::fd_fdstat_set_rights(fd, READ | SEEK | TELL, 0)
    );
    say!(
        "{} {}",
        wasi::fd_fdstat_set_rights(fd, 0, 0),
        outcome(read(fd, &[3]))
    );
}

fn narrowed_directory() {
    file("dir/file", b"contents");
    let fd = open("dir", 2, READ, 0);
    say!(
        "{} {}",
        wasi::fd_fdstat_set_rights(fd, OPEN | READ_DIRECTORY, READ | STAT),
        fd_stat(fd)
    );
    say!("{:?} {}", entries(fd, 4096, 0), stat_at(fd, 0, b"file"));
    say!("{}", wasi::path_unlink_file(fd, b"file".as_ptr() as u32, 4));
    say!("{:?}", open_at(fd, b"file", 0, 0, WRITE, 0));
    let below = open_at(fd, b"file", 0, 0, READ, 0).unwrap_or(u32::MAX);
    say!(
        "{} {} {}",
        fd_stat(below),
        outcome(read(below, &[20])),
        stat(below)
    );
    say!("{}", seek(below, 0, 0));
    say!(
        "{} {}",
        wasi::fd_fdstat_set_rights(ROOT, 0, 0),
        stat_at(ROOT, 0, b"data.txt")
    );
}
