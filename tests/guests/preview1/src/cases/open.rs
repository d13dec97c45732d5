//! `path_open`.

use super::Case;
use super::path::PATHS;
use crate::call::{
    APPEND, CREATE, DIRECTORY, EXCLUSIVE, FOLLOW, Out, READ, ROOT, TRUNCATE, WRITE, at, contents,
    counted, fd_stat, file, open_at, outcome, read, stat, write,
};
use crate::{kinds, say, wasi};

pub const CASES: &[Case] = &[
    ("path_open::paths", paths),
    ("path_open::kinds", of_kinds),
    ("path_open::flags", flags),
    ("path_open::rights", rights),
    ("path_open::order_of_errors", order),
    ("path_open::create", create),
    ("path_open::many", many),
    ("path_open::unlinked", unlinked),
];

fn opened(result: Result<u32, u32>) -> String {
    match result {
        Ok(fd) => {
            let text = format!("{} {}", fd_stat(fd), stat(fd));
            wasi::fd_close(fd);
            text
        }
        Err(errno) => format!("errno {errno}"),
    }
}

fn paths() {
    for (name, path) in PATHS() {
        for follow in [0, FOLLOW] {
            for how in [0, DIRECTORY] {
                let found = open_at(ROOT, &path, follow, how, READ, 0);
                say!("{name} {follow} {how}: {}", opened(found));
            }
        }
    }
}

fn of_kinds() {
    kinds::each(|kind, fd| {
        for path in ["data.txt", ".", "..", "", "/", "new"] {
            say!(
                "{kind} {path}: {}",
                opened(open_at(fd, path.as_bytes(), 0, 0, READ, 0))
            );
        }
    });
}

fn flags() {
    for path in [
        "data.txt", "dir", "link", "dirlink", "dangling", "loop", "new",
    ] {
        for follow in [0, FOLLOW] {
            for how in 0..16 {
                for rights in [READ, WRITE, READ | WRITE] {
                    let result = open_at(ROOT, path.as_bytes(), follow, how, rights, 0);
                    say!("{path} {follow} {how} {rights}: {}", opened(result));
                }
            }
        }
    }
}

fn rights() {
    for path in ["data.txt", "dir"] {
        for right in 0..30 {
            let fd = open_at(ROOT, path.as_bytes(), 0, 0, 1 << right, 0);
            say!("{path} {right}: {}", opened(fd));
        }
        for right in [0, READ | WRITE, (1 << 30) - 1] {
            say!(
                "{path} {right:x}: {}",
                opened(open_at(ROOT, path.as_bytes(), 0, 0, right, 0))
            );
        }
    }
}

fn order() {
    let mut out = Out::<4>::new();
    for fd in [77, 0, ROOT] {
        for path in [&b"\xff"[..], b"", b"missing"] {
            let (pointer, length) = (at(path), path.len() as u32);
            let errno = wasi::path_open(fd, 0, pointer, length, 0, READ, 0, 0, out.at());
            say!("{fd} {}: {errno}", path.escape_ascii());
        }
    }
}

fn create() {
    for (how, rights) in [
        (CREATE, READ),
        (CREATE, WRITE),
        (CREATE | EXCLUSIVE, WRITE),
        (CREATE | TRUNCATE, WRITE),
        (CREATE | TRUNCATE, READ),
        (TRUNCATE, READ),
        (CREATE | DIRECTORY, WRITE),
    ] {
        file("old", b"contents");
        say!(
            "{how} {rights}: {} {}",
            opened(open_at(ROOT, b"old", 0, how, rights, 0)),
            contents("old")
        );
        say!(
            "{how} {rights}: {}",
            opened(open_at(ROOT, b"new", 0, how, rights, 0))
        );
        say!(
            "{how} {rights}: {}",
            wasi::path_unlink_file(ROOT, c"new".as_ptr() as u32, 3)
        );
    }
    for fd_flags in [0, APPEND, 4, 5] {
        file("old", b"contents");
        let fd = open_at(ROOT, b"old", 0, 0, WRITE, fd_flags).unwrap_or(u32::MAX);
        say!(
            "{fd_flags}: {} {}",
            counted(write(fd, &[b"XY"])),
            contents("old")
        );
    }
}

fn many() {
    let all: Vec<u32> = (0..200)
        .map(|_| open_at(ROOT, b"data.txt", 0, 0, READ, 0).unwrap_or(u32::MAX))
        .collect();
    say!("{all:?}");
    let last = all.last().copied().unwrap_or_default();
    say!(
        "{} {}",
        outcome(read(all[0], &[3])),
        outcome(read(last, &[6]))
    );
    say!(
        "{}",
        all.into_iter().map(|fd| wasi::fd_close(fd)).sum::<u32>()
    );
}

/// A file without a name stays as long as it is open.
fn unlinked() {
    let fd = kinds::both("file", b"contents");
    say!(
        "{}",
        wasi::path_unlink_file(ROOT, c"file".as_ptr() as u32, 4)
    );
    say!("{} {}", stat(fd), outcome(read(fd, &[20])));
    say!("{} {}", counted(write(fd, &[b" more"])), stat(fd));
    let fd = kinds::both("file", b"other");
    say!("{}", outcome(read(fd, &[20])));
}
