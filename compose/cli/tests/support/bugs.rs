//! Programs with bugs that ordinary runs never show: `interpose test` finds each, makes it smaller and repeats it, and does not
//! find it in the mended program.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use serde_json::Value;

use super::guests::repository;

/// How many seeds find each bug.
const FOUND: u64 = 300;

/// How many seeds run without what makes a bug show.
const ORDINARY: u64 = 100;

/// How many seeds a mended program runs with, if nothing else is said.
const MENDED: u64 = 1000;

/// The most faults with which a bug that was made smaller still shows. A loss of power is one, too.
const FAULTS: u64 = 2;

/// A program with a bug, which its argument `mended` takes away.
pub struct Bug<'a> {
    /// Its file.
    pub program: &'a Path,
    /// A policy under which an ordinary run does not show the bug.
    pub ordinary: &'a str,
    /// The policy under which it is tested.
    pub policy: &'a str,
    /// More options of the tests.
    pub options: &'a [&'a str],
    /// What a failure has that shows this bug, and not only what follows from it: the kind of its end and what the program said.
    pub cause: (&'a str, &'a str),
    /// Of how many seeds one runs, for programs that take long.
    pub part: u64,
}

impl Default for Bug<'_> {
    fn default() -> Self {
        Self {
            program: Path::new(""),
            ordinary: "deterministic",
            policy: "deterministic",
            options: &[],
            cause: ("", ""),
            part: 1,
        }
    }
}

/// The policy of this name in `tests/cases/bugs`.
pub fn policy(name: &str) -> String {
    let file = repository().join("tests/cases/bugs").join(name);
    file.display().to_string()
}

impl Bug<'_> {
    /// Shows all of it. `interpose` makes the command.
    #[track_caller]
    pub fn show(&self, interpose: impl Fn() -> Command) {
        let work = tempfile::tempdir().expect("a temporary directory");
        let report = work.path().join("report.json");
        let test = |policy: &str, arguments: &[&str]| {
            let mut command = interpose();
            command.current_dir(work.path()).arg("test");
            command
                .arg(self.program)
                .args(["--policy", policy, "--quiet"]);
            let output = command.args(arguments).output();
            output.expect("the command starts")
        };

        let seeds = seeds(ORDINARY / self.part);
        let ordinary = test(self.ordinary, &["--seeds", &seeds]);
        assert_status(&ordinary, 0, "an ordinary run shows the bug");

        let (seeds, report) = (self::seeds(FOUND / self.part), report.display().to_string());
        let arguments = ["--seeds", &seeds, "--report", &report];
        let arguments = [&arguments[..], self.options].concat();
        let found = test(self.policy, &arguments);
        assert_status(&found, 1, "no seed shows the bug");
        println!("{}", text(&found.stdout));
        let (file, faults) = self.cause_in(Path::new(&report));
        assert!((1..=FAULTS).contains(&faults), "{}", text(&found.stdout));
        let file = file.display().to_string();
        let replayed = test(self.policy, &["--replay", &file]);
        assert_status(&replayed, 1, "the run is not repeated");
        let said = text(&replayed.stdout);
        assert!(said.contains("the run failed as before"), "{said}");

        let all = env::var("BUG_SEEDS")
            .ok()
            .map(|all| all.parse().expect("a number"));
        let seeds = self::seeds(all.unwrap_or(MENDED / self.part));
        let arguments = [&["--seeds", &seeds], self.options, &["--", "mended"]].concat();
        let mended = test(self.policy, &arguments);
        assert_status(&mended, 0, "the mended program fails");
        println!("mended: {}", text(&mended.stdout));
    }

    /// The replay file of the cause that shows the bug, and how many faults it needs.
    #[track_caller]
    fn cause_in(&self, report: &Path) -> (PathBuf, u64) {
        let report = fs::read_to_string(report).expect("a report");
        let report: Value = serde_json::from_str(&report).expect("JSON");
        let groups = report["failures"].as_array().expect("a list");
        let (kind, said) = self.cause;
        let group = groups.iter().find(|group| {
            let (cause, end) = (&group["cause"], &group["cause"]["end"]);
            end["kind"] == kind
                && cause["said"]
                    .as_str()
                    .is_some_and(|text| text.contains(said))
        });
        let causes = || {
            groups
                .iter()
                .map(|group| &group["cause"])
                .collect::<Vec<_>>()
        };
        let group =
            group.unwrap_or_else(|| panic!("no cause is {:?}: {:#?}", self.cause, causes()));
        let (example, replay) = (&group["example"], &group["example"]["replay"]);
        let decisions = replay["decisions"].as_array().expect("a list").len() as u64;
        let crash = u64::from(!replay["crash"].is_null());
        let file = example["file"].as_str().expect("a replay file");
        (file.into(), decisions + crash)
    }
}

fn seeds(count: u64) -> String {
    format!("0..{count}")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn assert_status(output: &Output, status: i32, otherwise: &str) {
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(
        output.status.code(),
        Some(status),
        "{otherwise}:\n{stdout}\n{stderr}"
    );
}
