//! `cargo xtask bench`: speed and size as ratios within one run.

use anyhow::Result;
use clap::Args;

use crate::build;
use crate::commands::{cargo, run};

/// Measure speed and size, as ratios within one run
#[derive(Args)]
pub struct Bench {
    /// Arguments for the benchmarks; `--help` lists them
    #[arg(last = true)]
    arguments: Vec<String>,
}

impl Bench {
    /// Runs the task.
    pub fn run(self) -> Result<()> {
        build::run()?;
        let benches = ["-p", "interpose-benches", "--features", "core-runtime"];
        run(cargo(["run", "--quiet"])
            .args(benches)
            .arg("--")
            .args(self.arguments))
    }
}
