//! Runs the programs of `tests/external/real`, which were not written for this tool: on Wasmtime's own WASI with a
//! directory of this machine, and with `interpose run`, with the same files in memory, with the directory behind the
//! kernel, and under the deterministic policy. Status, output and the files at the end must agree byte for byte.
//!
//! Some scenarios also run under a policy that `interpose learn` learnt from them, and the traces of some are compared with
//! those in the documentation.
//!
//! What the toolchains of `tests/external/preview1` make for WASI preview 1 runs as a core module on the host, with no
//! component in between, and by the tool also in an overlay over the directory.
//!
//! `tests/external/real/README.md` describes the programs and how to write a scenario, and
//! `tests/external/preview1/README.md` the toolchains.

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
use support::traces::documented;
use support::transcript::{Transcript, differences, tree};
use wasi_interpose::application::Application;
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::preview1::{Preview1, Target};

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
            name: name.clone(),
            lines: lines.clone(),
            host: OnceLock::new(),
        });
        let mut places = vec![Place::Memory, Place::Mounted];
        if program.is_core {
            places.push(Place::Overlay);
        }
        if program.suite.deterministic.contains(name) {
            places.push(Place::Deterministic);
        }
        if program.suite.learnt.contains(name) {
            places.push(Place::Learnt);
        }
        for place in places {
            let (program, scenario) = (program.clone(), scenario.clone());
            let title = format!("{}::{name}::{}", program.name, place.name());
            let is_memory = !matches!(place, Place::Mounted | Place::Learnt);
            let differs = is_memory && program.suite.differs.contains_key(name);
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
        if let Some(filter) = program.suite.traced.get(name) {
            let (program, scenario, filter) = (program.clone(), scenario.clone(), filter.clone());
            let title = format!("{}::{name}::traced", program.name);
            trials.push(Trial::test(title, move || {
                traced(&program, &scenario, &filter)
            }));
        }
    }
    trials
}

/// Compares what a scenario calls under the deterministic policy with what the documentation says.
fn traced(program: &Program, scenario: &Scenario, filter: &str) -> Result<(), Failed> {
    let work = tempfile::tempdir()?;
    let root = work.path().join("root");
    program.lay_out(&root)?;
    let trace = work.path().join("trace");
    for text in &scenario.lines {
        let line = Line::parse(text);
        let module = program.built()?.join(format!("{}.wasm", line.module));
        let mut command = interpose();
        command
            .args(["run", "--policy", "deterministic", "--trace-filter", filter])
            .arg(format!("--trace={}", trace.display()))
            .arg("--mount")
            .arg(format!("/={}", root.display()))
            .arg(&module)
            .args(&line.arguments)
            .stdin(program.stdin(&line)?);
        let key = format!("traced {} {}", program.name, line.module);
        one_at_first(key, || run(command, work.path()))?;
    }
    documented(
        &format!("{}.txt", program.name),
        &fs::read_to_string(&trace)?,
    );
    Ok(())
}

/// A scenario of a program.
struct Scenario {
    name: String,
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
    /// The scenarios that also run under a policy that was learnt from them.
    #[serde(default)]
    learnt: BTreeSet<String>,
    /// Scenarios of which a trace stands in the documentation, with the filter of the trace.
    #[serde(default)]
    traced: BTreeMap<String, String>,
    /// Environment variables of every run.
    #[serde(default)]
    environment: BTreeMap<String, String>,
    /// Scenarios in which the filesystem in memory is meant to differ from the host's, with the reasons.
    #[serde(default)]
    differs: BTreeMap<String, String>,
    /// Scenarios of which only some lines of standard output count, in any order, and no files: those that begin with
    /// this text behind spaces, each up to ` (`.
    #[serde(default)]
    only: BTreeMap<String, String>,
    /// For each scenario, the command lines, which run one after the other on the same files.
    scenarios: BTreeMap<String, Vec<String>>,
}

/// The folders with programs in `tests/external`, and whether the host runs them as core modules.
const FOLDERS: [(&str, bool); 2] = [("real", false), ("preview1", true)];

/// A folder of such a folder.
struct Program {
    name: String,
    /// The folder that it is in.
    folder: &'static str,
    /// Whether the host runs it as a core module.
    is_core: bool,
    /// The folder.
    source: PathBuf,
    suite: Suite,
    /// The directory with the program's modules and the files that its build adds, or the reason why there is none.
    built: OnceLock<Result<PathBuf, String>>,
}

fn programs() -> Vec<Program> {
    let all = FOLDERS.iter();
    let mut programs: Vec<Program> = all
        .flat_map(|(folder, is_core)| programs_in(folder, *is_core))
        .collect();
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    programs
}

fn programs_in(folder: &'static str, is_core: bool) -> Vec<Program> {
    let directory = repository().join("tests/external").join(folder);
    fs::read_dir(&directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.expect("an entry of the directory of programs").path())
        .filter(|path| path.is_dir() && *path != core_runtime())
        .map(|source| {
            let file = source.join("scenarios.toml");
            let suite = fs::read_to_string(&file).map_err(|error| error.to_string());
            let suite: Suite = suite
                .and_then(|text| toml::from_str(&text).map_err(|error| error.to_string()))
                .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            let named = suite.deterministic.iter().chain(&suite.learnt);
            let named = named.chain(suite.traced.keys());
            for name in named.chain(suite.differs.keys()).chain(suite.only.keys()) {
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
                folder,
                is_core,
                source,
                suite,
                built: OnceLock::new(),
            }
        })
        .collect()
}

impl Program {
    /// Fetches and compiles the program, unless the same scripts have already done so.
    fn built(&self) -> Result<&Path, Failed> {
        let build = || built(self.folder, &self.source, &self.sources()?);
        match self.built.get_or_init(build) {
            Ok(directory) => Ok(directory),
            Err(message) => Err(message.into()),
        }
    }

    /// The files beside the script from which it makes the program.
    fn sources(&self) -> Result<Vec<PathBuf>, String> {
        let named = |error: io::Error| format!("{}: {error}", self.source.display());
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.source).map_err(named)? {
            let path = entry.map_err(named)?.path();
            let is_described = path.ends_with("scenarios.toml") || path.ends_with("build.sh");
            if self.is_core && path.is_file() && !is_described {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }

    /// The standard input of a command line.
    fn stdin(&self, line: &Line<'_>) -> Result<Stdio, Failed> {
        Ok(match line.stdin {
            Some(file) => File::open(self.file(file)?)?.into(),
            None => Stdio::null(),
        })
    }

    /// What counts of a result.
    fn counted(&self, scenario: &Scenario, mut transcript: Transcript) -> Transcript {
        if let Some(start) = self.suite.only.get(&scenario.name) {
            let text = String::from_utf8_lossy(&transcript.stdout);
            let lines = text.lines().map(str::trim_start);
            let lines = lines.filter(|line| line.starts_with(start.as_str()));
            let mut lines: Vec<&str> = lines
                .map(|line| line.split_once(" (").map_or(line, |(line, _)| line))
                .collect();
            lines.sort_unstable();
            transcript.stdout = (lines.join("\n") + "\n").into_bytes();
            transcript.stderr.clear();
            transcript.tree = None;
        }
        transcript
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
    /// With an overlay over the directory on this machine.
    Overlay,
    /// With the files in memory and under the deterministic policy.
    Deterministic,
    /// Under a policy that is learnt from another run with the same files.
    Learnt,
}

impl Place {
    fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory-filesystem",
            Self::Mounted => "inherit",
            Self::Overlay => "overlay",
            Self::Deterministic => "deterministic",
            Self::Learnt => "learnt",
        }
    }

    /// The policy with `root` as `/`: its name, or a file that is written to `work`.
    fn policy(self, root: &Path, work: &Path) -> io::Result<String> {
        let file = work.join("policy.toml");
        match self {
            Self::Memory | Self::Mounted | Self::Deterministic => return Ok(self.name().into()),
            // It has been written.
            Self::Learnt => return Ok(file.display().to_string()),
            Self::Overlay => {}
        }
        let source = format!(
            "version = 1\nextends = \"memory-filesystem\"\n\n\
             [[filesystem.mounts]]\npath = \"/\"\nsource = \"overlay\"\nhost = {root:?}\n"
        );
        fs::write(&file, source)?;
        Ok(file.display().to_string())
    }
}

/// Runs a scenario on the host and by the tool, and returns how the results differ, if they do.
fn compare(program: &Program, scenario: &Scenario, place: Place) -> Result<Option<String>, Failed> {
    let host = scenario.host.get_or_init(|| on_the_host(program, scenario));
    let host = host.as_ref().map_err(Clone::clone)?;
    let (tool, commands) = by_the_tool(program, scenario, place)?;
    let mut found = difference("the host (-) and the tool (+)", host, &tool, &commands);
    if found.is_none() && place == Place::Deterministic {
        let (again, commands) = by_the_tool(program, scenario, place)?;
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
fn on_the_host(program: &Program, scenario: &Scenario) -> Result<String, Failed> {
    let built = program.built()?;
    let root = tempfile::tempdir()?;
    program.lay_out(root.path())?;
    let mut seen = String::new();
    for text in &scenario.lines {
        let line = Line::parse(text);
        let module = built.join(format!("{}.wasm", line.module));
        let key = format!("host {}", module.display());
        let mut transcript = if program.is_core {
            one_at_first(key, || core_module(program, &module, &line, root.path()))?
        } else {
            component(program, &module, &line, root.path(), key).map_err(|error| {
                format!(
                    "`{text}` on the host: {}",
                    error.message().unwrap_or_default()
                )
            })?
        };
        transcript.tree = Some(tree(root.path())?);
        let counted = program.counted(scenario, transcript);
        seen += &format!("$ {text}\n{}", counted.lines());
    }
    Ok(seen)
}

/// Runs a module on a core runtime.
fn core_module(
    program: &Program,
    module: &Path,
    line: &Line<'_>,
    root: &Path,
) -> Result<Transcript, Failed> {
    static RUNTIME: LazyLock<Result<PathBuf, String>> =
        LazyLock::new(|| built("preview1", &core_runtime(), &[]));
    let packages = RUNTIME.as_ref().map_err(String::clone)?.join("pip");
    let work = tempfile::tempdir()?;
    let mut command = Command::new("python3");
    command
        .env("PYTHONPATH", packages)
        .arg(core_runtime().join("run.py"))
        .arg(root);
    for (name, value) in &program.suite.environment {
        command.arg(format!("{name}={value}"));
    }
    command.arg("--").arg(module).args(&line.arguments);
    command.stdin(program.stdin(line)?);
    run(command, work.path())
}

/// The folder with the core runtime.
fn core_runtime() -> PathBuf {
    repository().join("tests/external/preview1/core-runtime")
}

/// Runs a component, or a module as a component.
fn component(
    program: &Program,
    module: &Path,
    line: &Line<'_>,
    root: &Path,
    key: String,
) -> Result<Transcript, Failed> {
    static HOST: LazyLock<Host> = LazyLock::new(|| {
        let cache = CompilationCache::in_directory(CACHE.join("host"));
        Host::new(&cache).expect("a host")
    });
    // As `interpose run` does it, with all of an exit code.
    let application = Application::read_as(module, Preview1::Own(Target::OWN_HOST));
    let application = application.map_err(|error| error.to_string())?;
    let compiled = one_at_first(key, || HOST.compile(application.component()));
    let (stdout, stderr) = (Buffer::default(), Buffer::default());
    let name = format!("{}.wasm", line.module);
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
            path: root.to_owned(),
            name: "/".into(),
            read_only: false,
        }],
        ..Grant::default()
    };
    let finished = HOST
        .run(&compiled.map_err(|error| error.to_string())?, &grant, &[])
        .map_err(|error| error.to_string())?;
    Ok(Transcript {
        status: match finished.outcome {
            Outcome::Exited(status) => format!("exit {status}"),
            Outcome::Trapped(trap) => return Err(format!("it trapped: {}", trap.message).into()),
            Outcome::Exceeded(exceeded) => return Err(exceeded.to_string().into()),
        },
        stdout: stdout.contents(),
        stderr: stderr.contents(),
        tree: None,
    })
}

/// The command `interpose` with the suite's cache directory and nothing else of this process.
fn interpose() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_interpose"));
    command
        .env_clear()
        .env("HOME", &*CACHE)
        .env("XDG_CACHE_HOME", &*CACHE);
    command
}

/// Learns `policy.toml` from a run on the files of a directory, and then puts these back as they were.
fn learn(
    program: &Program,
    module: &Path,
    line: &Line<'_>,
    root: &Path,
    work: &Path,
) -> Result<(), Failed> {
    let kept = work.join("kept");
    copy(root, &kept)?;
    let mut command = interpose();
    command
        .args(["learn", "--quiet", "--output"])
        .arg(work.join("policy.toml"));
    for (name, value) in &program.suite.environment {
        command.arg("--env").arg(format!("{name}={value}"));
    }
    command.arg("--dir").arg(format!("{}::/", root.display()));
    command.arg(module).arg("--").args(&line.arguments);
    command.stdin(program.stdin(line)?);
    let key = format!("learn {}", module.display());
    let learnt = one_at_first(key, || run(command, work))?;
    fs::remove_dir_all(root)?;
    fs::rename(&kept, root)?;
    match learnt.status.as_str() {
        "exit 0" => Ok(()),
        _ => Err(format!("`interpose learn` failed:\n{}", learnt.lines()).into()),
    }
}

/// Runs a scenario with `interpose run`. Returns the result and the command that reproduces it.
fn by_the_tool(
    program: &Program,
    scenario: &Scenario,
    place: Place,
) -> Result<(String, String), Failed> {
    let built = program.built()?;
    let work = tempfile::tempdir()?;
    let mut root = work.path().join("0");
    program.lay_out(&root)?;
    let (mut seen, mut commands) = (String::new(), String::new());
    for (step, text) in scenario.lines.iter().enumerate() {
        let line = Line::parse(text);
        let next = work.path().join((step + 1).to_string());
        let module = built.join(format!("{}.wasm", line.module));
        if place == Place::Learnt {
            learn(program, &module, &line, &root, work.path())?;
        }
        let mut command = interpose();
        command
            .args(["run", "--quiet", "--policy"])
            .arg(place.policy(&root, work.path())?);
        for (name, value) in &program.suite.environment {
            command.arg("--env").arg(format!("{name}={value}"));
        }
        match place {
            Place::Mounted => {
                command.arg("--dir").arg(format!("{}::/", root.display()));
            }
            Place::Memory | Place::Deterministic => {
                command.arg("--mount").arg(format!("/={}", root.display()));
            }
            Place::Overlay | Place::Learnt => {}
        }
        let is_counted = !program.suite.only.contains_key(&scenario.name);
        let is_saved = !matches!(place, Place::Mounted | Place::Learnt) && is_counted;
        if is_saved {
            command.arg("--save").arg(format!("/={}", next.display()));
        }
        command.arg(&module).args(&line.arguments);
        command.stdin(program.stdin(&line)?);
        commands += &format!("{command:?}\n");
        let key = format!("{} {} {}", place.name(), program.name, line.module);
        let mut transcript = one_at_first(key, || run(command, work.path()))?;
        if is_saved {
            root = next;
        }
        transcript.tree =
            Some(tree(&root).map_err(|error| format!("{error}; {}", transcript.lines()))?);
        let counted = program.counted(scenario, transcript);
        seen += &format!("$ {text}\n{}", counted.lines());
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
