//! Programs in Rust with bugs that ordinary runs never show.

use std::path::Path;

use crate::support::bugs::{Bug, policy};
use crate::support::tools::{GuestFile, interpose};

#[track_caller]
fn show(program: &str, bug: Bug<'_>) {
    let file = GuestFile::new(program);
    let path = file.path();
    let program = Path::new(&path);
    Bug { program, ..bug }.show(interpose);
}

/// It renames a new file over the old one without `sync`.
#[test]
fn save() {
    show(
        "save",
        Bug {
            options: &["--crash"],
            cause: ("status", "the settings are damaged"),
            ..Bug::default()
        },
    );
}

/// It takes a short read for a whole one.
#[test]
fn reader() {
    show(
        "reader",
        Bug {
            policy: &policy("reader.toml"),
            cause: ("status", "a record has another checksum"),
            ..Bug::default()
        },
    );
}

/// Its arithmetic overflows after a jump of the clock, so that it never ends.
#[test]
fn backoff() {
    show(
        "backoff",
        Bug {
            policy: &policy("backoff.toml"),
            options: &["--budget", "time=1h"],
            cause: ("budget", ""),
            ..Bug::default()
        },
    );
}

/// Its lock file outlives a loss of power.
#[test]
fn lock() {
    show(
        "lock",
        Bug {
            options: &["--crash"],
            cause: ("status", "another one is at work"),
            ..Bug::default()
        },
    );
}

/// It sends a request again whose answer was cut short, and places its order twice.
#[test]
fn client() {
    show(
        "client",
        Bug {
            ordinary: &policy("shop.toml"),
            policy: &policy("client.toml"),
            cause: ("status", "the order was placed before"),
            ..Bug::default()
        },
    );
}
