//! Files that name several components and give each a policy.
//!
//! This module reads the graph's file and the policies that it names. The crate that reads the components finds out
//! whether they fit each other.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::NamedSource;
use toml::de::{DeTable, DeValue};

use crate::document::{POLICY, VERSION_KEY, check_version};
use crate::error::{PolicyError, PolicyErrors, Problem};
use crate::load::Origin;
use crate::model::Policy;
use crate::named::{NamedPath, PathUse};
use crate::nearest::suggestion;
use crate::reader::{Reader, Table, Text, Value};
use crate::shape::{Key, Need, Shape, TableShape};

/// The keys of a graph's file.
pub(crate) static GRAPH: TableShape = TableShape {
    name: "the graph",
    about: "Several components, each with its policy.",
    keys: &[
        VERSION_KEY,
        Key::new("description", Shape::Text, "What the graph is for."),
        Key::new(
            "application",
            Shape::Text,
            "The component whose exports are those of the whole.",
        )
        .need(Need::Required(
            "write `application = \"NAME\"`: whose exports are those of the whole",
        )),
        Key::new("components", Shape::Tables(&COMPONENT), "The components.")
            .need(Need::Required(ADD_A_TABLE)),
    ],
    rules: &[],
};

const ADD_A_TABLE: &str = "add a table `[components.NAME]` for each component";

static COMPONENT: TableShape = TableShape {
    name: "the table of a component",
    about: "A component.",
    keys: &[
        Key::new(
            "source",
            Shape::NotEmpty,
            "The file of the component or WASI preview 1 module, relative to this file.",
        )
        .need(Need::Required("write `source = \"FILE.wasm\"`")),
        Key::new(
            "policy",
            Shape::AnyOf(&[Shape::Text, Shape::Table(&POLICY)]),
            "The name of a built-in policy, the path of a file, or the tables of a policy.",
        )
        .need(Need::Required(
            "write `policy = \"deny\"`: the name of a built-in policy, the path of a file, or a table",
        )),
        Key::new(
            "imports",
            Shape::Names,
            "Which component answers which import, or `host`.",
        ),
    ],
    rules: &[],
};

/// The name that stands for the host where a graph names the component that answers an import.
pub const HOST: &str = "host";

/// A value and the bytes of the file in which it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// The bytes of the file in which the value is written.
    pub span: Range<usize>,
}

/// Several components, each with its policy.
#[derive(Clone, Debug)]
pub struct GraphFile {
    /// The component whose exports the composed component has.
    pub application: Placed<String>,
    /// The components, in the order of the file.
    pub components: Vec<GraphComponent>,
    /// The file's name and text, for messages.
    pub file: NamedSource<Arc<str>>,
}

/// A component of a graph.
#[derive(Clone, Debug)]
pub struct GraphComponent {
    /// The component's name in the graph.
    pub name: Placed<String>,
    /// The component's file.
    pub source: Placed<PathBuf>,
    /// The same file as a path that [`NamedPath::check`] can look for.
    pub path: NamedPath,
    /// The component's policy.
    pub policy: Placed<Policy>,
    /// The imports that the file answers, each with the component that answers it, or [`HOST`].
    pub imports: Vec<(Placed<String>, Placed<String>)>,
}

impl GraphFile {
    /// Reads a graph from `source`. Messages call it `name`; paths in it are relative to `directory`.
    ///
    /// # Errors
    /// [`PolicyErrors`] with everything that is wrong with the file or with a policy that it names.
    pub fn parse(name: &str, source: &str, directory: &Path) -> Result<Self, PolicyErrors> {
        read(name, source, directory)
    }

    /// Reads a graph from a file.
    ///
    /// # Errors
    /// As [`GraphFile::parse`], and when the file cannot be read.
    pub fn load(path: &Path) -> Result<Self, PolicyErrors> {
        let name = path.to_string_lossy();
        let (source, _) = crate::load::read_file(path, &name).map_err(|problem| match problem {
            Problem::NotFound { name } => {
                let hint = "a graph is a file that names components, each with its policy";
                PolicyError::nowhere(Problem::NoFile { path: name }, Some(hint.into()))
            }
            other => PolicyError::nowhere(other, None),
        })?;
        read(&name, &source, path.parent().unwrap_or(Path::new("")))
    }
}

/// Whether a text is meant to be a graph: whether it has a key that only graphs have.
pub(crate) fn is_graph(source: &str) -> bool {
    let (document, _) = DeTable::parse_recoverable(source);
    let keys = document.get_ref();
    ["application", "components"]
        .iter()
        .any(|key| keys.contains_key(*key))
}

fn read(name: &str, source: &str, directory: &Path) -> Result<GraphFile, PolicyErrors> {
    let mut reader = Reader::new(name, source);
    let Some(document) = crate::load::parse_document(&mut reader, source) else {
        return Err(PolicyErrors {
            problems: reader.finish(),
        });
    };
    let origin = Origin {
        name,
        directory: Some(directory),
        file: None,
        identity: None,
        parent: None,
    };
    let table = Table::root(&mut reader, &document, &GRAPH);
    check_version(&mut reader, &table);
    table.text(&mut reader, "description");
    // The problems in the policies' own files.
    let mut elsewhere = Vec::new();
    let components = components(&mut reader, &table, &origin, &mut elsewhere);
    let application = table
        .text(&mut reader, "application")
        .map(|text| placed(&reader, &text, text.value.to_owned()));
    let names: Vec<&str> = components.iter().map(|(name, _)| name.as_str()).collect();
    // A graph without components was reported above.
    if let Some(application) = &application
        && !names.is_empty()
        && !names.contains(&application.value.as_str())
    {
        reader.unknown_word(
            application.span.clone(),
            &application.value,
            "component",
            &names,
        );
    }
    let known: Vec<&str> = names.iter().copied().chain([HOST]).collect();
    let targets = components
        .iter()
        .flat_map(|(_, component)| component.iter().flat_map(|component| &component.imports));
    for (_, target) in targets {
        if !known.contains(&target.value.as_str()) {
            let hint = suggestion(&target.value, &known);
            let problem = Problem::UnknownWord {
                what: "component",
                word: target.value.clone(),
            };
            reader.report(&target.span, problem).with_hint(hint);
        }
    }
    let file = reader.file();
    let mut problems = reader.finish();
    problems.extend(elsewhere);
    match (application, problems.is_empty()) {
        (Some(application), true) => Ok(GraphFile {
            application,
            components: components
                .into_iter()
                .filter_map(|(_, component)| component)
                .collect(),
            file,
        }),
        _ => Err(PolicyErrors { problems }),
    }
}

fn components(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    origin: &Origin<'_>,
    elsewhere: &mut Vec<PolicyError>,
) -> Vec<(String, Option<GraphComponent>)> {
    let Some(entry) = table.get("components") else {
        return Vec::new();
    };
    let DeValue::Table(entries) = entry.value.get() else {
        entry
            .value
            .mismatch(reader, "a table")
            .with_hint(ADD_A_TABLE);
        return Vec::new();
    };
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    if entries.is_empty() {
        let what = "the table of components";
        reader
            .report(&entry.span, Problem::Empty { what })
            .with_hint(ADD_A_TABLE);
    }
    // A faulty policy file that several components share is reported once.
    let mut reported = BTreeSet::new();
    entries
        .into_iter()
        .map(|(key, value)| {
            let name = Placed {
                value: key.get_ref().to_string(),
                span: key.span(),
            };
            if name.value == HOST {
                reader
                    .contradiction(
                        &name.span,
                        "`host` stands for the host and names no component",
                    )
                    .with_hint("choose another name");
            } else if !is_word(&name.value) {
                let reason =
                    "consists of words of lower-case letters and digits, joined by hyphens";
                reader.report(
                    &name.span,
                    Problem::Text {
                        what: "the name of a component",
                        reason,
                    },
                );
            }
            let component = component(
                reader,
                &name,
                &Value::new(value),
                origin,
                elsewhere,
                &mut reported,
            );
            (name.value, component)
        })
        .collect()
}

fn component(
    reader: &mut Reader<'_>,
    name: &Placed<String>,
    value: &Value<'_>,
    origin: &Origin<'_>,
    elsewhere: &mut Vec<PolicyError>,
    reported: &mut BTreeSet<String>,
) -> Option<GraphComponent> {
    // The span of a table that a header opens is empty; messages point to the table's name instead.
    let table = value.table_at(reader, &COMPONENT, name.span.clone(), None)?;
    let source = table.text(reader, "source").and_then(|text| {
        if text.value.is_empty() {
            reader.report(&text.span, Problem::Empty { what: "the path" });
            return None;
        }
        let path = origin.directory.unwrap_or(Path::new("")).join(text.value);
        reader.name_path(PathUse::Component, &text, path.clone());
        let named = reader.take_paths().pop()?;
        Some((placed(reader, &text, path), named))
    });
    let policy = table.get("policy").and_then(|entry| {
        let (policy, span) = policy(reader, &entry.value, origin, elsewhere, reported)?;
        let span = span.unwrap_or(entry.span);
        Some(Placed {
            value: policy,
            span,
        })
    });
    let imports = table
        .strings(reader, "imports")
        .into_iter()
        .map(|(import, target)| {
            let import = Placed {
                value: import.value.to_owned(),
                span: import.span,
            };
            (import, placed(reader, &target, target.value.to_owned()))
        })
        .collect();
    let (source, path) = source?;
    Some(GraphComponent {
        name: name.clone(),
        source,
        path,
        policy: policy?,
        imports,
    })
}

/// Reads a policy that is either named or written as a table. If it is named, also returns where.
fn policy(
    reader: &mut Reader<'_>,
    value: &Value<'_>,
    origin: &Origin<'_>,
    elsewhere: &mut Vec<PolicyError>,
    reported: &mut BTreeSet<String>,
) -> Option<(Policy, Option<Range<usize>>)> {
    if let DeValue::Table(_) = value.get() {
        let table = value.table(reader, &POLICY)?;
        return match origin.over_base(reader, &table) {
            Ok(policy) => Some((policy, None)),
            Err(errors) => {
                elsewhere.extend(errors.problems);
                None
            }
        };
    }
    let text = value.text(reader)?;
    let span = reader.inside(&text);
    match origin.base(reader, &text) {
        Ok(policy) => Some((policy, Some(span))),
        Err(errors) => {
            if reported.insert(text.value.to_owned()) {
                elsewhere.extend(errors.problems);
            }
            None
        }
    }
}

fn placed<T>(reader: &Reader<'_>, text: &Text<'_>, value: T) -> Placed<T> {
    Placed {
        value,
        span: reader.inside(text),
    }
}

/// Whether composition scripts can use a text as a name.
fn is_word(text: &str) -> bool {
    text.split('-').all(|word| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    })
}
