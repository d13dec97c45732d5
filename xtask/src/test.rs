//! `cargo xtask test`: runs the lints and every test: unit, property, golden, differential and real programs.

use anyhow::Result;

use crate::commands::{cargo, run as run_command};
use crate::lint;
use crate::repository::Adapters;
use crate::tools::Tool;

/// The runner of tests that one of the tests is about.
const CARGO_NEXTEST: Tool = Tool {
    name: "cargo-nextest",
    version: "0.9.143",
};

/// Runs the task.
pub fn run() -> Result<()> {
    lint::run()?;
    // The tests of the command run apart from the others: together, cargo would unite the features of shared
    // dependencies and compile Wasmtime again.
    run_command(&mut cargo(["test"]))?;
    // Without `-p`, shared dependencies have the same features as in the command before.
    let external = ["--test", "real", "--test", "packaged", "--test", "storage"];
    run_command(cargo(["test"]).args(external))?;
    under_nextest()?;
    for features in [
        ["--no-default-features"].as_slice(),
        &["--features", "crash"],
    ] {
        let filesystem = ["test", "-p", "interpose-filesystem"];
        run_command(cargo(filesystem).args(features))?;
    }
    run_command(cargo(["test"]).args(Adapters::read()?.packages()))?;
    run_command(&mut cargo(["test", "-p", "interpose-benches"]))?;
    run_command(&mut cargo(["test", "-p", "xtask"]))
}

/// The tests that `cargo test` alone leaves out because they need cargo-nextest.
fn under_nextest() -> Result<()> {
    let tests = ["--test", "compose", "--", "--ignored", "runner::"];
    let path = CARGO_NEXTEST.path()?;
    run_command(cargo(["test"]).args(tests).env("PATH", path))
}
