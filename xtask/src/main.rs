//! The tasks of this repository: `cargo xtask <task>`. A module per task; the Makefile calls them by the same names.

mod adapters;
mod bench;
mod build;
mod commands;
mod demo;
mod deny;
mod dist;
mod examples;
mod fuzz;
mod lint;
mod package;
mod repository;
mod targets;
mod test;
mod tools;

use std::process::ExitCode;

use clap::Parser;

/// Build, test and release this repository
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
enum Task {
    /// Build the command, with the adapters built for wasm32-unknown-unknown and embedded, and the components in `examples`
    Build,
    /// Install the targets that rust-toolchain.toml names
    Targets,
    /// Formatting, lints, and every test; what continuous integration runs
    Test,
    /// Formatting, lints, and the dependencies' licences and sources
    Lint,
    Deny(deny::Deny),
    /// Run a program twice under the deterministic policy, and compare
    Demo,
    Bench(bench::Bench),
    Fuzz(fuzz::Fuzz),
    Adapters(adapters::Adapters),
    Package(package::Package),
    Dist(dist::Dist),
}

impl Task {
    fn run(self) -> anyhow::Result<()> {
        repository::enter()?;
        match self {
            Self::Build => build::run(),
            Self::Targets => targets::run(),
            Self::Test => test::run(),
            Self::Lint => lint::run(),
            Self::Deny(task) => task.run(),
            Self::Demo => demo::run(),
            Self::Bench(task) => task.run(),
            Self::Fuzz(task) => task.run(),
            Self::Adapters(task) => task.run(),
            Self::Package(task) => task.run(),
            Self::Dist(task) => task.run(),
        }
    }
}

fn main() -> ExitCode {
    match Task::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            commands::status(&error)
        }
    }
}
