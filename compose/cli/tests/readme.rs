//! Runs the examples of the documentation. The first line of every fenced block in `README.md` and `docs/*.md` says
//! what the block is, and the test compares it with the tool:
//!
//! - `toml`: a policy, or tables of one (the test puts `version = 1` in front). It must be valid; with `invalid` it
//!   must be invalid. With `file=NAME` it is also a file for the commands of the same document. With `same=PATH` it
//!   equals that file of the repository. With `graph` it is a graph of components and not a policy.
//! - `console`: commands behind `$ `, each with its output below. `…` stands for any number of lines, or for any text
//!   within a line. The commands of a document run in order in one directory. At the start the directory contains only
//!   `examples` as `make build` leaves it, and for documents other than the README also `app.wasm` (which is
//!   `examples/journal.wasm`) and `cat.wasm`.
//! - `wat`: a component in text form, with `file=NAME`.
//! - `rust`: lines that the library's documentation contains too, where they are compiled. With `file=NAME` it is a
//!   program, as `python`, `js` and `wit` are, for the commands of the same document.
//! - `sh no-run` and `yaml no-run`: commands that a test cannot run, and files for them.
//! - `yaml job`: a job for continuous integration, which the suite `compose` runs (`runner.rs`).

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use support::documents::{Document, in_folder, matches};
use support::guests::{Target, binary, repository};
use wasi_interpose::policy::{Policy, schema};

/// The documents whose commands need nothing but the tool, the README first.
fn documents() -> Vec<Document> {
    let readme = Document::read(repository().join("README.md"));
    let docs = in_folder("docs");
    [readme].into_iter().chain(docs).collect()
}

/// All documents whose examples are tested. The suite `packaged` runs the commands of the guides.
fn documents_and_guides() -> Vec<Document> {
    let mut all = documents();
    all.extend(in_folder("docs/guides"));
    all
}

#[test]
fn every_block_says_what_it_is() {
    for document in documents_and_guides() {
        for block in document.blocks() {
            let known = matches!(block.kind(), "toml" | "console" | "rust" | "wat")
                || (matches!(block.kind(), "js" | "python" | "wit") && block.file().is_some())
                || (matches!(block.kind(), "sh" | "yaml") && block.has("no-run"))
                || (block.kind() == "yaml" && block.has("job"));
            assert!(known, "{}: {:?}", document.place(block.line), block.info);
        }
    }
}

#[test]
fn files_are_shown_as_they_are() {
    let mut shown = 0;
    for document in documents_and_guides() {
        for block in document.blocks() {
            if let Some(path) = block.same() {
                let file = fs::read_to_string(repository().join(path)).expect(path);
                assert_eq!(block.text, file, "{}: {path}", document.place(block.line));
                shown += 1;
            }
        }
    }
    assert!(shown > 0, "no file is shown");
}

#[test]
fn policies_are_valid() {
    for document in documents_and_guides() {
        for block in document
            .blocks()
            .iter()
            .filter(|block| block.kind() == "toml" && !block.has("graph"))
        {
            let place = document.place(block.line);
            let result = Policy::parse(&place, &block.policy(), None);
            match (block.has("invalid"), result) {
                (false, Err(errors)) => panic!("{:?}", miette::Report::new(errors)),
                (true, Ok(_)) => panic!("{place}: the policy is valid"),
                _ => {}
            }
        }
    }
}

#[test]
fn commands_print_what_is_shown() {
    for document in documents() {
        let directory = tempfile::tempdir().expect("a directory");
        let examples = directory.path().join("examples");
        lay_out_examples(&examples);
        if !document.path.ends_with("README.md") {
            for (name, example) in [("app.wasm", "journal.wasm"), ("cat.wasm", "cat.wasm")] {
                fs::copy(examples.join(example), directory.path().join(name)).expect(name);
            }
        }
        document.follow(directory.path());
    }
}

/// What `examples/components.toml` says.
#[derive(Deserialize)]
struct Examples {
    component: Vec<Example>,
}

#[derive(Deserialize)]
struct Example {
    file: String,
    program: String,
}

/// Makes a directory what `examples` is after `make build`.
fn lay_out_examples(directory: &Path) {
    let source = repository().join("examples");
    copy_sources(&source, directory);
    let text = fs::read_to_string(source.join("components.toml")).expect("components.toml");
    let examples: Examples = toml::from_str(&text).expect("components.toml");
    for Example { file, program } in examples.component {
        let component = binary(&program, Target::Wasip2);
        fs::write(directory.join(file), component).expect("a component");
    }
}

/// Copies a folder without the components that were built into it, which may be old.
fn copy_sources(source: &Path, directory: &Path) {
    fs::create_dir(directory).expect("a directory");
    for entry in fs::read_dir(source).expect("the examples") {
        let path = entry.expect("an example").path();
        let to = directory.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_sources(&path, &to);
        } else if path.extension().is_none_or(|extension| extension != "wasm") {
            fs::copy(&path, to).expect("a copy");
        }
    }
}

#[test]
fn elisions_match_what_they_should() {
    let lines = |text: &'static str| text.lines().collect::<Vec<_>>();
    for (shown, actual, expected) in [
        ("a\nb", "a\nb", true),
        ("a", "a\nb", false),
        ("a\nb", "a", false),
        ("a\n…", "a\nb\nc", true),
        ("a\n…\nc", "a\nc", true),
        ("a\n…\nc", "a\nb", false),
        ("a … c", "a b c", true),
        ("a … c", "a b d", false),
        ("a… b…c", "ax bxc", true),
        ("a…", "b", false),
    ] {
        assert_eq!(
            matches(&lines(shown), &lines(actual)),
            expected,
            "{shown:?} {actual:?}"
        );
    }
}

#[test]
fn rust_is_compiled_with_the_library() {
    let libraries = ["compose", "host", "simulate"].map(|library| {
        let path = repository()
            .join("compose")
            .join(library)
            .join("src/lib.rs");
        fs::read_to_string(path).expect("lib.rs")
    });
    let compiled: String = libraries
        .iter()
        .flat_map(|library| library.lines())
        .filter_map(|line| line.strip_prefix("//!"))
        .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
        .filter(|line| !line.starts_with("# "))
        .collect();
    for document in documents_and_guides() {
        for block in document
            .blocks()
            .iter()
            .filter(|block| block.kind() == "rust" && block.file().is_none())
        {
            let place = document.place(block.line);
            assert!(
                compiled.contains(&block.text),
                "{place}: the documentation of the library has other lines"
            );
        }
    }
}

#[test]
fn links_lead_somewhere() {
    let others = ["CONTRIBUTING.md", "CHANGELOG.md"].map(|name| repository().join(name));
    for document in documents_and_guides()
        .into_iter()
        .chain(others.map(Document::read))
    {
        let folder = document.path.parent().expect("a folder").to_owned();
        for (at, _) in document.text.match_indices("](") {
            let link = document.text[at + 2..]
                .split(')')
                .next()
                .unwrap_or_default();
            if link.starts_with("https://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match path {
                "" => document.path.clone(),
                path => folder.join(path),
            };
            let place = document.path.display();
            assert!(target.exists(), "{place}: there is no `{link}`");
            assert!(
                anchor.is_empty() || anchors(&Document::read(target)).contains(anchor),
                "{place}: nothing is called `{link}`"
            );
        }
    }
}

/// What the headings of a document are called in links to them.
fn anchors(document: &Document) -> BTreeSet<String> {
    let headings = document.text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            line.trim_start_matches('#')
                .trim()
                .to_lowercase()
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
        .collect()
}

#[test]
fn every_key_of_a_policy_is_explained() {
    let reference = Document::read(repository().join("docs/policy.md")).text;
    let mut keys = BTreeSet::new();
    collect_keys(&schema(), &mut keys);
    assert!(
        keys.contains("default") && keys.contains("remove-headers"),
        "{keys:?}"
    );
    for key in keys {
        let explained = [
            format!("`{key}`"),
            format!("## [{key}]"),
            format!("{{ {key} = "),
        ]
        .iter()
        .any(|text| reference.contains(text));
        assert!(explained, "docs/policy.md does not explain `{key}`");
    }
}

fn collect_keys(value: &serde_json::Value, keys: &mut BTreeSet<String>) {
    if let Some(serde_json::Value::Object(properties)) = value.get("properties") {
        keys.extend(properties.keys().cloned());
    }
    match value {
        serde_json::Value::Object(map) => map.values().for_each(|value| collect_keys(value, keys)),
        serde_json::Value::Array(list) => list.iter().for_each(|value| collect_keys(value, keys)),
        _ => {}
    }
}

#[test]
fn every_option_is_explained() {
    let reference = Document::read(repository().join("docs/cli.md")).text;
    let help = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_interpose"))
            .args(arguments)
            .arg("--help")
            .output()
            .expect("the command");
        assert!(output.status.success(), "{arguments:?}");
        let text = String::from_utf8(output.stdout).expect("text");
        // Options in examples may be the application's.
        let (text, _) = text.split_once("\nExamples:").unwrap_or((&text, ""));
        text.to_owned()
    };
    let commands = |text: &str| -> Vec<String> {
        let listed = text.lines().skip_while(|line| *line != "Commands:").skip(1);
        listed
            .take_while(|line| !line.is_empty())
            .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
            .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
            // It is there for each command with others below it.
            .filter(|command| command != "help")
            .collect()
    };
    let mut options = BTreeSet::new();
    let all = commands(&help(&[]));
    assert!(all.contains(&"compose".to_owned()), "{all:?}");
    for command in all {
        assert!(
            reference.contains(&format!("interpose {command}")),
            "{command}"
        );
        let text = help(&[&command]);
        for subcommand in commands(&text) {
            let full = format!("interpose {command} {subcommand}");
            assert!(
                reference.contains(&full),
                "docs/cli.md does not explain `{full}`"
            );
        }
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        options.extend(
            words
                .filter(|word| word.starts_with("--"))
                .map(str::to_owned),
        );
    }
    assert!(options.contains("--emit-wac"), "{options:?}");
    for option in options {
        assert!(
            reference.contains(&format!("`{option}")),
            "docs/cli.md does not explain `{option}`"
        );
    }
}

/// Each code of a message is written once in the sources, and has a line in the reference.
#[test]
fn every_code_is_explained() {
    let mut codes = BTreeSet::new();
    for library in [
        "policy",
        "compose",
        "host",
        "learn",
        "recording",
        "simulate",
        "trace",
        "cli",
    ] {
        for source in sources(&repository().join("compose").join(library).join("src")) {
            for code in codes_in(&fs::read_to_string(&source).expect("a source")) {
                assert!(codes.insert(code.clone()), "`{code}` is there twice");
            }
        }
    }
    let reference = Document::read(repository().join("docs/cli.md")).text;
    let (_, table) = reference
        .split_once("\n## Codes\n")
        .expect("a section about codes");
    let mut explained = BTreeSet::new();
    let rows = table.lines().skip_while(|line| !line.starts_with('|'));
    for row in rows.take_while(|line| line.starts_with('|')).skip(2) {
        let code = row.split('`').nth(1).expect("a code").to_owned();
        assert!(explained.insert(code), "{row}: explained twice");
    }
    assert!(codes.contains("policy::not-found"), "{codes:?}");
    assert_eq!(codes, explained, "docs/cli.md explains other codes");
}

/// The Rust files in a directory and below it.
fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The string literals of a source that are nothing but words joined by `::`: nothing else in the sources is written so.
fn codes_in(source: &str) -> impl Iterator<Item = String> {
    let is_word = |word: &str| {
        let mut characters = word.chars();
        !word.is_empty() && characters.all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-'))
    };
    let is_code = move |text: &&str| text.contains("::") && text.split("::").all(is_word);
    source.split('"').filter(is_code).map(str::to_owned)
}
