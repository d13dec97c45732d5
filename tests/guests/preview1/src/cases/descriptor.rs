//! Calls on a descriptor that do not move bytes.

use super::Case;
use crate::call::{
    APPEND, CREATE, Out, READ, ROOT, WRITE, contents, counted, fd_stat, open, outcome, read, seek,
    stat, tell, write,
};
use crate::{kinds, say, wasi};

pub const CASES: &[Case] = &[
    ("fd_advise::kinds", advise),
    ("fd_allocate::kinds", allocate),
    ("fd_close::kinds", close),
    ("fd_close::numbers", numbers),
    ("fd_close::standard_streams", close_streams),
    ("fd_datasync::kinds", datasync),
    ("fd_sync::kinds", sync),
    ("fd_fdstat_get::kinds", fdstat),
    ("fd_fdstat_get::flags", fdstat_flags),
    ("fd_fdstat_set_flags::kinds", set_flags),
    ("fd_fdstat_set_flags::append", set_append),
    ("fd_filestat_set_size::kinds", set_size),
    ("fd_filestat_set_size::contents", set_size_contents),
    ("fd_prestat_get::kinds", prestat),
    ("fd_prestat_dir_name::kinds", preopen_name),
    ("fd_renumber::kinds", renumber),
    ("fd_renumber::files", renumber_files),
    ("fd_renumber::stdin", renumber_stdin),
    ("fd_renumber::preopen", renumber_preopen),
];

const LARGEST: u64 = i64::MAX as u64;

fn advise() {
    kinds::each(|kind, fd| {
        for advice in 0..6 {
            say!(
                "{kind} advice {advice}: {}",
                wasi::fd_advise(fd, 0, 10, advice)
            );
        }
        for (offset, length) in [
            (0, 0),
            (100, 1),
            (LARGEST, 1),
            (1 << 63, 1),
            (u64::MAX, 1),
            (0, u64::MAX),
        ] {
            say!(
                "{kind} {offset} {length}: {}",
                wasi::fd_advise(fd, offset, length, 0)
            );
        }
    });
}

fn allocate() {
    kinds::each(|kind, fd| {
        for (offset, length) in [(0, 0), (0, 5), (0, 20), (u64::MAX, 1)] {
            say!(
                "{kind} {offset} {length}: {}",
                wasi::fd_allocate(fd, offset, length)
            );
        }
    });
}

fn close() {
    kinds::each_but_output(|kind, fd| {
        say!("{kind}: {} then {}", wasi::fd_close(fd), wasi::fd_close(fd));
        say!("{kind}: {} {} {}", fd_stat(fd), stat(fd), tell(fd));
        say!(
            "{kind}: {} {}",
            outcome(read(fd, &[4])),
            counted(write(fd, &[b"x"]))
        );
    });
}

/// Which numbers new descriptors get.
fn numbers() {
    let open = || open("data.txt", 0, READ, 0);
    let all: Vec<u32> = (0..6).map(|_| open()).collect();
    say!("{all:?}");
    for fd in [all[1], all[4], all[2]] {
        say!("close {fd}: {}", wasi::fd_close(fd));
    }
    let again: Vec<u32> = (0..4).map(|_| open()).collect();
    say!("{again:?}");
    say!("close the last: {}", wasi::fd_close(again[3]));
    say!("close the last: {}", wasi::fd_close(all[5]));
    say!("{} {} {}", open(), open(), open());
    say!("close stdin: {}", wasi::fd_close(0));
    say!("{} {}", open(), open());
}

fn close_streams() {
    say!("{} {}", wasi::fd_close(0), wasi::fd_close(2));
    say!(
        "{} {}",
        outcome(read(0, &[4])),
        counted(write(2, &[b"lost"]))
    );
    let file = open("data.txt", 0, READ, 0);
    say!("{file}: {}", outcome(read(file, &[4])));
    let file = open("data.txt", 0, READ, 0);
    say!("{file}: {}", outcome(read(file, &[4])));
}

fn datasync() {
    kinds::each(|kind, fd| say!("{kind}: {}", wasi::fd_datasync(fd)));
}

fn sync() {
    kinds::each(|kind, fd| say!("{kind}: {}", wasi::fd_sync(fd)));
}

fn fdstat() {
    kinds::each(|kind, fd| say!("{kind}: {}", fd_stat(fd)));
}

fn fdstat_flags() {
    for rights in [READ, WRITE, READ | WRITE] {
        for flags in 0..8 {
            // `dsync` and `sync` depend on the host.
            let flags = (flags & 1) | (flags & 2) << 1;
            let fd = open("data.txt", 0, rights, flags);
            say!("rights {rights:x} flags {flags}: {}", fd_stat(fd));
            wasi::fd_close(fd);
        }
    }
}

fn set_flags() {
    kinds::each(|kind, fd| {
        for flags in [0, 1, 2, 4, 5, 8, 16, 31, 0] {
            say!(
                "{kind} {flags}: {} {}",
                wasi::fd_fdstat_set_flags(fd, flags),
                fd_stat(fd)
            );
        }
    });
}

fn set_append() {
    let fd = kinds::both("file", b"0123456789");
    say!("{} at {}", counted(write(fd, &[b"ab"])), tell(fd));
    say!("append: {}", wasi::fd_fdstat_set_flags(fd, APPEND));
    say!("{} at {}", counted(write(fd, &[b"cd"])), tell(fd));
    say!("{} at {}", seek(fd, 4, 0), tell(fd));
    say!("{} at {}", outcome(read(fd, &[2])), tell(fd));
    say!("{} at {}", counted(write(fd, &[b"ef"])), tell(fd));
    say!("not: {}", wasi::fd_fdstat_set_flags(fd, 0));
    say!("{} at {}", seek(fd, 4, 0), tell(fd));
    say!("{} at {}", counted(write(fd, &[b"gh"])), tell(fd));
    say!("{}", contents("file"));
    let fd = open("file", 0, READ | WRITE, APPEND);
    say!("not: {}", wasi::fd_fdstat_set_flags(fd, 4));
    say!("{} at {}", counted(write(fd, &[b"ij"])), tell(fd));
    say!("{}", contents("file"));
}

fn set_size() {
    kinds::each(|kind, fd| {
        for size in [5, 20, 1 << 63, u64::MAX, 0] {
            say!(
                "{kind} {size}: {} {}",
                wasi::fd_filestat_set_size(fd, size),
                stat(fd)
            );
        }
    });
}

fn set_size_contents() {
    let fd = kinds::both("file", b"0123456789");
    say!("{} at {}", seek(fd, 8, 0), tell(fd));
    say!("{} at {}", wasi::fd_filestat_set_size(fd, 4), tell(fd));
    say!("{} at {}", outcome(read(fd, &[4])), tell(fd));
    say!("{} at {}", counted(write(fd, &[b"x"])), tell(fd));
    say!("{}", contents("file"));
    say!(
        "{} {}",
        wasi::fd_filestat_set_size(fd, 12),
        contents("file")
    );
}

fn prestat() {
    kinds::each(|kind, fd| {
        let mut out = Out::<8>::new();
        let errno = wasi::fd_prestat_get(fd, out.at());
        match errno {
            0 => say!("{kind}: type {} length {}", out.0[0], out.u32(4)),
            errno => say!("{kind}: errno {errno}"),
        }
    });
    say!(
        "next: {}",
        wasi::fd_prestat_get(ROOT + 1, Out::<8>::new().at())
    );
}

fn preopen_name() {
    kinds::each(|kind, fd| {
        for length in [0, 1, 2, 100] {
            let mut name = Out([b'_'; 4]);
            let errno = wasi::fd_prestat_dir_name(fd, name.at(), length);
            say!("{kind} {length}: {errno} {}", name.0.escape_ascii());
        }
    });
}

fn renumber() {
    kinds::each(|kind, fd| {
        let other = kinds::both("other", b"other");
        say!("{kind} to 99: {}", wasi::fd_renumber(fd, 99));
        say!("99 to {kind}: {}", wasi::fd_renumber(99, fd));
        say!("{kind} to itself: {}", wasi::fd_renumber(fd, fd));
        say!("{kind} to the largest: {}", wasi::fd_renumber(fd, u32::MAX));
        if !matches!(kind, "stdout" | "preopen" | "stdin" | "stderr") {
            say!("{kind} to other: {}", wasi::fd_renumber(fd, other));
            say!("{kind}: {} {}", fd_stat(fd), fd_stat(other));
            say!("{kind}: {}", outcome(read(other, &[20])));
        }
        wasi::fd_close(other);
    });
}

fn renumber_files() {
    let a = kinds::both("a", b"aaaa");
    let b = kinds::both("b", b"bbbb");
    let c = kinds::both("c", b"cccc");
    say!(
        "{a} {b} {c}: {} {}",
        outcome(read(a, &[2])),
        outcome(read(b, &[1]))
    );
    say!("{}", wasi::fd_renumber(a, c));
    say!(
        "{} {} {}",
        outcome(read(a, &[4])),
        outcome(read(b, &[4])),
        outcome(read(c, &[4]))
    );
    let (d, e) = (open("d", CREATE, WRITE, 0), open("e", CREATE, WRITE, 0));
    say!(
        "{d} {e} {} {}",
        counted(write(d, &[b"d"])),
        counted(write(e, &[b"e"]))
    );
}

fn renumber_stdin() {
    let file = kinds::both("file", b"from the file");
    say!("{}", outcome(read(0, &[5])));
    say!("{} {}", wasi::fd_renumber(file, 0), fd_stat(0));
    say!("{} {}", outcome(read(0, &[20])), outcome(read(file, &[20])));
    let file = kinds::both("file", b"again");
    say!("{}", wasi::fd_renumber(0, file));
    say!("{} {}", outcome(read(0, &[20])), outcome(read(file, &[20])));
    say!(
        "{} {}",
        wasi::fd_renumber(file, 2),
        counted(write(2, &[b"to the file"]))
    );
    say!("{}", contents("file"));
}

fn renumber_preopen() {
    let directory = kinds::directory("directory");
    say!("{}", wasi::fd_renumber(ROOT, directory));
    say!("{} {}", fd_stat(ROOT), fd_stat(directory));
    let mut out = Out::<8>::new();
    say!(
        "{} {}",
        wasi::fd_prestat_get(ROOT, out.at()),
        wasi::fd_prestat_get(directory, out.at())
    );
}
