//! Measures how costs grow with the number of files in a directory, the size of a file and the depth of a path.

use anyhow::Result;

use crate::measurements::Measurements;
use crate::runtime::{Runtimes, Setting};
use crate::table::{Table, Value};

/// Appended files: the label, the size of a write, the total with the kernel, and a smaller total on the host, on which
/// all writes cost the same and take long.
const APPENDS: [(&str, &str, &str, &str); 3] = [
    ("1 B up to 4 MiB", "1", "4194304", "65536"),
    ("4 KiB up to 256 MiB", "4096", "268435456", "16777216"),
    ("1 MiB up to 256 MiB", "1048576", "268435456", "67108864"),
];

/// Runs the benchmark program with the kernel and, once, on the host for comparison.
///
/// # Errors
/// An error when the program cannot be built or fails.
pub fn measure(rounds: usize) -> Result<Vec<Table>> {
    let runtimes = Runtimes::new()?;
    Ok(vec![
        directories(&runtimes, rounds)?,
        appends(&runtimes, rounds)?,
        depths(&runtimes, rounds)?,
    ])
}

fn run(
    runtimes: &Runtimes,
    setting: Setting,
    arguments: &[&str],
    rounds: usize,
) -> Result<Measurements> {
    let mut measured = Measurements::default();
    for _ in 0..rounds {
        measured.add_printed(&runtimes.run(setting, arguments)?)?;
    }
    Ok(measured)
}

fn directories(runtimes: &Runtimes, rounds: usize) -> Result<Table> {
    let mut table = Table::new(
        "Files in one directory: time per file",
        &[
            "in `interpose run`; ratio: to the same in a directory of 10; host: Wasmtime's WASI on one thread, once",
        ],
    );
    let mut smallest: Option<Measurements> = None;
    for (label, count) in [("10", "10"), ("1,000", "1000"), ("100,000", "100000")] {
        eprintln!("growth: {label} files");
        let host = run(runtimes, Setting::TunedHost, &["directory", count], 1)?;
        let kernel = run(
            runtimes,
            Setting::TunedKernel,
            &["directory", count],
            rounds,
        )?;
        let smallest = smallest.get_or_insert_with(|| kernel.clone());
        for name in kernel.names() {
            let time = kernel.median(name)?;
            table.row(
                format!("{name}, {label} files"),
                [
                    ("kernel", Value::Nanoseconds(time)),
                    ("ratio", Value::Ratio(time / smallest.median(name)?)),
                    ("host", Value::Nanoseconds(host.median(name)?)),
                ],
            );
        }
    }
    table.rows.sort_by_cached_key(|name, _| order(name));
    Ok(table)
}

/// The sort key of a row: the operation, then the number of files.
fn order(name: &str) -> (usize, usize) {
    let operation = name.split(',').next().unwrap_or_default();
    let operations = ["create", "stat", "list", "remove"];
    let place = operations.iter().position(|known| *known == operation);
    (place.unwrap_or(operations.len()), name.len())
}

fn appends(runtimes: &Runtimes, rounds: usize) -> Result<Table> {
    let mut table = Table::new(
        "Writes at the end of a file: time per write",
        &[
            "in `interpose run`; first, last: sixteenth of the file; ratio: last / first; per byte: in the last",
            "host: Wasmtime's WASI on one thread, once, a shorter file",
        ],
    );
    for (label, size, total, host_total) in APPENDS {
        eprintln!("growth: writes of {label}");
        let host = run(
            runtimes,
            Setting::TunedHost,
            &["append", size, host_total],
            1,
        )?;
        let kernel = run(
            runtimes,
            Setting::TunedKernel,
            &["append", size, total],
            rounds,
        )?;
        let (first, last) = (kernel.median("first")?, kernel.median("last")?);
        table.row(
            label,
            [
                ("first", Value::Nanoseconds(first)),
                ("last", Value::Nanoseconds(last)),
                ("ratio", Value::Ratio(last / first)),
                ("per byte", Value::Nanoseconds(last / size.parse::<f64>()?)),
                ("host", Value::Nanoseconds(host.median("last")?)),
            ],
        );
    }
    Ok(table)
}

fn depths(runtimes: &Runtimes, rounds: usize) -> Result<Table> {
    eprintln!("growth: depth of paths");
    let mut table = Table::new(
        "Metadata of a file below this many directories",
        &["in `interpose run`; ratio: to the first; host: Wasmtime's WASI on one thread, once"],
    );
    let host = run(runtimes, Setting::TunedHost, &["depth"], 1)?;
    let kernel = run(runtimes, Setting::TunedKernel, &["depth"], rounds)?;
    let first = kernel.median("1")?;
    for depth in kernel.names() {
        let time = kernel.median(depth)?;
        table.row(
            depth,
            [
                ("kernel", Value::Nanoseconds(time)),
                ("ratio", Value::Ratio(time / first)),
                ("host", Value::Nanoseconds(host.median(depth)?)),
            ],
        );
    }
    Ok(table)
}
