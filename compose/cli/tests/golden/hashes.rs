//! The hashes of the adapters and of the composed cases in `tests/cases/hashes.txt`, a line each. A change of the
//! tool's structure changes no hash. A change of an adapter changes its own hash and those of the compositions with
//! that adapter.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};

use sha2::{Digest, Sha256};
use wasi_interpose::adapters::{Adapter, MODULES};
use wasi_interpose::application::Application;
use wasi_interpose::compose::Composer;
use wasi_interpose::policy::Policy;

use crate::FUSED;
use crate::composers::{FUSING, WIRING};
use crate::composition::{application, home};
use crate::graph::copy;
use crate::support::cases::blesses;
use crate::support::guests::repository;
use crate::support::tools::{finish, interpose, text};

/// The expected hashes by name. With `BLESS`, each hash that is checked replaces its line.
static HASHES: LazyLock<Mutex<BTreeMap<String, String>>> = LazyLock::new(|| {
    let text = fs::read_to_string(file()).unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.split_once(' '));
    Mutex::new(
        lines
            .map(|(hash, name)| (name.to_owned(), hash.to_owned()))
            .collect(),
    )
});

fn file() -> PathBuf {
    repository().join("tests/cases/hashes.txt")
}

/// The embedded adapters and core modules, with their names.
pub fn embedded() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    let adapters = Adapter::ALL.iter();
    let adapters = adapters.map(|adapter| (adapter.name(), adapter.component()));
    adapters.chain(MODULES.iter().copied())
}

/// Compares the hash of an embedded adapter with the expected hash.
pub fn of_adapter(name: &str, bytes: &[u8]) -> Result<(), String> {
    check(&format!("adapter {name}"), bytes)
}

/// Compares the hash of the composition of a folder in `tests/cases/compose`.
pub fn of_composition(case: &Path) -> Result<(), String> {
    check(&name("compose", case), &composed(case))
}

/// Compares the hash of the composition of a folder in `tests/cases/compose` whose adapters are fused with the application
/// where they can be, in the form that `interpose compose` writes.
pub fn of_fused(case: &Path) -> Result<(), String> {
    check(&name(FUSED, case), &composed_by(&FUSING, case))
}

/// Compares the hash of the composition of a folder in `tests/cases/graph`.
pub fn of_graph(case: &Path) -> Result<(), String> {
    check(&name("graph", case), &assembled(case))
}

/// Fails if a hash has none of these names, because its adapter or case is gone.
pub fn without_a_case(names: &[String]) -> Result<(), String> {
    let mut hashes = HASHES.lock().map_err(|error| error.to_string())?;
    if blesses() {
        hashes.retain(|name, _| names.contains(name));
        return write(&hashes);
    }
    let gone: Vec<&String> = hashes.keys().filter(|name| !names.contains(name)).collect();
    match gone.as_slice() {
        [] => Ok(()),
        gone => Err(format!("nothing has these names any more: {gone:?}")),
    }
}

/// The name of a case's hash.
pub fn name(suite: &str, case: &Path) -> String {
    let name = case.file_name().unwrap_or_default();
    format!("{suite} {}", name.to_string_lossy())
}

fn check(name: &str, bytes: &[u8]) -> Result<(), String> {
    let hash = Sha256::digest(bytes);
    let found = hash.iter().take(16).fold(String::new(), |mut hash, byte| {
        let _ = write!(hash, "{byte:02x}");
        hash
    });
    let mut hashes = HASHES.lock().map_err(|error| error.to_string())?;
    if blesses() {
        hashes.insert(name.to_owned(), found);
        return write(&hashes);
    }
    match hashes.get(name) {
        Some(expected) if *expected == found => Ok(()),
        expected => Err(format!("{name}: {found}, and not {expected:?}")),
    }
}

fn write(hashes: &BTreeMap<String, String>) -> Result<(), String> {
    let text = hashes.iter().fold(String::new(), |text, (name, hash)| {
        text + hash + " " + name + "\n"
    });
    fs::write(file(), text).map_err(|error| error.to_string())
}

fn composed(case: &Path) -> Vec<u8> {
    composed_by(&WIRING, case)
}

fn composed_by(composer: &Composer, case: &Path) -> Vec<u8> {
    let work = tempfile::tempdir().expect("a temporary directory");
    let application = Application::parse(&application(case)).expect("a component");
    let home = home(case, work.path());
    let policy = Policy::load(&text(&home.join("policy.toml"))).expect("a policy");
    let composition = composer.compose(&application, &policy);
    composition.expect("a composition").component
}

fn assembled(case: &Path) -> Vec<u8> {
    let work = tempfile::tempdir().expect("a temporary directory");
    copy(case, work.path());
    let arguments = ["compose", "--graph", "graph.toml", "--output", "out.wasm"];
    let mut command = interpose();
    let command = command.current_dir(work.path()).args(arguments);
    let printed = finish(command.args(["--link", "wired"]));
    assert_eq!(printed.status, 0, "{}: {printed:?}", case.display());
    fs::read(work.path().join("out.wasm")).expect("the result")
}
