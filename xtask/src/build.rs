//! `cargo xtask build`: builds everything for a user of the repository, in one target folder with the profile `dev`, so
//! that Wasmtime is compiled once.

use anyhow::Result;

use crate::commands::{cargo, run as run_command};
use crate::examples;
use crate::targets;

/// Runs the task.
pub fn run() -> Result<()> {
    targets::run()?;
    run_command(&mut cargo(["build"]))?;
    examples::build()
}
