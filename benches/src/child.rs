//! Measures the time and the peak memory of another process.
//!
//! Linux counts the memory of the starting process towards the peak of the new one, because the two share it until the
//! new program is loaded. So a second, small process of this program starts the measured one.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use wait4::Wait4;

/// The time and memory of a process.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Used {
    /// The time from its start to its end, in nanoseconds.
    pub nanoseconds: f64,
    /// Its peak memory in bytes.
    pub peak_memory: u64,
}

/// Runs a command, which must succeed, and measures it.
///
/// # Errors
/// An error when the command could not be started or failed.
pub fn measure(program: &Path, arguments: &[&str], variables: &[(&str, &Path)]) -> Result<Used> {
    let output = Command::new(env::current_exe()?)
        .arg("--child")
        .arg(program)
        .args(arguments)
        .envs(variables.iter().copied())
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "`{}` failed", program.display());
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Runs in the second process for [`measure`]: runs the command and prints its time and memory.
///
/// # Errors
/// As [`measure`].
pub fn report(program: &OsString, arguments: &[OsString]) -> Result<()> {
    let start = Instant::now();
    let child = Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("`{}` cannot be run", program.to_string_lossy()))?;
    let ended = child.wait4()?;
    let used = Used {
        nanoseconds: start.elapsed().as_nanos() as f64,
        peak_memory: ended.rusage.maxrss,
    };
    ensure!(ended.status.success(), "{}", ended.status);
    println!("{}", serde_json::to_string(&used)?);
    Ok(())
}
