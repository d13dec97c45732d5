//! What `interpose inspect --mermaid` writes is read by Mermaid itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::guests::repository;
use crate::support::scripted::built;

/// A box, a group or an arrow: a box's name and its group, a group's name and nothing, or both ends of an arrow, and the text.
type Part = [String; 3];

/// Mermaid reads each picture of the golden cases as what it says: the same boxes, groups and arrows, with the same texts,
/// whatever characters they have.
#[test]
fn mermaid_reads_the_pictures() {
    let folder = repository().join("tests/external/packaged/mermaid");
    let files = ["package.json", "package-lock.json", "read.mjs"];
    let directory = built("packaged", &folder, &files.map(|name| folder.join(name)));
    let directory = directory.unwrap_or_else(|message| panic!("{message}"));
    let cases = repository().join("tests/cases/picture");
    let mut count = 0;
    for case in fs::read_dir(cases).expect("the cases") {
        let picture = case.expect("a case").path().join("picture.mmd");
        let text = fs::read_to_string(&picture).expect("a picture");
        let (nodes, edges) = read(&directory, &picture);
        assert_eq!(nodes, boxes(&text), "{}", picture.display());
        assert_eq!(edges, arrows(&text), "{}", picture.display());
        assert!(
            nodes.len() > 1 && !edges.is_empty(),
            "{}",
            picture.display()
        );
        count += 1;
    }
    assert!(count > 3, "{count} cases");
    // It would say so of another text.
    let work = tempfile::tempdir().expect("a temporary directory");
    let damaged = work.path().join("damaged.mmd");
    fs::write(&damaged, "flowchart TB\n  n0[\"a\"]\n  n0 -->|\"b\" n1\n").expect("a file");
    let output = node(&directory, &damaged);
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && messages.contains("Parse error"),
        "{messages}"
    );
}

fn node(directory: &Path, picture: &Path) -> std::process::Output {
    let mut command = Command::new("node");
    command.arg(directory.join("read.mjs")).arg(picture);
    command
        .output()
        .unwrap_or_else(|error| panic!("{command:?} cannot be run: {error}"))
}

/// The boxes and groups, and the arrows, that Mermaid finds.
fn read(directory: &Path, picture: &Path) -> (BTreeSet<Part>, BTreeSet<Part>) {
    let output = node(directory, picture);
    assert!(
        output.status.success(),
        "{}: {}",
        picture.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(found["type"], "flowchart-v2");
    let parts = |name: &str| {
        let parts = found[name].as_array().expect("a list").iter();
        let part = |part: &Value| {
            serde_json::from_value::<Part>(part.clone())
                .unwrap_or_else(|error| panic!("{part}: {error}"))
        };
        parts.map(part).collect()
    };
    (parts("nodes"), parts("edges"))
}

/// The boxes and groups of a picture. A line has at most one of them, with its text in quotes.
fn boxes(picture: &str) -> BTreeSet<Part> {
    let mut group = String::new();
    let mut parts = BTreeSet::new();
    for line in picture.lines() {
        if line.trim() == "end" {
            group.clear();
        }
        let Some(text) = quoted(line).filter(|_| !line.contains("-->")) else {
            continue;
        };
        let (name, within) = match line.trim().strip_prefix("subgraph ") {
            Some(rest) => (rest, String::new()),
            None => (line.trim(), group.clone()),
        };
        let end = name.find(|letter: char| !letter.is_ascii_alphanumeric());
        let name = name[..end.expect("a box has a shape")].to_owned();
        if line.trim().starts_with("subgraph ") {
            group.clone_from(&name);
        }
        parts.insert([name, within, text]);
    }
    parts
}

/// The arrows of a picture.
fn arrows(picture: &str) -> BTreeSet<Part> {
    let lines = picture.lines().filter_map(|line| {
        let (from, _) = line.trim().split_once(" -->|")?;
        let (_, to) = line.rsplit_once("| ")?;
        Some([from.to_owned(), to.to_owned(), quoted(line)?])
    });
    lines.collect()
}

/// The text between the first and the last quote of a line.
fn quoted(line: &str) -> Option<String> {
    let (_, rest) = line.split_once('"')?;
    let (text, _) = rest.rsplit_once('"')?;
    Some(text.to_owned())
}
