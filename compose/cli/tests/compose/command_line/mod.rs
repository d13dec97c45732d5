//! The commands as a person or a script sees them: exit statuses, the two output streams, and files that appear whole
//! or not at all.

mod bad_input;
mod forged;
mod json;
mod options;
mod output;
mod places;
mod policies;
mod status;

use std::fs;
use std::path::Path;

use crate::support::tools::{Printed, text};

/// A directory for the files of one test.
fn work() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn write(directory: &Path, name: &str, contents: impl AsRef<[u8]>) -> String {
    let path = directory.join(name);
    fs::write(&path, contents).expect("a file is written");
    text(&path)
}

/// Asserts that a command failed with one message, and printed nothing else.
fn assert_failed(printed: &Printed, status: i32, expected: &[&str]) {
    assert_eq!(printed.status, status, "{printed:?}");
    assert_eq!(printed.stdout, "", "{printed:?}");
    assert_eq!(
        printed.stderr.matches("error").count().min(1),
        1,
        "{printed:?}"
    );
    assert!(!printed.stderr.contains("panicked"), "{printed:?}");
    for part in expected {
        assert!(
            printed.stderr.contains(part),
            "`{part}` is missing in {printed:?}"
        );
    }
}

fn entries(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .expect("a directory")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

/// Traps in functions with names that an adapter's functions could have, one with control characters.
const FORGED: &str = r#"
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
  (memory (export "memory") 1)
  (func $inner (@name "interpose: \1b[31mforged\0aerror: your disk is full") unreachable)
  (func (export "_start") (call $inner)))
"#;
