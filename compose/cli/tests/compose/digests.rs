//! The same seeds have the same digests: in another process, whose addresses are others, and with another number of jobs.
//!
//! Each guest program is composed and compiled for it, which takes minutes for all. So one of [`PART`] programs is tested,
//! unless the variable `DIGEST_SEEDS` says with how many seeds all of them are.

use std::sync::Mutex;
use std::{env, fs, thread};

use serde_json::Value;

use crate::support::guests::{Target, programs};
use crate::support::tools::{GuestFile, interpose, text};

/// Of how many programs one is tested, and with how many seeds.
const PART: usize = 24;
const SEEDS: u64 = 20;

/// Programs that the policy refuses, and the reason.
const REFUSED: [(&str, &str); 1] = [(
    "p2_config_drafts",
    "no adapter answers the drafts of `wasi:config`",
)];

/// How many programs are tested at the same time.
const THREADS: usize = 2;

/// The report of a campaign in a process of its own.
fn report(program: &GuestFile, seeds: u64, jobs: &str) -> Result<Value, String> {
    let work = tempfile::tempdir().expect("a temporary directory");
    let report = work.path().join("report.json");
    let (seeds, file) = (format!("0..{seeds}"), text(&report));
    let mut command = interpose();
    command
        .current_dir(work.path())
        .args(["test", &program.path(), "--policy", "deterministic"])
        .args(["--seeds", &seeds, "--jobs", jobs, "--report", &file]);
    // A thousand runs of a program that fails take longer than other commands of the tests may.
    let output = command.output().expect("the command starts");
    // Some programs are meant to fail, which is the same each time.
    if !matches!(output.status.code(), Some(0 | 1)) {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let report = fs::read_to_string(report).map_err(|error| error.to_string())?;
    serde_json::from_str(&report).map_err(|error| error.to_string())
}

fn check(program: &str, target: Target, seeds: u64) -> Result<(), String> {
    let compared = compare(&GuestFile::of(program, target), seeds);
    let refused = REFUSED.iter().find(|(refused, _)| *refused == program);
    match refused {
        None => compared,
        Some(_) if compared.is_err() => Ok(()),
        Some((_, reason)) => Err(format!("it runs, and was to be refused: {reason}")),
    }
}

fn compare(program: &GuestFile, seeds: u64) -> Result<(), String> {
    let (one, two) = (report(program, seeds, "1")?, report(program, seeds, "2")?);
    let failures = one["failures"].as_array().ok_or("no list of failures")?;
    let mut causes = failures.iter().map(|group| &group["cause"]);
    if let Some(cause) = causes.find(|cause| cause["end"]["kind"] == "differs") {
        return Err(format!("a seed does not do the same twice: {cause}"));
    }
    let count = one["runs"]["digests"].as_array().map_or(0, Vec::len) as u64;
    if count != seeds {
        return Err(format!("{count} of {seeds} seeds ran"));
    }
    for key in ["digest", "runs"] {
        if one[key] != two[key] {
            return Err(format!("`{key}` differs between one job and two"));
        }
    }
    match one["failures"] == two["failures"] {
        true => Ok(()),
        false => Err("the failures differ between one job and two".into()),
    }
}

#[test]
fn digests_do_not_depend_on_processes_and_jobs() {
    let given = env::var("DIGEST_SEEDS").ok();
    let (part, seeds) = match given {
        Some(seeds) => (1, seeds.parse().expect("a number")),
        None => (PART, SEEDS),
    };
    let all = Target::ALL.into_iter().flat_map(|target| {
        let programs = programs(target).into_iter();
        programs.map(move |program| (program, target))
    });
    let chosen: Vec<(String, Target)> = all.step_by(part).collect();
    let count = chosen.len();
    let left = Mutex::new(chosen.into_iter());
    let wrong = Mutex::new(Vec::new());
    let next = || left.lock().expect("the programs").next();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some((program, target)) = next() {
                    if let Err(message) = check(&program, target, seeds) {
                        let message = format!("{program} for {}: {message}", target.name());
                        wrong.lock().expect("the messages").push(message);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("the messages");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 8, "there are {count} programs");
}
