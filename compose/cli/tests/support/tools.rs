//! Code that the tests share: the command, a composer and a host with one cache, applications from WIT, and runs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output as ProcessOutput, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use interpose_host::{Buffer, Grant, Host, Input, Outcome, Output, Program};
use wasi_interpose::application::Application;
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::compose::Composer;
use wasi_interpose::policy::Policy;
use wasi_interpose::surface::Surface;
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{ManglingAndAbi, Resolve, WorldId};

use crate::support::guests::{Target, binary, repository};
use crate::support::linking::linked;

/// The time after which a command counts as hanging.
const LIMIT: Duration = Duration::from_secs(120);

/// The directory of compiled code that all tests of this crate share, so that each adapter is compiled once.
pub fn cache_directory() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled")
}

/// A composer for the whole suite.
pub static COMPOSER: LazyLock<Composer> = LazyLock::new(|| {
    let cache = CompilationCache::in_directory(cache_directory());
    linked(Composer::new(&cache).expect("a composer"))
});

/// A host for the whole suite.
pub static HOST: LazyLock<Host> = LazyLock::new(|| {
    Host::new(&CompilationCache::in_directory(cache_directory())).expect("a host")
});

/// The output of a command, and its status.
#[derive(Debug)]
pub struct Printed {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

/// The command `interpose` with the suite's cache directory and without the user's settings.
pub fn interpose() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_interpose"));
    command
        .env("XDG_CACHE_HOME", cache_directory().join("user"))
        .env("HOME", cache_directory())
        .env_remove("NO_COLOR")
        .stdin(Stdio::null());
    command
}

/// Runs a command to its end. A command that hangs is killed and fails the test.
pub fn finish(command: &mut Command) -> Printed {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let id = child.id();
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let read = |stream: Option<Box<dyn std::io::Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut stream) = stream {
                stream
                    .read_to_end(&mut bytes)
                    .expect("the output of the command");
            }
            bytes
        })
    };
    let stdout = read(stdout.map(|stream| Box::new(stream) as _));
    let stderr = read(stderr.map(|stream| Box::new(stream) as _));
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("the status of the command") {
            break status;
        }
        if started.elapsed() > LIMIT {
            let _ = child.kill();
            panic!("{command:?} (process {id}) is still running after {LIMIT:?}");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let output = ProcessOutput {
        status,
        stdout: stdout.join().expect("the output"),
        stderr: stderr.join().expect("the output"),
    };
    Printed {
        status: output
            .status
            .code()
            .expect("the command was not ended by a signal"),
        stdout: String::from_utf8(output.stdout).expect("output is text"),
        stderr: without_progress(&String::from_utf8(output.stderr).expect("messages are text")),
    }
}

/// The output without the progress lines that a busy machine adds anywhere.
pub fn without_progress(text: &str) -> String {
    let lines = text.split_inclusive('\n');
    let is_progress = |line: &&str| {
        let work = ["composing", "compiling", "reading ", "saving"];
        work.iter().any(|work| line.starts_with(work)) && line.trim_end().ends_with(" …")
    };
    lines.filter(|line| !is_progress(line)).collect()
}

/// Runs `interpose` with these arguments.
pub fn run(arguments: &[&str]) -> Printed {
    finish(interpose().args(arguments))
}

/// The status of a command for bad input: that of `run` differs from the others'.
pub fn bad(command: &str) -> i32 {
    match command {
        "run" => 127,
        _ => 2,
    }
}

/// A guest program in a file, for commands.
pub struct GuestFile {
    directory: tempfile::TempDir,
    name: String,
}

impl GuestFile {
    pub fn new(program: &str) -> Self {
        Self::of(program, Target::Wasip2)
    }

    pub fn of(program: &str, target: Target) -> Self {
        let file = Self {
            directory: tempfile::tempdir().expect("a temporary directory"),
            name: format!("{program}.wasm"),
        };
        std::fs::write(
            file.directory.path().join(&file.name),
            binary(program, target),
        )
        .expect("the program is written");
        file
    }

    pub fn path(&self) -> String {
        text(&self.directory.path().join(&self.name))
    }
}

/// A path as text.
pub fn text(path: &Path) -> String {
    path.to_str().expect("a path that is Unicode").to_owned()
}

/// A guest program as an application.
pub fn guest(program: &str) -> Application {
    Application::parse(&binary(program, Target::Wasip2)).expect("the program is an application")
}

/// A policy from its text.
pub fn policy(text: &str) -> Policy {
    Policy::parse("policy", text, None).unwrap_or_else(|errors| panic!("{:?}", errors.problems))
}

/// A policy that is built in.
pub fn builtin(name: &str) -> Policy {
    Policy::load(name).unwrap_or_else(|errors| panic!("{:?}", errors.problems))
}

/// The names of all built-in policies.
pub fn builtin_names() -> Vec<String> {
    Policy::builtins()
        .iter()
        .map(|builtin| builtin.name.to_owned())
        .collect()
}

/// A component with the only world of a WIT document: it has the imports, and its functions trap. The document may use
/// the WASI packages of this repository and define others.
pub fn dummy(wit: &str) -> Vec<u8> {
    of_world(wit, |resolve, world| {
        dummy_module(resolve, world, ManglingAndAbi::Standard32)
    })
}

/// A component like that of [`dummy`], with a core module in the text form that implements the world under
/// wit-component's names.
pub fn component(wit: &str, module: &str) -> Vec<u8> {
    of_world(wit, |_, _| {
        wat::parse_str(module).unwrap_or_else(|error| panic!("{error}"))
    })
}

fn of_world(wit: &str, module: impl FnOnce(&Resolve, WorldId) -> Vec<u8>) -> Vec<u8> {
    let mut resolve = Resolve::default();
    for packages in ["wit/p2", "wit/p3"] {
        resolve
            .push_dir(repository().join(packages))
            .expect("the WIT packages of the repository");
    }
    let package = resolve
        .push_str("app.wit", wit)
        .unwrap_or_else(|error| panic!("{error:#}"));
    let world = resolve
        .select_world(&[package], None)
        .unwrap_or_else(|error| panic!("{error:#}"));
    let mut module = module(&resolve, world);
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .unwrap_or_else(|error| panic!("{error:#}"));
    ComponentEncoder::default()
        // Each version stays a separate import, as in components that were composed.
        .merge_imports_based_on_semver(false)
        .validate(true)
        .module(&module)
        .and_then(|encoder| encoder.encode())
        .unwrap_or_else(|error| panic!("{error:#}"))
}

/// The names of a component's imports.
pub fn imports(component: &[u8]) -> BTreeSet<String> {
    let surface = Surface::of(component).expect("a surface");
    surface.imports.into_iter().map(|item| item.name).collect()
}

/// The result of a run: how the component ended and what it wrote.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    pub end: String,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a component with streams and the rest of `grant`.
pub fn run_component(component: &[u8], grant: Grant) -> Ran {
    let program = HOST.compile(component).expect("the component compiles");
    run_program(&program, grant)
}

/// Like [`run_component`], with a compiled component.
pub fn run_program(program: &Program, grant: Grant) -> Ran {
    let (stdout, stderr) = (Buffer::default(), Buffer::default());
    let grant = Grant {
        stdin: Input::Bytes(b"from the host\n".to_vec()),
        stdout: Output::Buffer(stdout.clone()),
        stderr: Output::Buffer(stderr.clone()),
        ..grant
    };
    let finished = HOST
        .run(program, &grant, &[])
        .expect("the component starts");
    let text = |buffer: &Buffer| String::from_utf8_lossy(&buffer.contents()).into_owned();
    Ran {
        end: match finished.outcome {
            Outcome::Exited(status) => format!("exit {status}"),
            Outcome::Trapped(trap) => format!("trap: {}", trap.message),
            Outcome::Exceeded(exceeded) => format!("ended: {exceeded}"),
        },
        stdout: text(&stdout),
        stderr: text(&stderr),
    }
}
