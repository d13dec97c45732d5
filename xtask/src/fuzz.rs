//! `cargo xtask fuzz`: runs each fuzz target for some minutes.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Deserialize;

use crate::commands::{cargo, run};
use crate::repository::read_toml;

/// Run each fuzz target for some minutes; needs cargo-fuzz, and a nightly toolchain or RUSTC_BOOTSTRAP=1
#[derive(Args)]
pub struct Fuzz {
    /// The targets to run; all of them if none is named
    targets: Vec<String>,
    /// How long each of them runs
    #[arg(long, value_name = "SECONDS", default_value_t = 180)]
    seconds: u32,
}

impl Fuzz {
    /// Runs the task.
    pub fn run(self) -> Result<()> {
        for target in targets(read_toml("fuzz/Cargo.toml")?, &self.targets)? {
            target.fuzz(self.seconds)?;
        }
        Ok(())
    }
}

/// The manifest of the fuzz targets.
#[derive(Deserialize)]
struct Manifest {
    #[serde(rename = "bin")]
    targets: Vec<Target>,
}

/// A fuzz target.
#[derive(Deserialize)]
struct Target {
    name: String,
    #[serde(default, rename = "required-features")]
    features: Vec<String>,
}

/// The targets of these names; all targets if there is none.
fn targets(manifest: Manifest, names: &[String]) -> Result<Vec<Target>> {
    let mut targets = manifest.targets;
    for name in names {
        if !targets.iter().any(|target| target.name == *name) {
            bail!("there is no fuzz target `{name}`");
        }
    }
    targets.retain(|target| names.is_empty() || names.contains(&target.name));
    Ok(targets)
}

/// The fuzz target that reads components.
const COMPONENTS: &str = "components";

impl Target {
    fn fuzz(&self, seconds: u32) -> Result<()> {
        if self.name == COMPONENTS {
            seed_components()?;
        }
        // An argument for rustup must come first.
        let toolchain = match env::var_os("RUSTC_BOOTSTRAP") {
            Some(_) => None,
            None => Some("+nightly"),
        };
        let mut fuzz = cargo(toolchain);
        fuzz.current_dir("fuzz").args(["fuzz", "run"]);
        fuzz.args(self.build()).arg(&self.name).arg("--");
        fuzz.arg(format!("-max_total_time={seconds}"));
        run(fuzz.args(self.limits()))
    }

    /// The cargo arguments that build the target.
    fn build(&self) -> Vec<String> {
        let features = self.features.iter();
        let mut arguments: Vec<String> = features
            .map(|feature| format!("--features={feature}"))
            .collect();
        // A sanitizer makes stack frames larger, and this target looks for stack overflows. Its code has no `unsafe`.
        if self.name == COMPONENTS {
            arguments.push("--sanitizer=none".to_owned());
        }
        arguments
    }

    /// The limits for libFuzzer beside the time.
    fn limits(&self) -> &[&str] {
        match self.name.as_str() {
            COMPONENTS => &["-max_len=262144", "-timeout=30", "-rss_limit_mb=2048"],
            _ => &[],
        }
    }
}

/// The size in bytes of the largest guest program among the seeds, because mutating a larger one is slow.
const LARGEST_SEED: u64 = 200 << 10;

/// Copies the applications of the test suites, and the guest programs that are built, into the corpus of
/// [`COMPONENTS`].
fn seed_components() -> Result<()> {
    let corpus = Path::new("fuzz/corpus").join(COMPONENTS);
    fs::create_dir_all(&corpus).with_context(|| corpus.display().to_string())?;
    for seed in component_seeds()? {
        let name = seed.to_string_lossy().replace('/', "-");
        fs::copy(&seed, corpus.join(name)).with_context(|| seed.display().to_string())?;
    }
    Ok(())
}

fn component_seeds() -> Result<Vec<PathBuf>> {
    let has_extension = |path: &PathBuf, extension| path.extension() == Some(OsStr::new(extension));
    let mut seeds = Vec::new();
    for case in entries("tests/cases/compose")? {
        seeds.extend(Some(case.join("app.wat")).filter(|application| application.exists()));
    }
    for case in entries("tests/cases/graph")? {
        seeds.extend(
            entries(case)?
                .into_iter()
                .filter(|file| has_extension(file, "wat")),
        );
    }
    for target in entries("tests/guests/target")? {
        for file in entries(target.join("release"))? {
            if has_extension(&file, "wasm") && file.metadata()?.len() < LARGEST_SEED {
                seeds.push(file);
            }
        }
    }
    Ok(seeds)
}

/// The entries of a folder; none if it does not exist.
fn entries(folder: impl AsRef<Path>) -> Result<Vec<PathBuf>> {
    let folder = folder.as_ref();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect(),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(Vec::new()),
            _ => Err(error),
        },
    };
    entries.with_context(|| folder.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        toml::from_str(
            r#"
            bin = [
                { name = "plain", path = "plain.rs" },
                { name = "large", path = "large.rs", required-features = ["large"] },
            ]
            "#,
        )
        .unwrap()
    }

    fn names(targets: &[Target]) -> Vec<&str> {
        targets.iter().map(|target| target.name.as_str()).collect()
    }

    #[test]
    fn targets_are_read_from_the_manifest() {
        let targets = targets(manifest(), &[]).unwrap();
        assert_eq!(names(&targets), ["plain", "large"]);
        assert!(targets[0].build().is_empty());
        assert_eq!(targets[1].build(), ["--features=large"]);
    }

    #[test]
    fn only_the_targets_that_are_named_run() {
        let chosen = targets(manifest(), &["large".to_owned()]).unwrap();
        assert_eq!(names(&chosen), ["large"]);
        let unknown = targets(manifest(), &["huge".to_owned()]);
        assert_eq!(
            unknown.err().unwrap().to_string(),
            "there is no fuzz target `huge`"
        );
    }

    #[test]
    fn the_target_with_settings_of_its_own_exists() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/Cargo.toml");
        let targets = targets(read_toml(path).unwrap(), &[COMPONENTS.to_owned()]).unwrap();
        assert_eq!(
            targets[0].build(),
            ["--features=components", "--sanitizer=none"]
        );
    }
}
