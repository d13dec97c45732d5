//! Measures the time and memory of `interpose compose`.

use std::fs;

use anyhow::{Context, Result};

use crate::measurements::Measurements;
use crate::table::{Table, Value};
use crate::{child, guest, large};

/// Composes a small and a large application with an empty and with a filled cache.
///
/// # Errors
/// An error when composing fails.
pub fn measure(rounds: usize) -> Result<Table> {
    let mut table = Table::new(
        "interpose compose --policy memory-filesystem",
        &[
            "the whole process; cold: with an empty cache of compiled adapters, warm: with a filled one",
        ],
    );
    let interpose = guest::interpose()?;
    let small = guest::build(guest::Target::Wasip2)?;
    let large = large::application()?;
    for (size, application) in [("small", small), ("5 MB", large)] {
        eprintln!("compose: {size} application");
        let directory = tempfile::tempdir()?;
        let input = directory.path().join("application.wasm");
        let output = directory.path().join("composed.wasm");
        let cache = directory.path().join("cache");
        fs::write(&input, &application)?;
        let mut measured = Measurements::default();
        let arguments = [
            "--quiet",
            "compose",
            input.to_str().context("a path that is no text")?,
            "--policy",
            guest::POLICY,
            "--output",
            output.to_str().context("a path that is no text")?,
        ];
        for _ in 0..rounds {
            if cache.exists() {
                fs::remove_dir_all(&cache)?;
            }
            for name in ["cold", "warm"] {
                // These variables name the user's cache directory, on Linux and elsewhere.
                let variables = [("XDG_CACHE_HOME", cache.as_path()), ("HOME", &cache)];
                let used = child::measure(&interpose, &arguments, &variables)?;
                measured.add(&format!("{name} time"), used.nanoseconds);
                measured.add(&format!("{name} memory"), used.peak_memory as f64);
            }
        }
        let composed = fs::metadata(&output)?.len();
        for name in ["cold", "warm"] {
            table.row(
                format!("{size} application, {name}"),
                [
                    (
                        "time",
                        Value::Nanoseconds(measured.median(&format!("{name} time"))?),
                    ),
                    (
                        "peak memory",
                        Value::Bytes(measured.median(&format!("{name} memory"))? as u64),
                    ),
                    ("application", Value::Bytes(application.len() as u64)),
                    ("composed", Value::Bytes(composed)),
                ],
            );
        }
    }
    Ok(table)
}
