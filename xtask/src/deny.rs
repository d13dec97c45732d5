//! `cargo xtask deny`: what the dependencies of every workspace may be, by `deny.toml`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::commands::{cargo, command, run, succeeds};
use crate::repository::{Metadata, WORKSPACES};

/// The version that is installed where cargo-deny is missing.
const VERSION: &str = "0.20.2";

/// Check the licences, bans and sources of the dependencies of every workspace
#[derive(Args)]
pub struct Deny {
    /// Check advisories instead, which are fetched from <https://rustsec.org>
    #[arg(long)]
    advisories: bool,
}

impl Deny {
    /// Runs the task.
    pub fn run(self) -> Result<()> {
        if self.advisories {
            check(&["advisories"])
        } else {
            requirements()
        }
    }
}

/// Checks what a change of this repository alone can break.
pub fn requirements() -> Result<()> {
    check(&["bans", "licenses", "sources"])
}

fn check(checks: &[&str]) -> Result<()> {
    let program = program()?;
    for manifest in WORKSPACES {
        let mut deny = command(&program, ["--locked", "--manifest-path", manifest]);
        run(deny.args(["--config", "deny.toml", "check"]).args(checks))?;
    }
    Ok(())
}

/// cargo-deny of the `PATH`, or else the one in the target folder, which is installed there once. Why from its source:
/// docs/decisions/0012-cargo-deny-from-source.md.
fn program() -> Result<PathBuf> {
    let known = PathBuf::from("cargo-deny");
    if succeeds(Command::new(&known).arg("--version")) {
        return Ok(known);
    }
    let tools = Metadata::read()?.target().join("tools");
    let installed = tools.join("bin/cargo-deny");
    // Cargo does nothing if this version is there already. It runs for seconds, so compiling it with optimisations is
    // not worth while.
    let install = ["install", "cargo-deny", "--version", VERSION];
    let options = ["--locked", "--debug", "--quiet", "--root"];
    run(cargo(install).args(options).arg(&tools))?;
    Ok(installed)
}
