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

        let target = metadata.target();
        let copy = target.join(COPY);
        copy_sources(&copy)?;
        if crates.contains(&LIBRARY) {
            adapters::write(&copy.join(CARRIED))?;
        }
        // One command packs all crates, so that a crate finds the crates that it depends on, which are not published
        // yet.
        let mut package = cargo(["package", "--locked"]);
        package.current_dir(&copy);
        package.args(crates.iter().flat_map(|name| ["-p", name]));
        // A package has neither the workspace's target folder nor its profile: all are built with these.
        package.arg("--target-dir").arg(target);
        package.arg("--config").arg(profile(target)?);
        run(package.args(self.no_verify.then_some("--no-verify")))
    }
}

/// The folder in cargo's target folder that the packages are made in: the sources, and in the library's folder the built
/// adapters, without which the library's users would need a wasm target. If they stood among the sources themselves, a
/// task that is killed would leave them there, and builds would embed them from then on.
const COPY: &str = "package-sources";

/// Copies all files of the repository that git does not ignore.
fn copy_sources(to: &Path) -> Result<()> {
    let shown = || to.display().to_string();
    if to.exists() {
        fs::remove_dir_all(to).with_context(shown)?;
    }
    fs::create_dir_all(to).with_context(shown)?;
    let list = [
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ];
    let list = quiet_output(&mut command("git", list))?;
    // Files that are removed are still in git's index.
    let files = list.split_terminator('\0');
    let files = files.filter(|file| Path::new(file).symlink_metadata().is_ok());
    let files: Vec<&str> = files.collect();
    let names = to.with_extension("list");
    fs::write(&names, files.join("\0")).with_context(|| names.display().to_string())?;
    let archive = to.with_extension("tar");
    let mut pack = command("tar", ["-c", "--null", "-f"]);
    run(pack.arg(&archive).arg("-T").arg(&names))?;
    let mut unpack = command("tar", ["-x", "-f"]);
    run(unpack.arg(&archive).arg("-C").arg(to))
}

/// Writes the workspace's profile `dev` to a file for cargo's option `--config`.
fn profile(target: &Path) -> Result<PathBuf> {
    let manifest: Manifest = read_toml(WORKSPACES[0])?;
    let path = target.join("package-profile.toml");
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

    #[test]
    fn the_sources_are_copied_with_their_links() {
        crate::repository::enter().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("copy");
        // What an earlier task left is removed.
        fs::create_dir_all(to.join(CARRIED)).unwrap();
        copy_sources(&to).unwrap();
        assert!(!to.join(CARRIED).exists());
        assert!(!to.join("target").exists());
        let manifest = "compose/compose/Cargo.toml";
        assert_eq!(
            fs::read(to.join(manifest)).unwrap(),
            fs::read(manifest).unwrap()
        );
        let licence = to.join("compose/compose/LICENSE");
        assert!(licence.is_symlink() && licence.exists());
    }
}
