//! Runs every guest program of `tests/guests` twice: on Wasmtime's own WASI with a directory of this machine, and
//! through the kernel with files in memory. Status, output and the files at the end must agree. Programs that use files
//! also run through the filter for directories of the host, which must agree too, and once more on the files of their
//! first run: on a directory, and in an overlay over such a directory, which must not change. Some programs run on the
//! files of their first run where they can change nothing. Components run once more with a probe around them, which must
//! not show.
//!
//! The test finds the programs in their folders, so none can be forgotten. `tests/cases/differential/` holds the rest:
//!
//! - `NAME.TARGET.txt`: the lines in which a program is meant to differ, `-` for the host's and `+` for the kernel's,
//!   below lines with `#` that give the reason. In `NAME.TARGET.walk.txt`, `+` stands for the filter that walks paths
//!   itself, in `NAME.TARGET.overlay.txt` for the overlay, in `NAME.TARGET.read-only.MOUNT.txt` for a read-only mount.
//! - `NAME/` or `NAME.VARIANT/`: a `policy.toml` under which the program runs as well, and the expected transcript,
//!   `expected.txt`.
//!
//! With the variable `BLESS` set the files are written instead of compared; read what changed.

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;
use std::{env, fs, thread};

use libtest_mimic::{Arguments, Failed, Trial};
use support::guests::{Target, programs, repository};
use support::run::RUNNER;
use support::transcript::differences;
use wasi_interpose::policy::{Policy, PolicyErrors};
use wasi_interpose::probe::calls::Event;

/// Programs that do not run on the host, and the reason. Each runs under a policy of its own.
const NOT_ON_THE_HOST: &[(&str, &str)] = &[
    ("demo", "it sleeps for hours and prints random numbers"),
    (
        "p2_fs_far",
        "how large a file can be depends on the host's file system",
    ),
    ("p2_poll_deadlock", "it waits without end"),
    ("p2_random_seeded", "it prints random numbers"),
    ("p2_replayed", "it prints times and random numbers"),
    ("random_print", "it prints random numbers"),
    ("time_sleep_long", "it sleeps for a day"),
];

/// A policy with an empty root in memory that leaves everything else to the host.
const POLICY: &str = r#"
version = 1
default = "inherit"

[[filesystem.mounts]]
path = "/"
source = "memory"
"#;

/// A directory of the host unchanged, and one in which the filter walks each path because it has hidden paths.
const DIRECTORIES: [(&str, &str); 2] = [("plain", ""), ("walk", "hide = [\"**/.hidden\"]")];

/// Programs that also run where they can change nothing, on the files of their first run.
const READ_ONLY: &[&str] = &["p2_fs_table"];

/// The mounts that show a directory without permitting changes: a mount in memory into which the directory is baked, an
/// overlay, and the filter for directories of the host, with and without walking paths. `FROM` stands for the
/// directory.
const READ_ONLY_MOUNTS: [(&str, &str); 5] = [
    ("memory", "source = \"memory\"\nfrom = \"FROM\""),
    ("overlay", "source = \"overlay\"\nhost = \"/\""),
    ("plain", "source = \"host\""),
    ("walk", "source = \"host\"\nhide = [\"**/.hidden\"]"),
    ("subtree", "source = \"host\"\nsubtree = \"shown\""),
];

/// How long a program may run before it counts as hanging.
const LIMIT: Duration = Duration::from_secs(120);

/// A policy with the host's files in `/` and changes in memory.
const OVERLAY: &str = r#"
version = 1
default = "inherit"

[[filesystem.mounts]]
path = "/"
source = "overlay"
host = "/"
"#;

/// Marks a difference in a file until someone writes down the reason for it.
const UNEXPLAINED: &str = "# why: ?";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for target in Target::ALL {
        for program in programs(target)
            .into_iter()
            .filter(|program| compared(program))
        {
            let name = format!("host::{program}::{}", target.name());
            let (probed, program) = (program.clone(), program);
            let compared = program.clone();
            trials.push(trial(name, move || compare(&compared, target)));
            // The calls of the programs are the same for both targets.
            if target == Target::Wasip2 {
                let name = format!("fused::{program}");
                let program = probed.clone();
                trials.push(trial(name, move || compare_fused(&program, target)));
            }
            // A core module becomes a component before there is a probe. What programs of `fs_` call, those of `p2_fs_` do too.
            if target == Target::Wasip2 && !probed.starts_with("fs_") {
                let name = format!("probe::{probed}");
                trials.push(trial(name, move || compare_observed(&probed, target)));
            }
        }
        let about_files = programs(target)
            .into_iter()
            .filter(|program| program.starts_with("fs_") || program.starts_with("p2_fs_"));
        for program in about_files {
            if compared(&program) {
                let name = format!("overlay::{program}::{}", target.name());
                let program = program.clone();
                trials.push(trial(name, move || compare_over(&program, target)));
            }
            for (mount, keys) in DIRECTORIES {
                let name = format!("directory::{mount}::{program}::{}", target.name());
                let program = program.clone();
                trials.push(trial(name, move || {
                    compare_directory(&program, target, mount, keys)
                }));
            }
        }
        for program in programs(target) {
            if !READ_ONLY.contains(&program.as_str()) {
                continue;
            }
            for (mount, keys) in READ_ONLY_MOUNTS {
                let name = format!("read-only::{mount}::{program}::{}", target.name());
                let program = program.clone();
                trials.push(trial(name, move || {
                    compare_read_only(&program, target, mount, keys)
                }));
            }
        }
        for (case, program) in cases()
            .into_iter()
            .filter(|(_, program)| programs(target).contains(program))
        {
            let name = format!("policy::{case}::{}", target.name());
            trials.push(trial(name, move || expect(&case, &program, target)));
        }
    }
    trials.push(Trial::test(
        "every_file_belongs_to_a_program",
        every_file_belongs_to_a_program,
    ));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A test that fails, instead of hanging, if its program hangs.
fn trial(name: String, test: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    Trial::test(name, move || {
        let (sender, receiver) = mpsc::channel();
        let runner = thread::spawn(move || sender.send(test()));
        match receiver.recv_timeout(LIMIT) {
            Ok(result) => result,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                Err(format!("still running after {LIMIT:?}").into())
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(panic_message(runner.join())),
        }
    })
}

fn panic_message<T>(result: thread::Result<T>) -> Failed {
    let Err(payload) = result else {
        return "the test ended without a result".into();
    };
    let text = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or(payload.downcast_ref::<&str>().copied());
    text.unwrap_or("the test panicked").into()
}

fn compared(program: &str) -> bool {
    NOT_ON_THE_HOST.iter().all(|(name, _)| name != &program)
}

/// Runs a program on the host and through the kernel and compares the transcripts.
fn compare(program: &str, target: Target) -> Result<(), Failed> {
    let policy = understood(Policy::parse("POLICY", POLICY, None))?;
    let host = RUNNER.on_the_host(program, target);
    let kernel = RUNNER.under(&policy, program, target);
    let file = format!("{program}.{}.txt", target.name());
    agree(&host.lines(), &kernel.lines(), &file)
}

/// Runs a program through the kernel as a component of its own and fused with it, and compares the transcripts.
fn compare_fused(program: &str, target: Target) -> Result<(), Failed> {
    let policy = understood(Policy::parse("POLICY", POLICY, None))?;
    let [wired, multiple, portable] = RUNNER.linked_under(&policy, program, target);
    for fused in [multiple, portable] {
        let differences = differences(&wired.lines(), &fused.lines());
        if !differences.is_empty() {
            return Err(format!("fusing changes the program:\n{differences}").into());
        }
    }
    Ok(())
}

/// Runs a program on the host with and without a probe around it, and compares the transcripts.
fn compare_observed(program: &str, target: Target) -> Result<(), Failed> {
    let policy = understood(Policy::parse(
        "INHERIT",
        "version = 1\ndefault = \"inherit\"\n",
        None,
    ))?;
    let host = RUNNER.on_the_host(program, target);
    let (observed, events) = RUNNER.observed(&policy, program, target);
    let differences = differences(&host.lines(), &observed.lines());
    if !differences.is_empty() {
        return Err(format!("the probe changes the program:\n{differences}").into());
    }
    let calls = events
        .iter()
        .filter(|event| matches!(event, Event::Call { .. }));
    let returns = events
        .iter()
        .filter(|event| matches!(event, Event::Return { .. }));
    // `exit` does not return.
    match calls.count().saturating_sub(returns.count()) {
        0 | 1 => Ok(()),
        open => Err(format!("{open} calls did not return, of {}", events.len()).into()),
    }
}

/// Runs a program on the host and through the filter for directories of the host and compares the transcripts.
fn compare_directory(program: &str, target: Target, mount: &str, keys: &str) -> Result<(), Failed> {
    let policy = format!(
        "version = 1\ndefault = \"inherit\"\n[[filesystem.mounts]]\npath = \"/\"\nsource = \"host\"\n{keys}\n"
    );
    let policy = understood(Policy::parse("POLICY", &policy, None))?;
    let filter = RUNNER.over_a_directory(&policy, program, target);
    let host = RUNNER.on_the_host(program, target);
    let file = format!("{program}.{}.{mount}.txt", target.name());
    agree(&host.lines(), &filter.lines(), &file)
}

/// Runs a program on a directory in which it has run before, and in an overlay over such a directory, which must not
/// change.
fn compare_over(program: &str, target: Target) -> Result<(), Failed> {
    let policy = understood(Policy::parse("OVERLAY", OVERLAY, None))?;
    let (plain, lower) = (tempfile::tempdir()?, tempfile::tempdir()?);
    for directory in [&plain, &lower] {
        RUNNER.on_the_host_in(directory.path(), program, target);
    }
    let before = below(lower.path())?;
    let host = RUNNER.on_the_host_in(plain.path(), program, target);
    let kernel = RUNNER.over(lower.path(), &policy, program, target);
    if below(lower.path())? != before {
        return Err("the directory under the overlay was changed".into());
    }
    let file = format!("{program}.{}.overlay.txt", target.name());
    agree(&host.lines(), &kernel.lines(), &file)
}

/// Runs a program on the files of its first run, on a host that permits no change, and in a read-only mount of the same
/// files, which must not change.
fn compare_read_only(program: &str, target: Target, mount: &str, keys: &str) -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let shown = directory.path().join("shown");
    fs::create_dir(&shown)?;
    RUNNER.on_the_host_in(&shown, program, target);
    let before = below(&shown)?;
    let from = shown.to_str().ok_or("the directory has no Unicode path")?;
    let policy = format!(
        "version = 1\ndefault = \"inherit\"\n[[filesystem.mounts]]\npath = \"/\"\naccess = \"read-only\"\n{}\n",
        keys.replace("FROM", from)
    );
    let policy = understood(Policy::parse("POLICY", &policy, None))?;
    let granted = match mount {
        "subtree" => directory.path(),
        _ => &shown,
    };
    let host = RUNNER.on_the_host_read_only(&shown, program, target);
    let mounted = RUNNER.read_only_under((granted, &shown), &policy, program, target);
    if below(&shown)? != before {
        return Err("the files were changed".into());
    }
    let file = format!("{program}.{}.read-only.{mount}.txt", target.name());
    agree(&host.lines(), &mounted.lines(), &file)
}

/// A path; the time of its last change, its number of names and its size in bytes; and its contents.
type Below = (PathBuf, [i64; 4], Vec<u8>);

/// Everything below a directory.
fn below(directory: &Path) -> std::io::Result<Vec<Below>> {
    use std::os::unix::fs::MetadataExt;
    let mut found = Vec::new();
    let mut left = vec![directory.to_owned()];
    while let Some(path) = left.pop() {
        let metadata = path.symlink_metadata()?;
        let contents = if metadata.is_dir() {
            for entry in fs::read_dir(&path)? {
                left.push(entry?.path());
            }
            Vec::new()
        } else if metadata.is_symlink() {
            fs::read_link(&path)?.into_os_string().into_encoded_bytes()
        } else if metadata.len() < 1 << 26 {
            fs::read(&path)?
        } else {
            // The file consists of holes, and its times show whether it was written.
            Vec::new()
        };
        let facts = [
            metadata.ctime(),
            metadata.ctime_nsec(),
            metadata.nlink().cast_signed(),
            metadata.len().cast_signed(),
        ];
        found.push((path, facts, contents));
    }
    found.sort();
    Ok(found)
}

/// Whether two transcripts differ exactly as a file says.
fn agree(host: &str, other: &str, file: &str) -> Result<(), Failed> {
    let found = differences(host, other);
    let file = directory().join(file);
    let written = fs::read_to_string(&file).unwrap_or_default();
    let (reasons, meant): (Vec<&str>, Vec<&str>) =
        written.lines().partition(|line| line.starts_with('#'));
    if env::var_os("BLESS").is_some() {
        if found.is_empty() {
            return remove(&file);
        }
        let reasons = if reasons.is_empty() {
            vec![UNEXPLAINED]
        } else {
            reasons
        };
        return write(&file, &format!("{}\n{found}", reasons.join("\n")));
    }
    let meant = if meant.is_empty() {
        String::new()
    } else {
        meant.join("\n") + "\n"
    };
    if found != meant {
        let changed = differences(&meant, &found);
        return Err(format!(
            "host (-) and adapter (+) differ otherwise than is written down:\n{changed}"
        )
        .into());
    }
    if written.contains(UNEXPLAINED) || (reasons.is_empty() && !found.is_empty()) {
        return Err(format!(
            "{} does not say why host and adapter differ",
            file.display()
        )
        .into());
    }
    Ok(())
}

/// Runs a program under the policy of a case and compares the transcript with the expected one.
fn expect(case: &str, program: &str, target: Target) -> Result<(), Failed> {
    let directory = directory().join(case);
    let policy = understood(Policy::load(
        &directory.join("policy.toml").to_string_lossy(),
    ))?;
    let found = RUNNER.under(&policy, program, target).lines();
    let openly = RUNNER.openly_under(&policy, program, target).lines();
    let changed = differences(&found, &openly);
    if !changed.is_empty() {
        return Err(format!("not the same when it is open:\n{changed}").into());
    }
    // If the targets are meant to differ, each has its own file.
    let own = directory.join(format!("expected.{}.txt", target.name()));
    let file = if own.exists() {
        own
    } else {
        directory.join("expected.txt")
    };
    if env::var_os("BLESS").is_some() {
        return write(&file, &found);
    }
    let expected =
        fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let changed = differences(&expected, &found);
    if changed.is_empty() {
        Ok(())
    } else {
        Err(format!("not what was expected:\n{changed}").into())
    }
}

/// Turns the problems of a policy into a failure of the test.
fn understood(policy: Result<Policy, PolicyErrors>) -> Result<Policy, Failed> {
    policy.map_err(|errors| {
        let problems: Vec<String> = errors.problems.iter().map(ToString::to_string).collect();
        problems.join("; ").into()
    })
}

/// The cases with their own policies: the folder's name, and the program's name, which is its part before a dot.
fn cases() -> Vec<(String, String)> {
    let mut cases: Vec<_> = entries()
        .into_iter()
        .filter(|path| path.is_dir())
        .map(|path| file_name(&path))
        .map(|case| {
            (
                case.clone(),
                case.split('.').next().unwrap_or_default().to_owned(),
            )
        })
        .collect();
    cases.sort();
    cases
}

fn every_file_belongs_to_a_program() -> Result<(), Failed> {
    let known: BTreeSet<String> = Target::ALL.into_iter().flat_map(programs).collect();
    let owner = |path: &Path| {
        file_name(path)
            .split('.')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    for path in entries() {
        if !known.contains(&owner(&path)) {
            return Err(format!("{} belongs to no program", path.display()).into());
        }
    }
    for (program, reason) in NOT_ON_THE_HOST {
        if !known.contains(*program) {
            return Err(format!("there is no program `{program}`").into());
        }
        if cases().iter().all(|(_, name)| name != program) {
            return Err(format!("`{program}` is never run: it has no policy, and {reason}").into());
        }
    }
    Ok(())
}

fn directory() -> PathBuf {
    repository().join("tests/cases/differential")
}

fn entries() -> Vec<PathBuf> {
    let directory = directory();
    let entries =
        fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    entries
        .map(|entry| entry.expect("an entry of the directory of cases").path())
        .collect()
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn write(file: &Path, text: &str) -> Result<(), Failed> {
    fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()).into())
}

fn remove(file: &Path) -> Result<(), Failed> {
    match fs::remove_file(file) {
        Err(error) if file.exists() => Err(format!("{}: {error}", file.display()).into()),
        _ => Ok(()),
    }
}
