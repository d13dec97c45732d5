//! `cargo xtask lint`: checks formatting, clippy's lints, and the dependencies.

use anyhow::Result;

use crate::commands::{cargo, run as run_command};
use crate::repository::{ADAPTER_TARGET, Adapters, WORKSPACES};
use crate::{deny, targets};

/// Runs the task.
pub fn run() -> Result<()> {
    targets::run()?;
    for manifest in WORKSPACES {
        run_command(&mut cargo([
            "fmt",
            "--all",
            "--check",
            "--manifest-path",
            manifest,
        ]))?;
    }
    native()?;
    adapters()?;
    deny::requirements()
}

/// Checks the packages that are built for this machine.
fn native() -> Result<()> {
    clippy(["--all-targets"])?;
    let filesystem = ["-p", "interpose-filesystem", "--all-targets"];
    clippy(filesystem.into_iter().chain(["--features", "crash"]))?;
    clippy(["-p", "interpose-benches", "--all-targets"])?;
    clippy(["-p", "xtask", "--all-targets"])?;
    let fuzz = [
        "--manifest-path",
        "fuzz/Cargo.toml",
        "--target-dir",
        "target",
    ];
    clippy(fuzz.into_iter().chain(["--features", "components"]))
}

/// Checks the adapters with their default features, and the kernel with the sets of features that change most of its
/// code.
fn adapters() -> Result<()> {
    let target = ["--target", ADAPTER_TARGET];
    clippy(target.into_iter().chain(Adapters::read()?.packages()))?;
    for features in [
        ["--no-default-features"].as_slice(),
        &["--features", "network"],
        &["--features", "forward"],
        &["--features", "responses"],
        &["--features", "network,control"],
        &["--features", "responses,control"],
        &["--features", "network,p3"],
    ] {
        let kernel = ["-p", "interpose-kernel"];
        clippy(
            target
                .into_iter()
                .chain(kernel)
                .chain(features.iter().copied()),
        )?;
    }
    Ok(())
}

/// Runs clippy and fails if it warns.
fn clippy<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Result<()> {
    run_command(
        cargo(["clippy"])
            .args(arguments)
            .args(["--", "-D", "warnings"]),
    )
}
