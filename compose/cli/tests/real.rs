//! Runs the programs of `tests/external/real`, which were not written for this tool: on Wasmtime's own WASI with a
//! directory of this machine, and with `interpose run`, with the same files in memory, with the directory behind the
//! kernel, and under the deterministic policy. Status, output and the files at the end must agree byte for byte.
//!
//! `tests/external/real/README.md` describes the programs and how to write a scenario.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, LazyLock, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use interpose_host::{Buffer, Directory, Grant, Host, Input, Outcome, Output};
use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;
use support::guests::repository;
use support::scripted::{TARGET, built};
use support::transcript::{Transcript, differences, tree};
use wasi_interpose::application::Application;
use wasi_interpose::cache::CompilationCache;

/// The time after which a run of the tool counts as hanging, including compilation.
const LIMIT: Duration = Duration::from_secs(180);

/// Directories that every root has in this test, as in the built-in policies.
const DIRECTORIES: &[&str] = &["dev", "tmp"];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let programs: Vec<Vec<Trial>> = programs().into_iter().map(trials).collect();
    // The programs alternate, so that several are built at the same time.
    let turns = programs.iter().map(Vec::len).max().unwrap_or_default();
    let mut programs: Vec<_> = programs.into_iter().map(Vec::into_iter).collect();
    let mut trials = Vec::new();
    for _ in 0..turns {
        trials.extend(programs.iter_mut().filter_map(Iterator::next));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trials(program: Program) -> Vec<Trial> {
    let program = Arc::new(program);
    let mut trials = Vec::new();
    for (name, lines) in &program.suite.scenarios {
        let scenario = Arc::new(Scenario {
            lines: lines.clone(),
            host: OnceLock::new(),
        });
        let mut places = vec![Place::Memory, Place::Mounted];
        if program.suite.deterministic.contains(name) {
            places.push(Place::Deterministic);
        }
        for place in places {
            let (program, scenario) = (program.clone(), scenario.clone());
            let title = format!("{}::{name}::{}", program.name, place.policy());
            let differs = place != Place::Mounted && program.suite.differs.contains_key(name);
            trials.push(Trial::test(title, move || {
                match (compare(&program, &scenario, place)?, differs) {
                    (None, false) | (Some(_), true) => Ok(()),
                    (Some(difference), false) => Err(difference.into()),
                    (None, true) => {
                        Err("it is written down that this differs, and it does not".into())
                    }
                }
            }));
        }
    }
    trials
}

/// A scenario of a program.
struct Scenario {
    /// Its command lines.
    lines: Vec<String>,
    /// The result of the scenario on the host.
    host: OnceLock<Result<String, Failed>>,
}

/// The contents of a program's `scenarios.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Suite {
    /// The scenarios that also run under the deterministic policy.
    deterministic: BTreeSet<String>,
    /// Environment variables of every run.
    #[serde(default)]
    environment: BTreeMap<String, String>,
    /// Scenarios in which the filesystem in memory is meant to differ from the host's, with the reasons.
    #[serde(default)]
    differs: BTreeMap<String, String>,
    /// For each scenario, the command lines, which run one after the other on the same files.
    scenarios: BTreeMap<String, Vec<String>>,
}

/// A folder of `tests/external/real`.
struct Program {
    name: String,
    /// The folder.
    source: PathBuf,
    suite: Suite,
    /// The directory with the program's modules and the files that its build adds, or the reason why there is none.
    built: OnceLock<Result<PathBuf, String>>,
}

fn programs() -> Vec<Program> {
    let directory = repository().join("tests/external/real");
    let mut programs: Vec<Program> = fs::read_dir(&directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.expect("an entry of the directory of programs").path())
        .filter(|path| path.is_dir())
        .map(|source| {
            let file = source.join("scenarios.toml");
            let suite = fs::read_to_string(&file).map_err(|error| error.to_string());
            let suite: Suite = suite
                .and_then(|text| toml::from_str(&text).map_err(|error| error.to_string()))
                .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            let named = suite.deterministic.iter().chain(suite.differs.keys());
            for name in named {
                assert!(
                    suite.scenarios.contains_key(name),
                    "{}: there is no scenario `{name}`",
                    file.display()
                );
            }
            Program {
                name: source
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
                source,
                suite,
                built: OnceLock::new(),
            }
        })
        .collect();
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    programs
}

impl Program {
    /// Fetches and compiles the program, unless the same scripts have already done so.
    fn built(&self) -> Result<&Path, Failed> {
        match self.built.get_or_init(|| built("real", &self.source, &[])) {
            Ok(directory) => Ok(directory),
            Err(message) => Err(message.into()),
        }
    }

    /// The directories with the initial files of scenarios.
    fn trees(&self) -> Result<impl Iterator<Item = PathBuf>, Failed> {
        let trees = [self.source.join("tree"), self.built()?.join("tree")];
        Ok(trees.into_iter().filter(|tree| tree.exists()))
    }

    /// One of the initial files of scenarios.
    fn file(&self, path: &str) -> Result<PathBuf, Failed> {
        let mut files = self.trees()?.map(|tree| tree.join(path));
        let found = files.find(|file| file.exists());
        found.ok_or_else(|| format!("{} has no file `{path}`", self.name).into())
    }

    /// Copies the initial files of scenarios into a directory.
    fn lay_out(&self, root: &Path) -> Result<(), Failed> {
        for tree in self.trees()? {
            copy(&tree, root)?;
        }
        for directory in DIRECTORIES {
            fs::create_dir_all(root.join(directory))?;
        }
        Ok(())
    }
}

/// The user's cache directory for the tool's runs, so that nothing is compiled twice.
static CACHE: LazyLock<PathBuf> = LazyLock::new(|| TARGET.join("real/cache"));

/// Copies a directory. Files in the copy are independent of each other, even if they were hard links.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy(&source, &target)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(&source)?, &target)?;
        } else {
            fs::copy(&source, &target)?;
        }
    }
    Ok(())
}

/// A command line of a scenario.
struct Line<'a> {
    /// The module's name.
    module: &'a str,
    arguments: Vec<&'a str>,
    /// The file for standard input, relative to the scenario's root at the start.
    stdin: Option<&'a str>,
}

impl<'a> Line<'a> {
    fn parse(line: &'a str) -> Self {
        let (command, stdin) = match line.split_once(" < ") {
            Some((command, stdin)) => (command, Some(stdin)),
            None => (line, None),
        };
        let mut words = command.split(' ');
        Self {
            module: words.next().unwrap_or_default(),
            arguments: words.collect(),
            stdin,
        }
    }
}

/// The way in which the tool runs a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// With the files in memory.
    Memory,
    /// With the directory on this machine behind the kernel.
    Mounted,
    /// With the files in memory and under the deterministic policy.
    Deterministic,
}

impl Place {
    fn policy(self) -> &'static str {
        match self {
            Self::Memory => "memory-filesystem",
            Self::Mounted => "inherit",
            Self::Deterministic => "deterministic",
        }
    }
}

/// Runs a scenario on the host and by the tool, and returns how the results differ, if they do.
fn compare(program: &Program, scenario: &Scenario, place: Place) -> Result<Option<String>, Failed> {
    let lines = &scenario.lines;
    let host = scenario.host.get_or_init(|| on_the_host(program, lines));
    let host = host.as_ref().map_err(Clone::clone)?;
    let (tool, commands) = by_the_tool(program, lines, place)?;
    let mut found = difference("the host (-) and the tool (+)", host, &tool, &commands);
    if found.is_none() && place == Place::Deterministic {
        let (again, commands) = by_the_tool(program, lines, place)?;
        found = difference("one run (-) and the next (+)", &tool, &again, &commands);
    }
    Ok(found)
}

fn difference(who: &str, one: &str, other: &str, commands: &str) -> Option<String> {
    let changes = (one != other).then(|| differences(one, other))?;
    Some(format!(
        "{who} differ:\n{changes}the tool was run as:\n{commands}"
    ))
}

/// Runs a scenario on Wasmtime's own WASI, with nothing in between.
fn on_the_host(program: &Program, scenario: &[String]) -> Result<String, Failed> {
    static HOST: LazyLock<Host> = LazyLock::new(|| {
        let cache = CompilationCache::in_directory(CACHE.join("host"));
        Host::new(&cache).expect("a host")
    });
    let built = program.built()?;
    let root = tempfile::tempdir()?;
    program.lay_out(root.path())?;
    let mut seen = String::new();
    for text in scenario {
        let line = Line::parse(text);
        let name = format!("{}.wasm", line.module);
        let application =
            Application::read(&built.join(&name)).map_err(|error| error.to_string())?;
        let compiled = one_at_first(format!("host {name}"), || {
            HOST.compile(application.component())
        });
        let (stdout, stderr) = (Buffer::default(), Buffer::default());
        let grant = Grant {
            stdin: match line.stdin {
                Some(file) => Input::Bytes(fs::read(program.file(file)?)?),
                None => Input::Closed,
            },
            stdout: Output::Buffer(stdout.clone()),
            stderr: Output::Buffer(stderr.clone()),
            arguments: [name.as_str()]
                .iter()
                .chain(&line.arguments)
                .map(ToString::to_string)
                .collect(),
            variables: program.suite.environment.clone().into_iter().collect(),
            directories: vec![Directory {
                path: root.path().to_owned(),
                name: "/".into(),
                read_only: false,
            }],
            ..Grant::default()
        };
        let finished = HOST
            .run(&compiled.map_err(|error| error.to_string())?, &grant, &[])
            .map_err(|error| error.to_string())?;
        let transcript = Transcript {
            status: match finished.outcome {
                Outcome::Exited(status) => format!("exit {status}"),
                Outcome::Trapped(trap) => {
                    return Err(format!("`{text}` trapped on the host: {}", trap.message).into());
                }
                Outcome::Exceeded(exceeded) => return Err(exceeded.to_string().into()),
            },
            stdout: stdout.contents(),
            stderr: stderr.contents(),
            tree: Some(tree(root.path())?),
        };
        seen += &format!("$ {text}\n{}", transcript.lines());
    }
    Ok(seen)
}

/// Runs a scenario with `interpose run`. Returns the result and the command that reproduces it.
fn by_the_tool(
    program: &Program,
    scenario: &[String],
    place: Place,
) -> Result<(String, String), Failed> {
    let built = program.built()?;
    let work = tempfile::tempdir()?;
    let mut root = work.path().join("0");
    program.lay_out(&root)?;
    let (mut seen, mut commands) = (String::new(), String::new());
    for (step, text) in scenario.iter().enumerate() {
        let line = Line::parse(text);
        let next = work.path().join((step + 1).to_string());
        let module = built.join(format!("{}.wasm", line.module));
        let mut command = Command::new(env!("CARGO_BIN_EXE_interpose"));
        command
            .env_clear()
            .env("HOME", &*CACHE)
            .env("XDG_CACHE_HOME", &*CACHE)
            .args(["run", "--quiet", "--policy", place.policy()]);
        for (name, value) in &program.suite.environment {
            command.arg("--env").arg(format!("{name}={value}"));
        }
        if place == Place::Mounted {
            command.arg("--dir").arg(format!("{}::/", root.display()));
        } else {
            command.arg("--mount").arg(format!("/={}", root.display()));
            command.arg("--save").arg(format!("/={}", next.display()));
        }
        command.arg(&module).args(&line.arguments);
        command.stdin(match line.stdin {
            Some(file) => File::open(program.file(file)?)?.into(),
            None => Stdio::null(),
        });
        commands += &format!("{command:?}\n");
        let key = format!("{} {}", place.policy(), line.module);
        let mut transcript = one_at_first(key, || run(command, work.path()))?;
        if place != Place::Mounted {
            root = next;
        }
        transcript.tree =
            Some(tree(&root).map_err(|error| format!("{error}; {}", transcript.lines()))?);
        seen += &format!("$ {text}\n{}", transcript.lines());
    }
    Ok((seen, commands))
}

/// Runs a process to its end, or kills it when it takes too long.
fn run(mut command: Command, work: &Path) -> Result<Transcript, Failed> {
    let (stdout, stderr) = (work.join("stdout"), work.join("stderr"));
    command
        .stdout(File::create(&stdout)?)
        .stderr(File::create(&stderr)?);
    let mut child = command.spawn()?;
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if start.elapsed() > LIMIT {
            child.kill()?;
            child.wait()?;
            return Err(format!("still running after {LIMIT:?}: {command:?}").into());
        }
        thread::sleep(Duration::from_millis(5));
    };
    Ok(Transcript {
        status: match status.code() {
            Some(code) => format!("exit {code}"),
            None => status.to_string(),
        },
        stdout: fs::read(stdout)?,
        stderr: fs::read(stderr)?,
        tree: None,
    })
}

/// Runs a task that compiles a program on its first run and then finds it in the cache. While one test runs it for the
/// first time, others with the same key wait instead of compiling the same program.
fn one_at_first<R>(key: String, task: impl FnOnce() -> R) -> R {
    static DONE: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut done = DONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let first = done.insert(key);
    let compiling = first.then_some(done);
    let result = task();
    drop(compiling);
    result
}
