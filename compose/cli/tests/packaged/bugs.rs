//! Programs in Python and in C with bugs that ordinary runs never show.

use std::process::Command;

use super::CACHE;
use crate::support::bugs::{Bug, policy};
use crate::support::guests::repository;
use crate::support::scripted::built;

/// Shows the bug of the program in this folder, which is built of this file and others.
#[track_caller]
fn show(name: &str, files: &[&str], bug: Bug<'_>) {
    let source = repository().join("tests/external/bugs").join(name);
    let files: Vec<_> = files.iter().map(|file| source.join(file)).collect();
    let directory =
        built("packaged", &source, &files).unwrap_or_else(|message| panic!("{message}"));
    let program = &directory.join("program.wasm");
    Bug { program, ..bug }.show(|| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_interpose"));
        command.env("HOME", &*CACHE).env("XDG_CACHE_HOME", &*CACHE);
        command
    });
}

/// It takes a short read for a whole one.
#[test]
fn c_reader() {
    show(
        "reader",
        &["program.c"],
        Bug {
            policy: &policy("reader.toml"),
            cause: ("status", "a record has another checksum"),
            ..Bug::default()
        },
    );
}

/// Its lock file outlives a loss of power. Each run starts an interpreter, so there are fewer.
#[test]
fn python_lock() {
    show(
        "lock",
        &["program.py", "world.wit"],
        Bug {
            options: &["--crash"],
            cause: ("trap", "another one is at work"),
            part: 10,
            ..Bug::default()
        },
    );
}
