//! `cargo xtask test`: lints, and every test: unit, property, golden, differential and real programs.

use anyhow::Result;

use crate::commands::{cargo, run as run_command};
use crate::lint;
use crate::repository::Adapters;

/// Runs the task.
pub fn run() -> Result<()> {
    lint::run()?;
    // Each apart from the command's own tests: with several in one command, cargo would unite the features of what they
    // share and compile Wasmtime again.
    run_command(&mut cargo(["test"]))?;
    // Without `-p`, so that the features of what they share are the same as before.
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
