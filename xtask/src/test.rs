//! `cargo xtask test`: runs the lints and every test: unit, property, golden, differential and real programs.

use anyhow::Result;

use crate::commands::{cargo, run as run_command};
use crate::lint;
use crate::repository::Adapters;

/// Runs the task.
pub fn run() -> Result<()> {
    lint::run()?;
    // The tests of the command run apart from the others: together, cargo would unite the features of shared
    // dependencies and compile Wasmtime again.
    run_command(&mut cargo(["test"]))?;
    // Without `-p`, shared dependencies have the same features as in the command before.
    let external = ["--test", "real", "--test", "packaged"];
    run_command(cargo(["test"]).args(external))?;
    run_command(&mut cargo([
        "test",
        "-p",
        "interpose-filesystem",
        "--no-default-features",
    ]))?;
    run_command(cargo(["test"]).args(Adapters::read()?.packages()))?;
    run_command(&mut cargo(["test", "-p", "interpose-benches"]))?;
    run_command(&mut cargo(["test", "-p", "xtask"]))
}
