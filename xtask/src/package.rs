//! `cargo xtask package`: makes the packages of all published crates, and builds each from its own contents.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde::{Deserialize, Serialize};

use crate::adapters::{self, CARRIED, LIBRARY};
use crate::commands::{cargo, command, quiet_output, run};
use crate::repository::{Metadata, WORKSPACES, read_toml};

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
        // A package has neither the workspace's target folder nor its profile. With both, it finds compiled what other
        // builds and packages depend on too, such as Wasmtime.
        package.arg("--target-dir").arg(metadata.target());
        package.arg("--config").arg(profile(metadata.target())?);
        run(package.args(self.no_verify.then_some("--no-verify")))
    }
}

/// Writes the workspace's profile `dev` to a file for cargo's option `--config`.
fn profile(target: &Path) -> Result<PathBuf> {
    let manifest: Manifest = read_toml(WORKSPACES[0])?;
    let path = target.join("package-profile.toml");
    fs::create_dir_all(target).with_context(|| target.display().to_string())?;
    fs::write(&path, toml::to_string(&manifest)?).with_context(|| path.display().to_string())?;
    Ok(path)
}

/// What a manifest and a configuration of cargo have in common, as far as it is used here.
#[derive(Deserialize, Serialize)]
struct Manifest {
    profile: Profiles,
}

#[derive(Deserialize, Serialize)]
struct Profiles {
    dev: toml::Table,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_built_with_the_profile_of_the_workspace() {
        let manifest = r#"
            [workspace]
            members = []
            [profile.dev]
            opt-level = 1
            [profile.dev.package."*"]
            opt-level = 3
            [profile.adapter]
            inherits = "release"
        "#;
        let manifest: Manifest = toml::from_str(manifest).unwrap();
        assert_eq!(
            toml::to_string(&manifest).unwrap(),
            "[profile.dev]\nopt-level = 1\n\n[profile.dev.package.\"*\"]\nopt-level = 3\n"
        );
    }
}
