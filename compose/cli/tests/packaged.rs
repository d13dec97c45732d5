//! A Python and a JavaScript program, each packaged with its interpreter as one component by the tools of its own
//! ecosystem. They run on Wasmtime's own WASI, under the policies `sandbox` and `deterministic`, and, composed, on jco
//! under Node.js without Wasmtime. Mermaid, also under Node.js, reads the pictures that are written for it.
//!
//! `tests/external/packaged/README.md` describes the programs and how they are packaged. A program in Python and one in C have
//! bugs, which `interpose test` finds; `tests/external/bugs/README.md` describes these.

#[path = "packaged/bugs.rs"]
mod bugs;
#[path = "packaged/digests.rs"]
mod digests;
#[path = "packaged/guides.rs"]
mod guides;
#[path = "packaged/mermaid.rs"]
mod mermaid;
#[path = "compose/peers.rs"]
#[allow(dead_code, reason = "only one of the servers is needed here")]
mod peers;
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output as Finished, Stdio};
use std::sync::LazyLock;

use interpose_host::{Buffer, Directory, Grant, Host, Http, Input, Outcome, Output};
use peers::http_server;
use support::guests::{Target, binary, repository};
use support::scripted::{TARGET, built};
use support::traces::documented;
use support::transcript::{Transcript, differences};
use wasi_interpose::application::Application;
use wasi_interpose::cache::CompilationCache;

/// The arguments of each program.
const ARGUMENTS: &[&str] = &["one", "two words", "--flag=ü"];

/// The functions that the trace in the documentation shows: all others would make it long.
const PYTHON_TRACE: &str =
    "filesystem.*,random.*,sockets.*,!*.drop,!*.stat*,!*.*-via-stream,!*.metadata-hash*,!*.get-*";

const STDIN: &str = "first line\nsecond line\n";

/// A variable of the host that programs must not see under a policy.
const SECRET: (&str, &str) = ("SECRET", "of-the-host");

/// The prefix of lines that depend on the program's surroundings.
const VARIES: &str = "* ";

/// A folder of `tests/external/packaged`.
struct Program {
    name: &'static str,
    /// The files of the folder from which the build is made.
    files: &'static [&'static str],
    /// The labels of lines that show values of the host, which are never the same twice.
    host_values: &'static [&'static str],
    /// The directory with `program.wasm`, or the reason why there is none.
    built: LazyLock<Result<PathBuf, String>>,
}

static PYTHON: Program = Program {
    name: "python",
    files: &["program.py", "world.wit"],
    host_values: &["* now:", "* slept:", "* random:", "* urandom:", "* uuid4:"],
    built: LazyLock::new(|| PYTHON.build()),
};

static JAVASCRIPT: Program = Program {
    name: "javascript",
    files: &[
        "package.json",
        "package-lock.json",
        "package.mjs",
        "program.js",
        "world.wit",
    ],
    host_values: &[
        "* now:",
        "* Math.random:",
        "* getRandomValues:",
        "* randomUUID:",
    ],
    built: LazyLock::new(|| JAVASCRIPT.build()),
};

/// The user's cache directory for the tool's runs, so that nothing is compiled twice.
static CACHE: LazyLock<PathBuf> = LazyLock::new(|| TARGET.join("packaged/cache"));

impl Program {
    fn source(&self) -> PathBuf {
        repository().join("tests/external/packaged").join(self.name)
    }

    fn build(&self) -> Result<PathBuf, String> {
        let source = self.source();
        let files: Vec<PathBuf> = self.files.iter().map(|file| source.join(file)).collect();
        built("packaged", &source, &files)
    }

    /// The directory with the program's build.
    fn directory(&self) -> &Path {
        match &*self.built {
            Ok(directory) => directory,
            Err(message) => panic!("{message}"),
        }
    }

    fn component(&self) -> PathBuf {
        self.directory().join("program.wasm")
    }

    /// The command `interpose`, with a variable that programs must not see.
    fn interpose(&self, subcommand: &str, policy: &str) -> Command {
        let mut command = self.command(subcommand, policy);
        command.arg(self.component());
        command
    }

    /// The same before the component, where options stand.
    fn command(&self, subcommand: &str, policy: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_interpose"));
        command
            .env_clear()
            .env("HOME", &*CACHE)
            .env("XDG_CACHE_HOME", &*CACHE)
            .env(SECRET.0, SECRET.1)
            .args([subcommand, "--quiet", "--policy", policy]);
        command
    }

    /// Runs the program on Wasmtime's own WASI, with a directory of this machine as `/`.
    fn on_the_host(&self) -> Transcript {
        let cache = CompilationCache::in_directory(CACHE.join("host"));
        let host = Host::new(&cache).expect("a host");
        let application = Application::read(&self.component()).expect("an application");
        let compiled = host
            .compile(application.component())
            .expect("the component compiles");
        let root = tempfile::tempdir().expect("a temporary directory");
        fs::create_dir(root.path().join("tmp")).expect("a directory for temporary files");
        let (stdout, stderr) = (Buffer::default(), Buffer::default());
        let grant = Grant {
            stdin: Input::Bytes(STDIN.into()),
            stdout: Output::Buffer(stdout.clone()),
            stderr: Output::Buffer(stderr.clone()),
            arguments: ["program.wasm"]
                .iter()
                .chain(ARGUMENTS)
                .map(ToString::to_string)
                .collect(),
            variables: vec![(SECRET.0.into(), SECRET.1.into())],
            directories: vec![Directory {
                path: root.path().to_owned(),
                name: "/".into(),
                read_only: false,
            }],
            http: Http::Inherit,
            ..Grant::default()
        };
        let finished = host.run(&compiled, &grant, &[]).expect("it starts");
        Transcript {
            status: match finished.outcome {
                Outcome::Exited(status) => format!("exit {status}"),
                Outcome::Trapped(trap) => panic!("it trapped on the host: {}", trap.message),
                Outcome::Exceeded(exceeded) => panic!("{exceeded}"),
            },
            stdout: stdout.contents(),
            stderr: stderr.contents(),
            tree: None,
        }
    }

    /// Runs the program with `interpose run`. The program must leave no file in the current directory.
    fn under(&self, policy: &str) -> Transcript {
        let work = tempfile::tempdir().expect("a temporary directory");
        let mut command = self.interpose("run", policy);
        command
            .args(ARGUMENTS)
            .current_dir(work.path())
            .env("TMPDIR", work.path());
        let transcript = finish(command, work.path());
        let left = fs::read_dir(work.path()).expect("the directory").count();
        assert_eq!(left, 0, "files were left on the host");
        transcript
    }

    /// Composes the program under a policy, translates the result to JavaScript and runs that under Node.js.
    fn on_node(&self, policy: &str) -> Transcript {
        on_node(&format!("{}-{policy}", self.name), |composed| {
            let mut compose = self.interpose("compose", policy);
            compose.arg("--output").arg(composed);
            success(compose);
        })
    }
}

/// Translates the component that `compose` writes to JavaScript and runs it under Node.js.
fn on_node(name: &str, compose: impl FnOnce(&Path)) -> Transcript {
    let out = translate(name, &[], compose);
    let start = out.join("start.mjs");
    fs::copy(
        repository().join("tests/external/packaged/start.mjs"),
        &start,
    )
    .expect("a copy");
    let work = tempfile::tempdir().expect("a temporary directory");
    // From here on, only JavaScript runs, with the core modules that jco extracted from the component.
    let mut command = Command::new("node");
    command
        .arg(&start)
        .args(ARGUMENTS)
        .env(SECRET.0, SECRET.1)
        .current_dir(work.path());
    finish(command, work.path())
}

/// Translates the component that `compose` writes to JavaScript, and returns the directory of the result. It lies below that
/// of jco's packages, because Node.js searches the parents for them.
fn translate(name: &str, options: &[&str], compose: impl FnOnce(&Path)) -> PathBuf {
    let out = JAVASCRIPT.directory().join(name);
    if out.exists() {
        fs::remove_dir_all(&out).expect("the last run's files can be removed");
    }
    fs::create_dir(&out).expect("a directory");
    let composed = out.join("composed.wasm");
    compose(&composed);
    let mut transpile = Command::new(JAVASCRIPT.directory().join("node_modules/.bin/jco"));
    transpile
        .args(["transpile", "--quiet", "--name", "program", "--out-dir"])
        .arg(&out)
        .args(options)
        .arg(&composed);
    success(transpile);
    out
}

/// Runs a command to its end, with [`STDIN`] as its standard input.
fn finish(mut command: Command, work: &Path) -> Transcript {
    let stdin = work.join("stdin");
    fs::write(&stdin, STDIN).expect("the input can be written");
    command.stdin(fs::File::open(&stdin).expect("the input can be opened"));
    // The command keeps the file open, and the directory then contains only what the program creates.
    fs::remove_file(&stdin).expect("the input can be removed");
    let output = run(command);
    Transcript {
        status: match output.status.code() {
            Some(code) => format!("exit {code}"),
            None => output.status.to_string(),
        },
        stdout: output.stdout,
        stderr: output.stderr,
        tree: None,
    }
}

fn run(mut command: Command) -> Finished {
    command
        .output()
        .unwrap_or_else(|error| panic!("{command:?} cannot be run: {error}"))
}

/// Runs a command that must succeed.
fn success(mut command: Command) {
    command.stdin(Stdio::null());
    let shown = format!("{command:?}");
    let output = run(command);
    assert!(
        output.status.success(),
        "{shown} failed:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The part of a transcript that is the same wherever the program runs: of lines that vary, only the label.
fn steady(transcript: &Transcript) -> String {
    let lines = transcript.lines();
    let kept = lines.lines().map(|line| match line.split_once(':') {
        Some((label, _)) if line.starts_with(VARIES) => label,
        _ => line,
    });
    kept.map(|line| format!("{line}\n")).collect()
}

/// The value behind a label in a transcript.
fn value(transcript: &Transcript, label: &str) -> String {
    let lines = transcript.lines();
    let mut values = lines.lines().filter_map(|line| line.strip_prefix(label));
    match values.next() {
        Some(value) => value.trim().to_owned(),
        None => panic!("there is no line `{label}` in\n{lines}"),
    }
}

/// Under `sandbox` a program does the same as on the host, without the host's variables. Time and random numbers are
/// the host's, so they differ between runs.
fn sandbox(program: &Program) {
    let host = program.on_the_host();
    let first = program.under("sandbox");
    same(
        "the host (-) and `sandbox` (+)",
        &steady(&host),
        &steady(&first),
    );
    assert!(host.lines().contains(SECRET.1), "the host's variables");
    assert!(!first.lines().contains(SECRET.1), "a variable got in");
    assert_eq!(value(&first, "* variables:"), "{}");
    let second = program.under("sandbox");
    for label in program.host_values {
        let (one, other) = (value(&first, label), value(&second, label));
        assert!(one != other, "`{label} {one}` twice");
    }
    let now = value(&first, "* now:");
    assert!(
        !now.starts_with("2026-01-01T00:00:00"),
        "virtual time: {now}"
    );
}

/// Under `deterministic` the output of a program is that of `deterministic.txt`, each time.
fn deterministic(program: &Program) {
    let first = program.under("deterministic");
    let second = program.under("deterministic");
    same(
        "one run (-) and the next (+)",
        &first.lines(),
        &second.lines(),
    );
    expected(program, &first);
}

/// A run with files, time, random numbers and an HTTP request gives the same output under Node.js, where a recording answers.
#[test]
fn a_recorded_run_on_node() {
    let program = binary("p2_replayed", Target::Wasip2);
    let (server, _requests) = http_server();
    let work = tempfile::tempdir().expect("a temporary directory");
    let at = |name: &str| work.path().join(name);
    fs::write(at("program.wasm"), program).expect("a program");
    let policy =
        format!("version = 1\nextends = \"sandbox\"\n[http]\nallow = [\"http://{server}/*\"]\n");
    fs::write(at("policy.toml"), policy).expect("a policy");
    let interpose = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_interpose"));
        command.env("HOME", &*CACHE).env("XDG_CACHE_HOME", &*CACHE);
        command.current_dir(work.path());
        command
    };
    let mut record = interpose();
    record
        .args(["record", "--quiet", "-p", "policy.toml", "-o", "run.rec"])
        .args(["program.wasm", &format!("{server} /path")]);
    let recorded = finish(record, work.path());
    assert!(recorded.lines().contains("200"), "{}", recorded.lines());
    let replayed = on_node("recorded-run", |composed| {
        let mut replay = interpose();
        replay
            .args(["replay", "--quiet", "program.wasm", "run.rec", "--stdio"])
            .arg("--compose")
            .arg(composed);
        success(replay);
    });
    same(
        "recorded (-) and replayed (+)",
        &recorded.lines(),
        &replayed.lines(),
    );
}

/// The composed component gives the same output without Wasmtime.
fn node(program: &Program) {
    expected(program, &program.on_node("deterministic"));
}

/// Compares with `deterministic.txt`, or writes it if the variable `BLESS` is set.
fn expected(program: &Program, seen: &Transcript) {
    let file = program.source().join("deterministic.txt");
    let seen = seen.lines();
    if std::env::var_os("BLESS").is_some() {
        fs::write(&file, &seen).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
    let expected =
        fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    same("what was expected (-) and seen (+)", &expected, &seen);
}

fn same(who: &str, one: &str, other: &str) {
    assert!(one == other, "{who} differ:\n{}", differences(one, other));
}

#[test]
fn python_sandbox() {
    sandbox(&PYTHON);
}

#[test]
fn python_deterministic() {
    deterministic(&PYTHON);
}

/// What the program calls is in the documentation.
#[test]
fn python_trace() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let trace = work.path().join("trace");
    let mut command = PYTHON.command("run", "deterministic");
    command
        .arg(format!("--trace={}", trace.display()))
        .args(["--trace-filter", PYTHON_TRACE])
        .arg(PYTHON.component())
        .args(ARGUMENTS)
        .current_dir(work.path());
    let transcript = finish(command, work.path());
    assert_eq!(transcript.status, "exit 0");
    documented(
        "python.txt",
        &fs::read_to_string(&trace).expect("the trace"),
    );
}

#[test]
fn python_deterministic_on_node() {
    node(&PYTHON);
}

#[test]
fn javascript_sandbox() {
    sandbox(&JAVASCRIPT);
}

#[test]
fn javascript_deterministic() {
    deterministic(&JAVASCRIPT);
}

#[test]
fn javascript_deterministic_on_node() {
    node(&JAVASCRIPT);
}
