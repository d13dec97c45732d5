//! Takes the power away from the storage engines of `tests/external/storage`, whose own checks say whether they have lost
//! something: what promises to be safe passes with every seed, and what promises nothing does not.
//!
//! `tests/external/storage/README.md` describes the programs and what they found. The variable `STORAGE_SEEDS`, such as
//! `0..10000`, sets which seeds run, all of them even if one fails.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, OnceLock};

use interpose_simulate::{Group, Report};
use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;
use support::guests::repository;
use support::scripted::{TARGET, built};

/// The seeds of each scenario where the variable is not set.
const SEEDS: &str = "0..100";

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Each campaign runs on all processors.
    arguments.test_threads = Some(1);
    let seeds = std::env::var("STORAGE_SEEDS").ok();
    let trials = engines().into_iter().flat_map(|engine| {
        let engine = Arc::new(engine);
        let scenarios = engine.scenarios.clone().into_iter();
        let (seeds, engine) = (seeds.clone(), engine.clone());
        scenarios.map(move |(name, scenario)| {
            let (engine, seeds) = (engine.clone(), seeds.clone());
            let title = format!("{}::{name}", engine.name);
            Trial::test(title, move || run(&engine, &scenario, seeds.as_deref()))
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// A folder of `tests/external/storage`.
struct Engine {
    name: String,
    folder: PathBuf,
    scenarios: BTreeMap<String, Scenario>,
    /// The component, or the reason why there is none.
    built: OnceLock<Result<PathBuf, String>>,
}

/// The contents of an engine's `scenarios.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Suite {
    scenarios: BTreeMap<String, Scenario>,
}

/// A way to run an engine.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    /// The program's command line.
    arguments: Vec<String>,
    /// The file with the policy, in the folder above the engine's.
    policy: Option<String>,
    /// The words with which the program says what is wrong, of which every failure has one. If there are some, a seed has to
    /// fail; if there are none, none may.
    #[serde(default)]
    finds: BTreeSet<String>,
}

fn folder() -> PathBuf {
    repository().join("tests/external/storage")
}

fn engines() -> Vec<Engine> {
    let folder = folder();
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let folders = entries.map(|entry| entry.expect("an entry of the folder").path());
    let mut folders: Vec<PathBuf> = folders.filter(|path| path.is_dir()).collect();
    folders.sort();
    let engines = folders.into_iter().map(|folder| {
        let file = folder.join("scenarios.toml");
        let text = fs::read_to_string(&file).map_err(|error| error.to_string());
        let suite = text.and_then(|text| toml::from_str(&text).map_err(|error| error.to_string()));
        let suite: Suite = suite.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Engine {
            name: folder.file_name().unwrap_or_default().display().to_string(),
            folder,
            scenarios: suite.scenarios,
            built: OnceLock::new(),
        }
    });
    engines.collect()
}

impl Engine {
    /// The component that the engine's script builds.
    fn component(&self) -> Result<PathBuf, String> {
        let built = self.built.get_or_init(|| {
            let mut files = Vec::new();
            sources(&self.folder, &mut files).map_err(|error| error.to_string())?;
            built("storage", &self.folder, &files)
        });
        Ok(built.clone()?.join(format!("{}.wasm", self.name)))
    }
}

/// The files of which an engine's program is made.
fn sources(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.sort();
    for path in paths {
        if path.is_dir() {
            sources(&path, files)?;
        } else if path.file_name().is_none_or(|name| name != "scenarios.toml") {
            files.push(path);
        }
    }
    Ok(())
}

fn run(engine: &Engine, scenario: &Scenario, seeds: Option<&str>) -> Result<(), Failed> {
    let component = engine.component()?;
    let work = tempfile::tempdir()?;
    let file = work.path().join("report.json");
    let cache = TARGET.join("storage/cache");
    let mut command = Command::new(env!("CARGO_BIN_EXE_interpose"));
    command
        .env_clear()
        .env("HOME", &cache)
        .env("XDG_CACHE_HOME", &cache)
        .current_dir(work.path())
        .stdin(Stdio::null())
        .args(["test", "--quiet", "--crash"])
        .args(["--seeds", seeds.unwrap_or(SEEDS), "--report"])
        .arg(&file)
        .arg("--check")
        .arg(&component);
    if let Some(policy) = &scenario.policy {
        command.arg("--policy").arg(folder().join(policy));
    }
    // One failure is enough, unless somebody wants to know how many there are.
    if seeds.is_none() && !scenario.finds.is_empty() {
        command.arg("--until-failure");
    }
    command.arg(&component).arg("--").args(&scenario.arguments);
    let output = command.output()?;
    let text = fs::read_to_string(&file).map_err(|error| {
        let stderr = String::from_utf8_lossy(&output.stderr);
        format!("{command:?} made no report: {error}\n{stderr}")
    })?;
    let report: Report = serde_json::from_str(&text)?;
    println!(
        "{} {}: {} of {} seeds failed, in {:.0} s; {:.0} calls of a run on average",
        engine.name,
        scenario.arguments.join(" "),
        report.failed(),
        report.count(),
        report.seconds,
        report.runs.calls.iter().sum::<u64>() as f64 / report.count().max(1) as f64,
    );
    for group in &report.failures {
        println!(
            "  {} seeds, first {}: {}",
            group.seeds.len(),
            group.seeds[0],
            group.cause
        );
    }
    let unexpected = |group: &&Group| {
        let (word, _) = group.cause.said.split_once(": ").unwrap_or_default();
        !scenario.finds.contains(word)
    };
    if let Some(group) = report.failures.iter().find(unexpected) {
        let timeline = &group.example.timeline;
        return Err(format!(
            "seed {}: {}\n{timeline}\n{command:?}",
            group.seeds[0], group.cause
        )
        .into());
    }
    if report.failures.is_empty() && !scenario.finds.is_empty() {
        return Err(format!("no seed fails, and some should: {command:?}").into());
    }
    Ok(())
}
