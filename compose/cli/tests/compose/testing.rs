//! `interpose test`: campaigns, reports, shards and replays by the command line.

use std::fs;

use serde_json::Value;

use crate::support::tools::{GuestFile, Printed, finish, interpose, run, text};

/// A command for preview 1 that exits with status 1 for about a quarter of the seeds.
const APP: &str = r#"(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (drop (call $random (i32.const 0) (i32.const 1)))
    (if (i32.lt_u (i32.load8_u (i32.const 0)) (i32.const 64)) (then (call $exit (i32.const 1))))))"#;

struct Work {
    directory: tempfile::TempDir,
}

impl Work {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        fs::write(directory.path().join("app.wat"), APP).expect("a file");
        Self { directory }
    }

    fn path(&self, name: &str) -> String {
        text(&self.directory.path().join(name))
    }

    /// Runs the command in the directory.
    fn test(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Printed {
        let mut command = interpose();
        command.current_dir(self.directory.path());
        command.arg("test").args(arguments);
        finish(command.envs(variables.iter().copied()))
    }

    fn report(&self, name: &str) -> Value {
        let text = fs::read_to_string(self.path(name)).expect("a report");
        serde_json::from_str(&text).expect("JSON")
    }
}

#[test]
fn what_passes_has_status_0_and_what_fails_1() {
    let hello = GuestFile::new("cli_hello");
    let printed = run(&["test", &hello.path(), "--seeds", "0..10", "--quiet"]);
    assert_eq!(printed.status, 0, "{printed:?}");
    assert!(
        printed.stdout.starts_with("10 seeds: 10 passed, 0 failed"),
        "{printed:?}"
    );
    let deadlock = GuestFile::new("p2_poll_deadlock");
    let work = Work::new();
    let printed = work.test(&[&deadlock.path(), "--seeds", "3"], &[]);
    assert_eq!(printed.status, 1, "{printed:?}");
    let never = "seed 3: the application waited for something that could never happen";
    assert!(printed.stdout.contains(never), "{printed:?}");
    let bad = run(&["test", "missing.wasm"]);
    assert_eq!(bad.status, 2, "{bad:?}");
    let bad = run(&["test", &hello.path(), "--seeds", "5..5"]);
    assert_eq!(bad.status, 2, "{bad:?}");
}

#[test]
fn failures_are_replayed_by_the_command_that_is_printed() {
    let work = Work::new();
    let printed = work.test(&["app.wat", "--seeds", "0..40", "--jobs", "2"], &[]);
    assert_eq!(printed.status, 1, "{printed:?}");
    let command = printed
        .stdout
        .lines()
        .find_map(|line| line.trim().strip_prefix("repeat it: interpose test "))
        .unwrap_or_else(|| panic!("{printed:?}"));
    let words: Vec<&str> = command.split(' ').collect();
    assert!(
        command.starts_with("app.wat --replay replays/app-"),
        "{command}"
    );
    let replayed = work.test(&words, &[]);
    assert_eq!(replayed.status, 1, "{replayed:?}");
    assert!(
        replayed.stdout.contains("the run failed as before"),
        "{replayed:?}"
    );
    fs::write(work.path("app.wat"), APP.replace("const 64", "const 65")).expect("a file");
    let refused = work.test(&words, &[]);
    assert_eq!(refused.status, 2, "{refused:?}");
    assert!(
        refused.stderr.contains("the application is `app.wat`"),
        "{refused:?}"
    );
    let file = words.last().expect("a file");
    fs::write(work.directory.path().join(file), "{}").expect("a file");
    assert_eq!(work.test(&words, &[]).status, 2);
}

#[test]
fn schedulers_give_shards() {
    let work = Work::new();
    let ran = |arguments: &[&str], variables: &[(&str, &str)]| {
        let arguments = [
            &["app.wat", "--seeds", "0..40", "--report", "part.json"],
            arguments,
        ];
        let printed = work.test(&arguments.concat(), variables);
        assert!(printed.status <= 1, "{printed:?}");
        let ran = work.report("part.json")["ran"][0].clone();
        (ran["first"].as_u64(), ran["end"].as_u64())
    };
    assert_eq!(ran(&["--shard", "2/4"], &[]), (Some(10), Some(20)));
    let kubernetes = [("JOB_COMPLETION_INDEX", "3")];
    assert_eq!(ran(&["--shards", "4"], &kubernetes), (Some(30), Some(40)));
    assert_eq!(ran(&[], &kubernetes), (Some(0), Some(40)));
    let slurm = [
        ("SLURM_ARRAY_TASK_ID", "2"),
        ("SLURM_ARRAY_TASK_MIN", "1"),
        ("SLURM_ARRAY_TASK_COUNT", "2"),
    ];
    assert_eq!(ran(&["--shards", "auto"], &slurm), (Some(20), Some(40)));
    let status = work.path("status");
    let bazel = [
        ("TEST_SHARD_INDEX", "0"),
        ("TEST_TOTAL_SHARDS", "4"),
        ("TEST_SHARD_STATUS_FILE", status.as_str()),
    ];
    assert_eq!(ran(&[], &bazel), (Some(0), Some(10)));
    assert!(fs::exists(&status).is_ok_and(|exists| exists));
    let unknown = work.test(&["app.wat", "--shards", "4"], &[]);
    assert_eq!(unknown.status, 2, "{unknown:?}");
}

#[test]
fn reports_of_shards_are_merged() {
    let work = Work::new();
    for index in ["1", "2", "3"] {
        let (shard, report) = (format!("{index}/3"), format!("{index}.json"));
        let arguments = ["app.wat", "--seeds", "0..60", "--shard", &shard];
        work.test(&[&arguments[..], &["--report", &report]].concat(), &[]);
    }
    work.test(
        &["app.wat", "--seeds", "0..60", "--report", "all.json"],
        &[],
    );
    let all = ["merge", "3.json", "1.json", "2.json"];
    let reports = [
        "--report", "m.json", "--report", "m.xml", "--report", "m.html",
    ];
    let printed = work.test(&[&all[..], &reports].concat(), &[]);
    assert_eq!(printed.status, 1, "{printed:?}");
    let (merged, whole) = (work.report("m.json"), work.report("all.json"));
    for key in ["digest", "runs", "ran", "seeds", "subject"] {
        assert_eq!(merged[key], whole[key], "{key}");
    }
    assert_eq!(
        merged["failures"][0]["seeds"],
        whole["failures"][0]["seeds"]
    );
    for name in ["m.xml", "m.html"] {
        assert!(fs::metadata(work.path(name)).is_ok_and(|file| file.len() > 500));
    }
    let printed = work.test(&["merge", "1.json", "3.json"], &[]);
    assert_eq!(printed.status, 2, "{printed:?}");
    assert!(printed.stderr.contains("the seeds 20..40"), "{printed:?}");
    let printed = work.test(&["merge", "1.json", "app.wat"], &[]);
    assert_eq!(printed.status, 2, "{printed:?}");
}

#[test]
fn json_is_the_report() {
    let work = Work::new();
    let printed = work.test(&["app.wat", "--seeds", "0..30", "--json"], &[]);
    assert_eq!(printed.status, 1, "{printed:?}");
    let report: Value = serde_json::from_str(&printed.stdout).expect("one object");
    assert_eq!(report["runs"]["calls"].as_array().map(Vec::len), Some(30));
    assert_eq!(report["failures"][0]["cause"]["end"]["kind"], "status");
    assert_eq!(report["subject"]["policy"]["name"], "deterministic");
    let until = work.test(
        &["app.wat", "--seeds", "0..30", "--json", "--until-failure"],
        &[],
    );
    let until: Value = serde_json::from_str(&until.stdout).expect("one object");
    let first = report["failures"][0]["seeds"][0].as_u64().expect("a seed");
    assert_eq!(until["ran"][0]["end"].as_u64(), Some(first + 1));
}
