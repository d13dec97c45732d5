//! `interpose run` as cargo's runner for wasm32-wasip2, under `cargo test` and cargo-nextest. The crate under test is
//! strsim as its authors published it: the tool depends on it, so its sources are on this machine.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::{env, fs};

use serde_json::Value;

use crate::support::guests::{SURROUNDING, repository};
use crate::support::tools::{Printed, cache_directory, finish};

const TARGET: &str = "wasm32-wasip2";

/// The number of tests beside the code of strsim 0.11.1, and of those in its folder `tests`.
const TESTS: (usize, usize) = (88, 8);

/// A copy of the crate with one more test, which fails, in a directory of its own.
static CRATE: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let source = source("strsim");
    for folder in ["src", "tests"] {
        let to = directory.path().join(folder);
        fs::create_dir(&to).expect("a directory");
        for entry in fs::read_dir(source.join(folder)).expect("the sources") {
            let file = entry.expect("a source").path();
            let name = file.file_name().expect("a name");
            fs::write(to.join(name), fs::read(&file).expect("a source")).expect("a copy");
        }
    }
    let manifest = fs::read_to_string(source.join("Cargo.toml")).expect("a manifest");
    // The temporary directory may lie inside a workspace.
    let manifest = format!("{manifest}\n[workspace]\n");
    fs::write(directory.path().join("Cargo.toml"), manifest).expect("a manifest");
    let fails = "#[test]\n#[ignore]\nfn fails() {\n    assert_eq!(strsim::hamming(\"a\", \"b\"), Ok(0));\n}\n";
    fs::write(directory.path().join("tests/fails.rs"), fails).expect("a test");
    directory
});

/// The directory in which cargo keeps the sources of a dependency of the tool.
fn source(package: &str) -> PathBuf {
    let arguments = ["metadata", "--offline", "--locked", "--format-version", "1"];
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(repository())
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo's metadata");
    let packages = metadata["packages"].as_array().expect("a list");
    let found = packages.iter().find(|found| found["name"] == package);
    let manifest = found.and_then(|found| found["manifest_path"].as_str());
    let manifest = Path::new(manifest.expect("a dependency"));
    manifest.parent().expect("a folder").to_owned()
}

/// Runs cargo in the crate, with `interpose run` as the runner. The arguments `behind` go to the tests.
fn cargo(arguments: &[&str], behind: &[&str]) -> Printed {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(arguments)
        .args(["--offline", "--target", TARGET, "--"])
        .args(behind)
        .current_dir(CRATE.path())
        .env(
            "CARGO_TARGET_WASM32_WASIP2_RUNNER",
            format!("{} run -p deterministic", env!("CARGO_BIN_EXE_interpose")),
        );
    in_a_crate(&mut command);
    finish(&mut command)
}

/// Gives a command the environment that it has outside this repository.
fn in_a_crate(command: &mut Command) {
    command
        .env("CARGO_TERM_COLOR", "never")
        .env("XDG_CACHE_HOME", cache_directory().join("user"));
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        // This suite may itself run under nextest.
        if name.starts_with("NEXTEST") || SURROUNDING.contains(&&*name) {
            command.env_remove(&*name);
        }
    }
}

#[test]
fn cargo_test() {
    let printed = cargo(&["test", "--tests"], &[]);
    assert_eq!(printed.status, 0, "{printed:?}");
    for count in [TESTS.0, TESTS.1] {
        let passed = format!("test result: ok. {count} passed; 0 failed;");
        assert!(printed.stdout.contains(&passed), "{printed:?}");
    }
    // Arguments that begin with a hyphen are the application's.
    let one = ["--nocapture", "--exact", "levenshtein_works"];
    let printed = cargo(&["test", "--test", "lib"], &one);
    assert_eq!(printed.status, 0, "{printed:?}");
    let filtered = format!(
        "1 passed; 0 failed; 0 ignored; 0 measured; {} filtered",
        TESTS.1 - 1
    );
    assert!(printed.stdout.contains(&filtered), "{printed:?}");
    // A test that panics fails.
    let printed = cargo(&["test", "--test", "fails"], &["--ignored", "--nocapture"]);
    // Cargo passes the status of a test on.
    assert_eq!(printed.status, 134, "{printed:?}");
    assert!(printed.stderr.contains("left: Ok(1)"), "{printed:?}");
    assert!(
        printed.stderr.contains("the application trapped"),
        "{printed:?}"
    );
}

/// Makes the calls that nextest makes, whether nextest is installed or not.
#[test]
fn what_nextest_asks() {
    let list = ["--list", "--format", "terse"];
    let printed = cargo(&["test", "--test", "lib"], &list);
    let tests = printed
        .stdout
        .lines()
        .filter(|line| line.ends_with(": test"));
    assert_eq!((printed.status, tests.count()), (0, TESTS.1), "{printed:?}");
    let ignored = ["--list", "--format", "terse", "--ignored"];
    let printed = cargo(&["test", "--test", "fails"], &ignored);
    assert_eq!(
        (printed.status, printed.stdout.as_str()),
        (0, "fails: test\n"),
        "{printed:?}"
    );
    let one = ["--exact", "fails", "--nocapture", "--ignored"];
    let printed = cargo(&["test", "--test", "fails"], &one);
    // Cargo passes the status of a test on.
    assert_eq!(printed.status, 134, "{printed:?}");
}

/// Runs nextest itself; `what_nextest_asks` makes its calls without it.
#[test]
#[ignore = "needs cargo-nextest, which `make test` installs"]
fn cargo_nextest() {
    let printed = cargo(&["nextest", "run", "--test", "lib"], &[]);
    assert_eq!(printed.status, 0, "{printed:?}");
    let passed = format!("{0} tests run: {0} passed", TESTS.1);
    assert!(printed.stderr.contains(&passed), "{printed:?}");
    let printed = cargo(
        &["nextest", "run", "--test", "fails", "--run-ignored", "all"],
        &[],
    );
    // nextest's status for failed tests.
    assert_eq!(printed.status, 100, "{printed:?}");
    assert!(
        printed.stderr.contains("1 test run: 0 passed, 1 failed"),
        "{printed:?}"
    );
}

/// A program that reads and writes files, with tests.
const PROGRAM: &str = r#"
fn count(text: &str) -> usize {
    text.lines().count()
}

fn main() -> std::io::Result<()> {
    std::fs::write("/tmp/lines.txt", "one\ntwo\n")?;
    println!("{} lines", count(&std::fs::read_to_string("/tmp/lines.txt")?));
    Ok(())
}

#[test]
fn lines_are_counted() {
    assert_eq!(count("a\nb\n"), 2);
}

#[test]
fn time_is_virtual() {
    std::thread::sleep(std::time::Duration::from_secs(24 * 60 * 60));
}
"#;

/// Runs the job that `docs/ci.md` shows, in a repository of the kind that it is meant for. The tools that the job
/// installs are on this machine.
#[test]
fn the_job_in_the_documentation() {
    run_the_job(|step| step.replace("cargo nextest run", "cargo test"));
}

/// The job as it stands.
#[test]
#[ignore = "needs cargo-nextest, which `make test` installs"]
fn the_job_in_the_documentation_under_nextest() {
    run_the_job(str::to_owned);
}

/// Runs the job that `docs/ci.md` shows in a repository for which it is meant, each step as `change` makes it. What it
/// installs is here.
fn run_the_job(change: impl Fn(&str) -> String) {
    let work = tempfile::tempdir().expect("a directory");
    let write = |name: &str, contents: &str| {
        let path = work.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, contents).expect("a file");
    };
    let manifest =
        "[package]\nname = \"app\"\nversion = \"1.0.0\"\nedition = \"2024\"\n[workspace]\n";
    write("Cargo.toml", manifest);
    write("src/main.rs", PROGRAM);
    for (name, extends) in [("tests", "deterministic"), ("release", "sandbox")] {
        let policy = format!("version = 1\nextends = \"{extends}\"\n");
        write(&format!("policies/{name}.toml"), &policy);
    }
    let document = fs::read_to_string(repository().join("docs/ci.md")).expect("the document");
    let job = document.split("```yaml job\n").nth(1).expect("a job");
    let job = job.split("```").next().unwrap_or_default();
    let steps = steps(job);
    assert_eq!(steps.len(), 5, "{steps:?}");
    let tools = tempfile::tempdir().expect("a directory");
    let command = tools.path().join("interpose");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_interpose"), command).expect("a link");
    let path = env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(tools.path().to_owned()).chain(env::split_paths(&path));
    let paths = env::join_paths(paths).expect("a search path");
    for step in steps.iter().filter(|step| !step.contains("cargo install")) {
        let step = change(step);
        let mut shell = Command::new("bash");
        // The shell options are those of GitHub.
        shell.args(["-e", "-c", &step]).current_dir(work.path());
        in_a_crate(&mut shell);
        shell.env("PATH", &paths).env("CARGO_NET_OFFLINE", "true");
        shell.envs(environment(job));
        let printed = finish(&mut shell);
        assert_eq!(printed.status, 0, "{step}: {printed:?}");
    }
    let record = fs::read_to_string(work.path().join("record.json")).expect("a record");
    let record: Value = serde_json::from_str(&record).expect("an object");
    assert_eq!(record["outcome"], "exited", "{record}");
}

/// The commands of a job's steps.
fn steps(job: &str) -> Vec<String> {
    let mut steps: Vec<String> = Vec::new();
    let mut is_within = false;
    for line in job.lines() {
        let depth = line.len() - line.trim_start().len();
        match line.trim_start().strip_prefix("run: ") {
            Some(command) => {
                is_within = command == "|";
                steps.push(if is_within {
                    String::new()
                } else {
                    command.to_owned()
                });
            }
            None if is_within && depth > 8 => {
                let step = steps.last_mut().expect("a step");
                *step += &format!("{}\n", line.trim_start());
            }
            None => is_within = false,
        }
    }
    steps
}

/// The variables of a job.
fn environment(job: &str) -> Vec<(String, String)> {
    let lines = job.lines().skip_while(|line| line.trim() != "env:").skip(1);
    let lines = lines.take_while(|line| line.trim() != "steps:");
    lines
        .filter_map(|line| line.trim().split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
