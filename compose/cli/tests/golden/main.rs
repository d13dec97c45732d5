//! The outcome of each case, a folder of `tests/cases/compose`, `tests/cases/graph` or `tests/cases/picture`, is written in the folder, and
//! the bytes of its composition have the expected hash. Each case is a test, so `cargo test --test golden NAME` runs
//! one of them. With the variable `BLESS` set, the test writes the files instead of comparing them; read what changed.

mod composers;
mod composition;
mod graph;
mod hashes;
mod picture;
#[path = "../support/mod.rs"]
mod support;

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use support::cases::{check, folders, is_composed};

/// The outcome of a case: the description of its composition, or of its refusal.
type Outcome = fn(&Path) -> Result<String, String>;
/// Checks the bytes of a case's composition.
type Hash = fn(&Path) -> Result<(), String>;

const SUITES: [(&str, Outcome, Hash); 2] = [
    ("compose", composition::outcome, hashes::of_composition),
    ("graph", graph::outcome, hashes::of_graph),
];

/// The name of the hashes of compositions whose adapters are fused where they can be.
const FUSED: &str = "fused";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    let mut names = Vec::new();
    for (adapter, bytes) in hashes::embedded() {
        names.push(format!("adapter {adapter}"));
        trials.push(trial(format!("hash::adapter::{adapter}"), move || {
            hashes::of_adapter(adapter, bytes)
        }));
    }
    for (suite, outcome, hash) in SUITES {
        for case in folders(&format!("tests/cases/{suite}")) {
            let folder = case.file_name().unwrap_or_default().to_string_lossy();
            if is_composed(&case) {
                if suite == "compose" {
                    names.push(hashes::name(FUSED, &case));
                    let case = case.clone();
                    trials.push(trial(format!("hash::{FUSED}::{folder}"), move || {
                        hashes::of_fused(&case)
                    }));
                }
                names.push(hashes::name(suite, &case));
                let case = case.clone();
                trials.push(trial(format!("hash::{suite}::{folder}"), move || {
                    hash(&case)
                }));
            }
            trials.push(of_case(suite, &case, outcome));
        }
    }
    for case in folders("tests/cases/picture") {
        let folder = case.file_name().unwrap_or_default().to_string_lossy();
        trials.push(trial(format!("picture::{folder}"), move || {
            picture::check(&case)
        }));
    }
    trials.push(trial("hash::names".into(), move || {
        hashes::without_a_case(&names)
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn of_case(suite: &str, case: &Path, outcome: Outcome) -> Trial {
    let folder = case.file_name().unwrap_or_default().to_string_lossy();
    let name = format!("{suite}::{folder}");
    let case = case.to_owned();
    trial(name, move || check(&case, outcome(&case)))
}

fn trial(name: String, run: impl FnOnce() -> Result<(), String> + Send + 'static) -> Trial {
    Trial::test(name, move || run().map_err(Into::into))
}
