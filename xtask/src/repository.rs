//! Reads the repository's own files: its workspaces, packages and adapters.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::commands::{cargo, quiet_output};

/// The target for which adapters are built.
pub const ADAPTER_TARGET: &str = "wasm32-unknown-unknown";

/// The manifest of each workspace. The first workspace contains this program.
pub const WORKSPACES: [&str; 4] = [
    "Cargo.toml",
    "tests/guests/Cargo.toml",
    "benches/guest/Cargo.toml",
    "fuzz/Cargo.toml",
];

/// Makes the repository the current directory, so that tasks can name its files relative to it.
pub fn enter() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let root = root
        .canonicalize()
        .with_context(|| root.display().to_string())?;
    env::set_current_dir(&root).with_context(|| root.display().to_string())
}

/// Reads a TOML file.
pub fn read_toml<T: DeserializeOwned>(path: impl AsRef<Path>) -> Result<T> {
    let path = path.as_ref();
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    toml::from_str(&text).with_context(|| path.display().to_string())
}

/// The embedded adapters, as `compose/compose/adapters.toml` describes them.
#[derive(Deserialize)]
pub struct Adapters {
    #[serde(rename = "adapter")]
    adapters: Vec<Adapter>,
    #[serde(rename = "module", default)]
    modules: Vec<Adapter>,
}

#[derive(Deserialize)]
struct Adapter {
    name: String,
    package: String,
}

impl Adapters {
    /// Reads `compose/compose/adapters.toml`.
    pub fn read() -> Result<Self> {
        read_toml("compose/compose/adapters.toml")
    }

    fn all(&self) -> impl Iterator<Item = &Adapter> {
        self.adapters.iter().chain(&self.modules)
    }

    /// The file of each adapter and of each module.
    pub fn files(&self) -> impl Iterator<Item = String> {
        self.all().map(|adapter| format!("{}.wasm", adapter.name))
    }

    /// The arguments `-p PACKAGE` for each package of an adapter, and for the packages that adapters share.
    pub fn packages(&self) -> impl Iterator<Item = &str> {
        let packages: BTreeSet<&str> = self
            .all()
            .map(|adapter| adapter.package.as_str())
            .chain(["interpose-adapter"])
            .collect();
        packages.into_iter().flat_map(|package| ["-p", package])
    }
}

/// Cargo's metadata of the workspace.
#[derive(Deserialize)]
pub struct Metadata {
    packages: Vec<Package>,
    target_directory: PathBuf,
}

/// A member of the workspace.
#[derive(Deserialize)]
pub struct Package {
    /// The package's name.
    pub name: String,
    version: String,
    /// The registries to which it may be published; `None` for any.
    publish: Option<Vec<String>>,
}

impl Metadata {
    /// Reads the metadata from cargo.
    pub fn read() -> Result<Self> {
        let arguments = ["metadata", "--no-deps", "--format-version", "1"];
        let text = quiet_output(&mut cargo(arguments))?;
        serde_json::from_str(&text).context("cargo metadata")
    }

    /// The members of the workspace that may be published.
    pub fn published(&self) -> impl Iterator<Item = &Package> {
        let packages = self.packages.iter();
        packages.filter(|package| package.publish.as_ref().is_none_or(|to| !to.is_empty()))
    }

    /// The version of a member.
    pub fn version(&self, name: &str) -> Result<&str> {
        let package = self.packages.iter().find(|package| package.name == name);
        let package = package.with_context(|| format!("there is no package `{name}`"))?;
        Ok(&package.version)
    }

    /// The folder in which cargo builds.
    pub fn target(&self) -> &Path {
        &self.target_directory
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adapters_share_packages() {
        let adapters: Adapters = toml::from_str(
            r#"
            adapter = [
                { name = "b", package = "p", features = ["f"] },
                { name = "b-small", package = "p", features = [] },
                { name = "a", package = "other", features = [] },
            ]
            module = [{ name = "m", package = "p", features = [] }]
            "#,
        )
        .unwrap();
        let files: Vec<String> = adapters.files().collect();
        assert_eq!(files, ["b.wasm", "b-small.wasm", "a.wasm", "m.wasm"]);
        let packages: Vec<&str> = adapters.packages().collect();
        assert_eq!(
            packages,
            ["-p", "interpose-adapter", "-p", "other", "-p", "p"]
        );
    }

    #[test]
    fn members_without_registries_are_not_published() {
        let metadata: Metadata = serde_json::from_str(
            r#"{
                "target_directory": "/t",
                "packages": [
                    { "name": "anywhere", "version": "1.2.3", "publish": null },
                    { "name": "nowhere", "version": "0.0.0", "publish": [] },
                    { "name": "somewhere", "version": "1.2.3", "publish": ["there"] }
                ]
            }"#,
        )
        .unwrap();
        let names: Vec<&str> = metadata
            .published()
            .map(|package| package.name.as_str())
            .collect();
        assert_eq!(names, ["anywhere", "somewhere"]);
        assert_eq!(metadata.version("anywhere").unwrap(), "1.2.3");
        assert!(metadata.version("elsewhere").is_err());
    }
}
