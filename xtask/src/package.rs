//! `cargo xtask package`: makes the packages of all published crates, and builds each from its own contents.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};
use clap::Args;

use crate::adapters::{self, CARRIED, LIBRARY};
use crate::commands::{cargo, command, quiet_output, run};
use crate::repository::Metadata;

/// Make the packages of all published crates, and build each from its package alone
#[derive(Args)]
pub struct Package {
    /// The crates; all that are published if none is named
    #[arg(value_name = "CRATE")]
    crates: Vec<String>,
    /// Make the packages without building them
    #[arg(long)]
    no_verify: bool,
    /// Take what is not committed
    #[arg(long)]
    allow_dirty: bool,
}

impl Package {
    /// Runs the task.
    pub fn run(self) -> Result<()> {
        let metadata = Metadata::read()?;
        let published: Vec<&str> = metadata
            .published()
            .map(|package| package.name.as_str())
            .collect();
        for name in &self.crates {
            ensure!(
                published.contains(&name.as_str()),
                "`{name}` is no crate that is published"
            );
        }
        let mut crates: Vec<&str> = self.crates.iter().map(String::as_str).collect();
        if crates.is_empty() {
            crates = published;
        }

        if !self.allow_dirty {
            let changed = quiet_output(&mut command("git", ["status", "--porcelain"]))?;
            ensure!(
                changed.is_empty(),
                "not committed, see --allow-dirty:\n{changed}"
            );
        }

        let _carried = match crates.contains(&LIBRARY) {
            true => Some(Carried::build()?),
            false => None,
        };
        // One command packs all crates, so that a crate finds the crates that it depends on, which are not published
        // yet. Cargo takes the built adapters for a change that is not committed.
        let mut package = cargo(["package", "--locked", "--allow-dirty"]);
        package.args(crates.iter().flat_map(|name| ["-p", name]));
        run(package.args(self.no_verify.then_some("--no-verify")))
    }
}

/// The built adapters in the library's folder: without them, the library's users would need a wasm target. They are
/// removed afterwards, because a build embeds them unchanged while the folder exists.
struct Carried;

impl Carried {
    fn build() -> Result<Self> {
        // Adapters that exist already belong to another task and must not be removed.
        adapters::refuse_carried()?;
        let carried = Self;
        adapters::write(Path::new(CARRIED))?;
        Ok(carried)
    }
}

impl Drop for Carried {
    fn drop(&mut self) {
        if Path::new(CARRIED).exists()
            && let Err(error) = fs::remove_dir_all(CARRIED)
        {
            eprintln!("warning: {CARRIED} is left and has to be removed: {error}");
        }
    }
}
