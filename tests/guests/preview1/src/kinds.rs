//! A descriptor of each kind.

use crate::call::{APPEND, CREATE, DIRECTORY, READ, ROOT, WRITE, file, open, open_at};
use crate::wasi;

/// What the files of the descriptors contain.
pub const CONTENTS: &[u8] = b"abcdefghij";

/// Calls `f` with a new descriptor of each kind.
pub fn each(f: impl FnMut(&str, u32)) {
    some(|_| true, f);
}

/// Calls `f` with a new descriptor of each kind that may be used up.
pub fn each_but_output(f: impl FnMut(&str, u32)) {
    some(|kind| kind != "stdout", f);
}

fn some(take: impl Fn(&str) -> bool, mut f: impl FnMut(&str, u32)) {
    const FILES: [(&str, u64, u32); 7] = [
        ("read-only", READ, 0),
        ("write-only", WRITE, 0),
        ("read-write", READ | WRITE, 0),
        ("append", READ | WRITE, APPEND),
        ("append-only", WRITE, APPEND),
        ("no-rights", 0, 0),
        ("all-rights", (1 << 30) - 1, 0),
    ];
    for (kind, rights, flags) in FILES {
        file(kind, CONTENTS);
        f(kind, open(kind, 0, rights, flags));
    }
    f("directory", directory("directory"));
    file("closed", CONTENTS);
    let closed = open("closed", 0, READ | WRITE, 0);
    wasi::fd_close(closed);
    f("closed", closed);
    for (kind, fd) in [
        ("preopen", ROOT),
        ("never", 77),
        ("huge", u32::MAX),
        ("half", 1 << 31),
        ("stdin", 0),
        ("stderr", 2),
        ("stdout", 1),
    ] {
        if take(kind) {
            f(kind, fd);
        }
    }
}

/// A new directory, opened.
pub fn directory(path: &str) -> u32 {
    wasi::path_create_directory(ROOT, path.as_ptr() as u32, path.len() as u32);
    open_at(ROOT, path.as_bytes(), 0, DIRECTORY, READ, 0).unwrap_or(u32::MAX)
}

/// A new file, opened for everything.
pub fn both(path: &str, contents: &[u8]) -> u32 {
    file(path, contents);
    open(path, CREATE, READ | WRITE, 0)
}
