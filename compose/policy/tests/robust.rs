//! No text makes the parsers of policies and graphs panic, and every message about a text can be rendered.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use interpose_policy::graph::GraphFile;
use interpose_policy::{Policy, PolicyErrors};
use miette::{GraphicalReportHandler, GraphicalTheme};
use proptest::prelude::*;

/// The policies of the test suite and the built-in ones.
static POLICIES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/policy");
    let mut paths: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let cases = paths
        .iter()
        .map(|path| fs::read_to_string(path.join("policy.toml")).unwrap());
    Policy::builtins()
        .iter()
        .map(|builtin| builtin.source.to_string())
        .chain(cases)
        .collect()
});

/// The graphs of the test suite, each with the directory that its policies are in.
static GRAPHS: LazyLock<Vec<(PathBuf, String)>> = LazyLock::new(|| {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/graph");
    let mut paths: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let read = |path: &PathBuf| fs::read_to_string(path.join("graph.toml")).unwrap();
    paths
        .into_iter()
        .map(|path| (path.clone(), read(&path)))
        .collect()
});

/// Texts that have a meaning somewhere in a policy.
const PIECES: [&str; 32] = [
    "\"",
    "'",
    "\"\"\"",
    "\\",
    "\\u0000",
    "\n",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    ",",
    ".",
    "#",
    "é",
    "\u{feff}",
    "\0",
    "*",
    "**",
    "://",
    "[::1]",
    "0",
    "-1",
    "99999999999999999999",
    "1e999",
    "nan",
    "true",
    "1979-05-27",
    "[[filesystem.mounts]]\n",
    "version = 1\n",
];

/// A change of a text at a place that is given as a fraction of the text's length.
#[derive(Clone, Debug)]
enum Change {
    Delete(f64, usize),
    Insert(f64, &'static str),
    Splice(f64, usize, f64, usize),
    Duplicate(f64, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let place = || 0.0..1.0;
    prop_oneof![
        (place(), 1usize..20).prop_map(|(at, length)| Change::Delete(at, length)),
        (place(), prop::sample::select(PIECES.as_slice()))
            .prop_map(|(at, piece)| Change::Insert(at, piece)),
        (place(), 0usize..1000, place(), 1usize..60)
            .prop_map(|(at, which, from, n)| Change::Splice(at, which, from, n)),
        (place(), 1usize..60).prop_map(|(at, length)| Change::Duplicate(at, length)),
    ]
}

/// The start and end of the piece of `text` that starts at a fraction of its length.
fn piece(text: &str, at: f64, length: usize) -> (usize, usize) {
    let start = text.floor_char_boundary((text.len() as f64 * at) as usize);
    (
        start,
        text.floor_char_boundary((start + length).min(text.len())),
    )
}

fn apply(text: &mut String, change: &Change) {
    match *change {
        Change::Delete(at, length) => {
            let (start, end) = piece(text, at, length);
            text.replace_range(start..end, "");
        }
        Change::Insert(at, piece) => text.insert_str(self::piece(text, at, 0).0, piece),
        Change::Splice(at, which, from, length) => {
            let other = &POLICIES[which % POLICIES.len()];
            let (start, end) = piece(other, from, length);
            text.insert_str(piece(text, at, 0).0, &other[start..end]);
        }
        Change::Duplicate(at, length) => {
            let (start, end) = piece(text, at, length);
            let copy = text[start..end].to_string();
            text.insert_str(end, &copy);
        }
    }
}

fn check(source: &str) {
    match Policy::parse("policy.toml", source, None) {
        Ok(policy) => is_what_it_comes_to(&policy),
        Err(errors) => can_be_shown(&errors),
    }
}

/// A policy can be written as a file, and the file gives an equal policy.
fn is_what_it_comes_to(policy: &Policy) {
    let written = policy.to_toml().unwrap();
    let read = Policy::parse("effective.toml", &written, None)
        .unwrap_or_else(|errors| panic!("{errors:?}\n{written}"));
    assert_eq!(read.to_toml().unwrap(), written);
    assert_eq!(policy.differences(&read).unwrap(), []);
}

fn check_graph(directory: &Path, source: &str) {
    match GraphFile::parse("graph.toml", source, directory) {
        Ok(graph) => {
            let mut names = graph
                .components
                .iter()
                .map(|component| &component.name.value);
            assert!(names.any(|name| *name == graph.application.value));
        }
        Err(errors) => can_be_shown(&errors),
    }
}

fn can_be_shown(errors: &PolicyErrors) {
    assert!(!errors.problems.is_empty());
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::none()).with_width(100);
    for problem in &errors.problems {
        handler.render_report(&mut String::new(), problem).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn changed_policies_are_answered(which in 0usize..1000, changes in prop::collection::vec(change(), 0..6)) {
        let mut source = POLICIES[which % POLICIES.len()].clone();
        changes.iter().for_each(|change| apply(&mut source, change));
        check(&source);
    }

    #[test]
    fn changed_graphs_are_answered(which in 0usize..1000, changes in prop::collection::vec(change(), 0..6)) {
        let (directory, mut source) = GRAPHS[which % GRAPHS.len()].clone();
        changes.iter().for_each(|change| apply(&mut source, change));
        check_graph(&directory, &source);
    }

    #[test]
    fn any_text_is_answered(source in "\\PC*") {
        check(&source);
        check_graph(Path::new(""), &source);
    }
}
