//! The bytes of the adapters and of what is composed in the golden suites, as hashes in `tests/hashes.txt`. A change of the
//! tool's structure leaves all of them as they are. A change of an adapter changes its own, and those of what it is in;
//! then, and where the composition itself is to change, the variable `BLESS` writes the file anew.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use wasi_interpose::adapters::Adapter;
use wasi_interpose::application::Application;
use wasi_interpose::policy::Policy;

use crate::graphs::copy;
use crate::support::guests::repository;
use crate::support::transcript::differences;
use crate::tools::{COMPOSER, dummy, finish, interpose, text};

#[test]
fn compositions_have_the_bytes_that_they_had() {
    let mut found = String::new();
    for adapter in Adapter::ALL {
        line(
            &mut found,
            &format!("adapter {adapter}"),
            adapter.component(),
        );
    }
    for case in cases("tests/compose") {
        line(&mut found, &name("compose", &case), &composed(&case));
    }
    for case in cases("tests/graphs") {
        line(&mut found, &name("graph", &case), &assembled(&case));
    }
    let file = repository().join("tests/hashes.txt");
    if std::env::var_os("BLESS").is_some() {
        fs::write(file, found).expect("the hashes are written");
        return;
    }
    let expected = fs::read_to_string(file).unwrap_or_default();
    assert!(expected == found, "{}", differences(&expected, &found));
}

/// The folders of a suite whose outcome is a component.
fn cases(suite: &str) -> Vec<PathBuf> {
    let folders = fs::read_dir(repository().join(suite)).expect("the directory of cases");
    let folders = folders.map(|folder| folder.expect("a case").path());
    let mut cases: Vec<_> = folders
        .filter(|case| case.join("surface.txt").exists())
        .collect();
    cases.sort();
    cases
}

fn name(suite: &str, case: &Path) -> String {
    let name = case.file_name().unwrap_or_default();
    format!("{suite} {}", name.to_string_lossy())
}

fn line(lines: &mut String, name: &str, bytes: &[u8]) {
    let hash = Sha256::digest(bytes);
    let hash = hash.iter().take(16).fold(String::new(), |mut hash, byte| {
        let _ = write!(hash, "{byte:02x}");
        hash
    });
    let _ = writeln!(lines, "{hash} {name}");
}

fn composed(case: &Path) -> Vec<u8> {
    let application = match fs::read_to_string(case.join("app.wit")) {
        Ok(wit) => dummy(&wit),
        Err(_) => fs::read(case.join("app.wat")).expect("an application"),
    };
    let application = Application::parse(&application).expect("a component");
    let policy = Policy::load(&text(&case.join("policy.toml"))).expect("a policy");
    let composition = COMPOSER.compose(&application, &policy);
    composition.expect("a composition").component
}

fn assembled(case: &Path) -> Vec<u8> {
    let work = tempfile::tempdir().expect("a temporary directory");
    copy(case, work.path());
    let arguments = ["compose", "--graph", "graph.toml", "--output", "out.wasm"];
    let printed = finish(interpose().current_dir(work.path()).args(arguments));
    assert_eq!(printed.status, 0, "{}: {printed:?}", case.display());
    fs::read(work.path().join("out.wasm")).expect("the result")
}
