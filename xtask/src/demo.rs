//! `cargo xtask demo`: runs a program twice under the deterministic policy; the program writes files, sleeps for hours
//! and draws random numbers.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::commands::{cargo, command, output, run as run_command};
use crate::examples;
use crate::repository::Metadata;
use crate::targets;

const POLICY: &str = "policies/deterministic.toml";
const DEMO: &str = "examples/journal.wasm";

/// Runs the task.
pub fn run() -> Result<()> {
    targets::run()?;
    // The demo makes no HTTP requests, so it needs no TLS, which takes long to compile.
    run_command(&mut cargo([
        "build",
        "-p",
        "interpose",
        "--no-default-features",
    ]))?;
    examples::build()?;

    let metadata = Metadata::read()?;
    let interpose = metadata.target().join("debug/interpose");
    let folder = metadata.target().join("demo");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let composed = folder.join("demo.wasm");
    let compose = ["compose", DEMO, "--policy", POLICY, "-o"];
    run_command(command(&interpose, compose).arg(&composed))?;

    let first = output(&mut command(&interpose, ["run", "--policy", POLICY, DEMO]))?;
    let second = output(&mut command(&interpose, ["run", "--policy", POLICY, DEMO]))?;
    print!("{first}");
    ensure!(
        first == second,
        "the second run printed something else:\n{second}"
    );

    println!("Both runs printed the same. What the composed component still asks its host for:");
    run_command(command(&interpose, ["inspect"]).arg(&composed))?;
    let surface = inspect(&interpose, &composed)?;
    for package in ["filesystem", "clocks", "random"] {
        let imported = surface.contains(&format!("\"wasi:{package}/"));
        ensure!(!imported, "an import of `wasi:{package}` is left");
    }
    println!("No filesystem, clock or random import is left.");
    Ok(())
}

/// The imports and exports of a component as JSON.
fn inspect(interpose: &Path, component: &Path) -> Result<String> {
    output(command(interpose, ["inspect", "--json"]).arg(component))
}
