//! `cargo xtask targets`: installs the targets that `rust-toolchain.toml` names. rustup itself installs them only
//! together with the toolchain.

use anyhow::Result;
use serde::Deserialize;

use crate::commands::{command, run as run_command};
use crate::repository::read_toml;

#[derive(Deserialize)]
struct File {
    toolchain: Toolchain,
}

#[derive(Deserialize)]
struct Toolchain {
    targets: Vec<String>,
}

/// Runs the task.
pub fn run() -> Result<()> {
    let File { toolchain } = read_toml("rust-toolchain.toml")?;
    run_command(command("rustup", ["target", "add"]).args(toolchain.targets))
}
