//! Programs that the standard adapter runs otherwise than a core runtime.

use super::Case;
use crate::call::{
    APPEND, FOLLOW, READ, ROOT, WRITE, contents, counted, fd_stat, open, open_at, outcome, read,
    seek, stat_at, tell, write, write_at,
};
use crate::{kinds, say, wasi};

pub const CASES: &[Case] = &[
    ("issue::mixed_reads_and_writes", mixed),
    ("issue::path_not_utf8", not_utf8),
    ("issue::large_pwrite_on_append", pwrite),
    ("issue::seek_on_closed", seek_closed),
    ("issue::write_of_nothing_on_read_only", write_nothing),
    ("issue::read_of_nothing_on_write_only", read_nothing),
    ("issue::write_of_no_vectors_on_invalid", write_no_vectors),
    ("issue::exit_code", || {
        say!("exits with 3");
        wasi::proc_exit(3);
    }),
];

fn mixed() {
    let fd = kinds::both("file", b"abcdefghij");
    say!("{} at {}", counted(write(fd, &[b"12"])), tell(fd));
    say!("{} at {}", outcome(read(fd, &[2])), tell(fd));
    say!("{} at {}", counted(write(fd, &[b"34"])), tell(fd));
    say!("{}", contents("file"));
}

fn not_utf8() {
    say!("{}", stat_at(ROOT, FOLLOW, b"\xff"));
    say!("{:?}", open_at(ROOT, b"a\xffb", 0, 0, READ, 0));
}

fn pwrite() {
    kinds::both("file", b"abcdefghij");
    let fd = open("file", 0, WRITE, APPEND);
    say!("{}", counted(write_at(fd, &[&[b'x'; 5000]], 2)));
    say!("{}", contents("file"));
}

fn seek_closed() {
    let fd = open("data.txt", 0, READ, 0);
    say!("{} {}", wasi::fd_close(fd), seek(fd, 0, 0));
    say!("{} {} {}", tell(fd), fd_stat(fd), seek(99, 0, 1));
}

fn write_nothing() {
    let fd = open("data.txt", 0, READ, 0);
    say!("{} {}", counted(write(fd, &[b""])), counted(write(fd, &[])));
}

fn read_nothing() {
    kinds::both("file", b"");
    let fd = open("file", 0, WRITE, 0);
    say!("{} {}", outcome(read(fd, &[0])), outcome(read(fd, &[])));
}

fn write_no_vectors() {
    say!(
        "{} {}",
        counted(write(77, &[])),
        counted(write(u32::MAX, &[]))
    );
}
