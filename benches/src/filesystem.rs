//! Compares operations on the host's files with those on the kernel's.

use anyhow::Result;

use crate::measurements::Measurements;
use crate::runtime::{Runtimes, Setting};
use crate::table::{Table, Value};

/// Runs the benchmark program in every setting, alternating.
///
/// # Errors
/// An error when the program cannot be built or fails.
pub fn measure(rounds: usize) -> Result<Table> {
    let runtimes = Runtimes::new()?;
    let mut measured = Setting::ALL.map(|_| Measurements::default());
    for round in 1..=rounds {
        eprintln!("filesystem: round {round} of {rounds}");
        for (setting, measured) in Setting::ALL.into_iter().zip(&mut measured) {
            measured.add_printed(&runtimes.run(setting, &["operations"])?)?;
        }
    }
    let mut table = Table::new(
        "Operations of a Rust std program on files",
        &[
            "host: Wasmtime's own WASI and its default settings; tuned host: on one thread, as the tool sets it",
            "both in the system's directory for temporary files, on whatever disk that is",
            "kernel: files in memory, wired, on Wasmtime's default settings; tuned kernel: the same as the tool sets it",
            "fused: in `interpose run`; portable: fused without multiple memories, as `interpose compose` writes it",
            "ratio: host / tuned kernel, the same for the tuned host, and both sides on default settings",
            "fused / host: of the tuned host's time, which is that of `interpose run`; the same for wired and portable",
        ],
    );
    let [host, tuned_host, kernel, tuned_kernel, fused, portable] = &measured;
    for name in host.names() {
        let (host, tuned_host) = (host.median(name)?, tuned_host.median(name)?);
        let (kernel, tuned_kernel) = (kernel.median(name)?, tuned_kernel.median(name)?);
        let (fused, portable) = (fused.median(name)?, portable.median(name)?);
        table.row(
            name,
            [
                ("host", Value::Nanoseconds(host)),
                ("tuned host", Value::Nanoseconds(tuned_host)),
                ("kernel", Value::Nanoseconds(kernel)),
                ("tuned kernel", Value::Nanoseconds(tuned_kernel)),
                ("fused", Value::Nanoseconds(fused)),
                ("portable", Value::Nanoseconds(portable)),
                ("ratio", Value::Ratio(host / tuned_kernel)),
                ("ratio, tuned", Value::Ratio(tuned_host / tuned_kernel)),
                ("ratio, default", Value::Ratio(host / kernel)),
                ("wired / host", Value::Ratio(tuned_kernel / tuned_host)),
                ("fused / host", Value::Ratio(fused / tuned_host)),
                ("portable / host", Value::Ratio(portable / tuned_host)),
            ],
        );
    }
    Ok(table)
}
