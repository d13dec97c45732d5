//! Programs that tasks need and that do not come with the toolchain: of the `PATH`, or else compiled into the target folder.
//! Why from their sources: docs/decisions/0012-cargo-deny-from-source.md.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::commands::{cargo, run, succeeds};
use crate::repository::Metadata;

/// A program on crates.io.
pub struct Tool {
    /// Its name, and that of its package.
    pub name: &'static str,
    /// The version that is installed where it is missing.
    pub version: &'static str,
}

impl Tool {
    /// The program, which is installed once if it is missing.
    pub fn program(&self) -> Result<PathBuf> {
        let known = PathBuf::from(self.name);
        if succeeds(Command::new(&known).arg("--version")) {
            return Ok(known);
        }
        let tools = Metadata::read()?.target().join("tools");
        let installed = tools.join("bin").join(self.name);
        // Cargo does nothing if this version is there already. It is used for seconds, so compiling it with optimisations is
        // not worth while.
        let install = ["install", self.name, "--version", self.version];
        let options = ["--locked", "--debug", "--quiet", "--root"];
        run(cargo(install).args(options).arg(&tools))?;
        Ok(installed)
    }

    /// The `PATH` of this process, with the program on it.
    pub fn path(&self) -> Result<OsString> {
        let path = env::var_os("PATH").unwrap_or_default();
        let program = self.program()?;
        // The name alone is found there already.
        let folder = program.parent().filter(|folder| folder.is_absolute());
        let folders = folder.map(PathBuf::from).into_iter();
        Ok(env::join_paths(folders.chain(env::split_paths(&path)))?)
    }
}
