//! Builds the components in `examples`, which the documentation's commands use. `examples/components.toml` lists the
//! programs from which they are made.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::commands::{cargo, run};
use crate::repository::read_toml;

const FOLDER: &str = "examples";
const GUESTS: &str = "tests/guests/Cargo.toml";
const TARGET: &str = "wasm32-wasip2";
const BUILT: &str = "tests/guests/target/wasm32-wasip2/release";

#[derive(Deserialize)]
struct Components {
    component: Vec<Component>,
}

#[derive(Deserialize)]
struct Component {
    file: String,
    package: String,
    program: String,
}

/// Builds the components.
pub fn build() -> Result<()> {
    let Components { component } = read_toml(Path::new(FOLDER).join("components.toml"))?;
    let packages: BTreeSet<&str> = component.iter().map(|it| it.package.as_str()).collect();
    let packages = packages
        .into_iter()
        .flat_map(|package| ["--package", package]);
    let build = [
        "build",
        "--quiet",
        "--locked",
        "--release",
        "--manifest-path",
        GUESTS,
    ];
    run(cargo(build).args(["--target", TARGET]).args(packages))?;
    for Component { file, program, .. } in &component {
        let from = Path::new(BUILT).join(format!("{program}.wasm"));
        let to = Path::new(FOLDER).join(file);
        fs::copy(&from, &to).with_context(|| format!("{} to {}", from.display(), to.display()))?;
    }
    Ok(())
}
