//! `cargo xtask deny`: checks the dependencies of every workspace against `deny.toml`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::commands::{cargo, command, run, succeeds};
use crate::repository::{Metadata, WORKSPACES};

/// The version that this task installs if cargo-deny is missing.
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

/// Runs the checks that only a change of this repository can break.
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

/// cargo-deny from the `PATH`, otherwise from the target folder, where this task installs it once.
/// docs/decisions/0012-cargo-deny-from-source.md explains why it is built from source.
fn program() -> Result<PathBuf> {
    let known = PathBuf::from("cargo-deny");
    if succeeds(Command::new(&known).arg("--version")) {
        return Ok(known);
    }
    let tools = Metadata::read()?.target().join("tools");
    let installed = tools.join("bin/cargo-deny");
    // Cargo does nothing if this version is installed already. cargo-deny runs only for seconds, so compiling it with
    // optimisations takes more time than it saves.
    let install = ["install", "cargo-deny", "--version", VERSION];
    let options = ["--locked", "--debug", "--quiet", "--root"];
    run(cargo(install).args(options).arg(&tools))?;
    Ok(installed)
}
