//! Compares the JSON Schemas with the reader: they accept every policy and graph that the reader accepts, and refuse
//! what it refuses unless a schema cannot see the mistake. The schemas in the documentation are those of the program.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use interpose_policy::graph::GraphFile;
use interpose_policy::{Policy, graph_schema, schema};
use jsonschema::Validator;
use serde_json::Value;

/// Policies that the reader refuses for a mistake that the schema does not see: in the meaning of a text, between
/// distant keys of the file, or in extended policies.
const UNSEEN: &[&str] = &[
    // JSON has no dates, so the schema accepts a text here.
    "clocks-start-string",
    // The meaning of the text of a number, a path, a rule, a pattern or a name.
    "arguments-nul",
    "clocks-coarse",
    "clocks-start-before-epoch",
    "duration-fraction",
    "environment-name",
    "escapes-are-underlined-as-a-whole",
    "http-url",
    "interfaces",
    "interfaces-with-a-table",
    "network-address-spelling",
    "network-cidr",
    "network-deny",
    "network-ipv6",
    "network-listen-name",
    "network-name",
    "network-port",
    "network-preopen-denied",
    "network-preopen-name",
    "network-preopen-ports",
    "network-preopen-udp",
    "network-protocol",
    "network-resolve-address",
    "network-wildcard",
    "size-too-large",
    // A requirement that the text of one key puts on another key.
    "faults-narrowing",
    "faults-target",
    "faults-error",
    "faults-short",
    "mount-devices-elsewhere",
    // A duplicate, or keys in two places that contradict each other.
    "clocks-virtual-with-http",
    "clocks-virtual-with-network",
    "environment-set-and-inherited",
    "filesystem-inherit-subtree",
    "http-duplicate",
    "http-unreachable",
    "mount-duplicate",
    "mount-inside-a-writable-mount",
    "mount-of-a-hidden-directory",
    "mount-two-directories-of-one-name",
    "network-duplicate",
    "network-unreachable",
    // The contents of another file.
    "extends-cycle",
    "extends-denied-below",
    "extends-empty-tables",
    "extends-except",
    "extends-inherited-preopens",
    "extends-missing-file",
    "extends-mode-needs-more",
    "extends-mode-of-another",
    "extends-mount-of-an-exchangeable-directory",
    "extends-unknown",
    "extends-virtual-time-with-network",
];

/// Graphs that the reader refuses for a mistake that the schema does not see.
const UNSEEN_GRAPHS: &[&str] = &[
    // Which components the file has.
    "application-unknown",
    "component-unknown",
    // The contents of another file.
    "policy-that-does-not-exist",
];

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

fn validator(schema: &Value) -> Validator {
    jsonschema::options()
        .should_validate_formats(true)
        .build(schema)
        .unwrap_or_else(|error| panic!("the schema is none: {error}"))
}

/// A file as JSON, with dates and times as text, which is how editors see them; `None` if it is not TOML.
fn json(source: &str) -> Option<Value> {
    fn convert(value: toml::Value) -> Value {
        match value {
            toml::Value::Datetime(datetime) => datetime.to_string().into(),
            toml::Value::Array(items) => items.into_iter().map(convert).collect(),
            toml::Value::Table(table) => table
                .into_iter()
                .map(|(key, value)| (key, convert(value)))
                .collect(),
            other => serde_json::to_value(other).unwrap(),
        }
    }
    source
        .trim_start_matches('\u{feff}')
        .parse::<toml::Table>()
        .ok()
        .map(|table| convert(table.into()))
}

#[test]
fn built_in_policies_are_valid() {
    let validator = validator(&schema());
    for builtin in Policy::builtins() {
        let policy = json(builtin.source).unwrap();
        assert!(validator.is_valid(&policy), "{}", builtin.name);
    }
}

/// Compares a schema with the reader on all cases of a folder.
fn compare(
    schema: &Value,
    folder: &str,
    file: &str,
    unseen: &[&str],
    is_accepted: impl Fn(&str, &Path) -> bool,
) {
    let validator = validator(schema);
    let (mut accepted, mut refused) = (0, 0);
    let mut not_seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for entry in fs::read_dir(root(folder)).unwrap() {
        let case = entry.unwrap().path();
        let name = case.file_name().unwrap().to_str().unwrap().to_owned();
        let source = fs::read_to_string(case.join(file)).unwrap();
        let Some(value) = json(&source) else {
            continue;
        };
        match (is_accepted(&source, &case), validator.is_valid(&value)) {
            (true, true) => accepted += 1,
            (false, false) => refused += 1,
            (false, true) => {
                not_seen.insert(name);
            }
            (true, false) => {
                let errors = validator.iter_errors(&value);
                wrong.extend(errors.map(|error| format!("{name}: {error}")));
            }
        }
    }
    assert!(wrong.is_empty(), "the schema refuses: {wrong:#?}");
    let expected: BTreeSet<String> = unseen.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(not_seen, expected, "what the schema does not see");
    assert!(
        accepted >= 5 && refused >= 3,
        "{accepted} accepted, {refused} refused"
    );
}

#[test]
fn the_schema_agrees_with_the_reader() {
    compare(
        &schema(),
        "tests/cases/policy",
        "policy.toml",
        UNSEEN,
        |source, case| Policy::parse("policy.toml", source, Some(case)).is_ok(),
    );
}

#[test]
fn the_schema_of_graphs_agrees_with_the_reader() {
    compare(
        &graph_schema(),
        "tests/cases/graph",
        "graph.toml",
        UNSEEN_GRAPHS,
        |source, case| GraphFile::parse("graph.toml", source, case).is_ok(),
    );
}

/// Editors find the schemas at the addresses that are their `$id`s.
#[test]
fn the_schemas_of_the_documentation_are_those_of_the_program() {
    for (name, schema) in [("policy", schema()), ("graph", graph_schema())] {
        let path = format!("docs/schema/{name}.json");
        let id = schema["$id"].as_str().unwrap();
        assert!(id.ends_with(&format!("/main/{path}")), "{id}");
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        if env::var_os("BLESS").is_some() {
            fs::create_dir_all(root("docs/schema")).unwrap();
            fs::write(root(&path), &text).unwrap();
        }
        let written = fs::read_to_string(root(&path)).unwrap_or_default();
        assert!(written == text, "BLESS=1 writes {path} anew");
    }
}
