//! `cargo xtask deny`: checks the dependencies of every workspace against `deny.toml`.

use anyhow::Result;
use clap::Args;

use crate::commands::{command, run};
use crate::repository::WORKSPACES;
use crate::tools::Tool;

/// The version is the one that is installed where it is missing.
const CARGO_DENY: Tool = Tool {
    name: "cargo-deny",
    version: "0.20.2",
};

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
    let program = CARGO_DENY.program()?;
    for manifest in WORKSPACES {
        let mut deny = command(&program, ["--locked", "--manifest-path", manifest]);
        run(deny.args(["--config", "deny.toml", "check"]).args(checks))?;
    }
    Ok(())
}
