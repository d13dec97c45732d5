//! `cargo xtask adapters`: writes the adapters, which the library's build script builds, to files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde::Deserialize;

use crate::commands::{cargo, output};
use crate::repository;

/// If this folder exists, `compose/compose/build.rs` embeds the adapters in it instead of building them.
pub const CARRIED: &str = "compose/compose/adapters";

/// Write the adapters, not configured, as files
#[derive(Args)]
pub struct Adapters {
    /// The folder to write them to
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Adapters {
    /// Runs the task.
    pub fn run(self) -> Result<()> {
        write(&self.folder)
    }
}

/// Builds the adapters and writes them into a folder, which is created.
pub fn write(folder: &Path) -> Result<()> {
    refuse_carried()?;
    // Without the code that configures adapters, Wasmtime is not compiled.
    let check = ["check", "--locked", "-p", LIBRARY, "--no-default-features"];
    let messages = output(cargo(check).arg("--message-format=json-render-diagnostics"))?;
    let built = build_output(&messages)?;
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    for file in repository::Adapters::read()?.files() {
        let from = built.join(&file);
        fs::copy(&from, folder.join(&file)).with_context(|| from.display().to_string())?;
        println!("{}", folder.join(&file).display());
    }
    Ok(())
}

/// Fails if the build would embed adapters from an earlier build.
pub fn refuse_carried() -> Result<()> {
    ensure!(
        !Path::new(CARRIED).exists(),
        "{CARRIED} holds built adapters, which would be taken as they are: remove it"
    );
    Ok(())
}

/// The package whose build script builds the adapters, and which carries them when it is published.
pub const LIBRARY: &str = "wasi-interpose";

/// A line of cargo's output about its work.
#[derive(Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Message {
    BuildScriptExecuted {
        package_id: String,
        out_dir: PathBuf,
    },
    #[serde(other)]
    Other,
}

/// The folder of the library's build script.
fn build_output(messages: &str) -> Result<PathBuf> {
    for line in messages.lines() {
        let message = serde_json::from_str(line).with_context(|| line.to_owned())?;
        if let Message::BuildScriptExecuted {
            package_id,
            out_dir,
        } = message
            && names_library(&package_id)
        {
            return Ok(out_dir);
        }
    }
    bail!("cargo did not say where the build script of {LIBRARY} wrote to")
}

/// Whether an identifier such as `path+file:///src/compose/compose#wasi-interpose@0.1.0` is the library's. Cargo omits
/// the name if the folder has the same name.
fn names_library(package_id: &str) -> bool {
    let (folder, package) = package_id.rsplit_once('#').unwrap_or((package_id, ""));
    match package.split_once('@') {
        Some((name, _)) => name == LIBRARY,
        None => folder.rsplit('/').next() == Some(LIBRARY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_build_script_of_the_library_is_found() {
        let messages = concat!(
            r#"{"reason":"build-script-executed","package_id":"registry+https://github.com/rust-lang/crates.io-index#"#,
            r#"libc@0.2.177","linked_libs":[],"env":[],"out_dir":"/target/debug/build/libc-1/out"}"#,
            "\n",
            r#"{"reason":"compiler-artifact","package_id":"path+file:///src/compose/compose#wasi-interpose@0.1.0"}"#,
            "\n",
            r#"{"reason":"build-script-executed","package_id":"path+file:///src/compose/compose#wasi-interpose@0.1.0","#,
            r#""linked_libs":[],"env":[],"out_dir":"/target/debug/build/wasi-interpose-2/out"}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        let found = build_output(messages).unwrap();
        assert_eq!(found, Path::new("/target/debug/build/wasi-interpose-2/out"));
        assert!(build_output(r#"{"reason":"build-finished","success":true}"#).is_err());
    }

    #[test]
    fn identifiers_name_packages_in_two_ways() {
        assert!(names_library(
            "path+file:///src/library#wasi-interpose@0.1.0"
        ));
        assert!(names_library("path+file:///src/wasi-interpose#0.1.0"));
        assert!(!names_library("path+file:///wasi-interpose/xtask#0.1.0"));
        assert!(!names_library(
            "path+file:///wasi-interpose/compose/cli#interpose@0.1.0"
        ));
    }
}
