//! Time and peak memory of another process.
//!
//! Linux counts the memory of the process that starts another to the peak of the new one: they share it until the new
//! program is loaded. So a second, small process of this program starts what is measured.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use wait4::Wait4;

/// What a process used.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Used {
    /// From its start to its end, in nanoseconds.
    pub nanoseconds: f64,
    /// The most memory that it had at any moment, in bytes.
    pub peak_memory: u64,
}

/// Runs a command, which must succeed, and measures it.
///
/// # Errors
/// When it could not be started or failed.
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

/// The other side of [`measure`]: runs the command and prints what it used.
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
