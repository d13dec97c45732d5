//! Reads the directories, files and links of a mount in memory that the policy names one by one. The mount begins with
//! them and with the contents of a baked directory.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use toml::de::DeValue;

use super::{check_text, local_path, relative_path};
use crate::error::Problem;
use crate::model::Contents;
use crate::named::PathUse;
use crate::reader::{Reader, Spot, Table, Text, Value};
use crate::shape::{Key, Rule, Shape, TableShape};

const HINT: &str = "write `files = { \"etc/motd\" = \"text\" }` or `{ \"etc/motd\" = { file = \"motd\" } }`, \
                    with paths in quotes";

/// The shape of a file that the policy writes as a table.
pub(super) static FILE: TableShape = TableShape {
    name: "a file of `files`",
    about: "",
    keys: &[
        Key::new("text", Shape::Text, "The contents."),
        Key::new(
            "file",
            Shape::NotEmpty,
            "A file whose contents, when composing, are those of the file.",
        ),
    ],
    rules: &[
        Rule::AtMostOne {
            keys: &["text", "file"],
            reason: "contents are either a text or a file's",
            hint: "remove one of them",
        },
        Rule::AtLeastOne {
            keys: &["text", "file"],
            hint: HINT,
        },
    ],
};

/// The entries of a mount, with the places of their paths.
pub(super) struct Entries {
    pub(super) directories: Vec<Spot<String>>,
    pub(super) files: Vec<Spot<(String, Contents)>>,
    pub(super) links: Vec<Spot<(String, String)>>,
}

/// Reads `directories`, `files` and `links` of a mount.
pub(super) fn entries(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    directory: Option<&Path>,
) -> Entries {
    let directories = table.list(reader, "directories", |reader, text| {
        relative_path(reader, text)
    });
    reader.distinct(&directories, "this directory");
    let mut files = Vec::new();
    for (path, value) in table.entries(reader, "files", "a table of files", HINT) {
        let contents = file(reader, &value, directory);
        if let Some(path) = spot(reader, &path)
            && let Some(contents) = contents
        {
            files.push(Spot {
                value: (path.value, contents),
                span: path.span,
            });
        }
    }
    let mut links = Vec::new();
    for (path, target) in table.strings(reader, "links") {
        let target = target_of(reader, &target);
        if let Some(path) = spot(reader, &path)
            && let Some(target) = target
        {
            links.push(Spot {
                value: (path.value, target),
                span: path.span,
            });
        }
    }
    let entries = Entries {
        directories,
        files,
        links,
    };
    check_places(reader, &entries);
    entries
}

fn spot(reader: &mut Reader<'_>, path: &Text<'_>) -> Option<Spot<String>> {
    Some(Spot {
        value: relative_path(reader, path)?,
        span: reader.inside(path),
    })
}

fn file(reader: &mut Reader<'_>, value: &Value<'_>, directory: Option<&Path>) -> Option<Contents> {
    match value.get() {
        DeValue::String(text) => Some(Contents::Text(text.to_string())),
        DeValue::Table(_) => {
            let table = value.table(reader, &FILE)?;
            match (table.get("text"), table.get("file")) {
                (Some(text), None) => {
                    let text = text.value.text(reader)?;
                    Some(Contents::Text(text.value.into()))
                }
                (None, Some(file)) => {
                    let file = file.value.text(reader)?;
                    local_path(reader, &file, PathUse::BakedFile, directory).map(Contents::File)
                }
                // A table with both keys or with neither was reported.
                _ => None,
            }
        }
        _ => {
            value
                .mismatch(reader, "a string or a table")
                .with_hint(HINT);
            None
        }
    }
}

/// Reads the target of a link, which may be any path.
fn target_of(reader: &mut Reader<'_>, target: &Text<'_>) -> Option<String> {
    if target.value.is_empty() {
        let what = "where a link leads";
        reader.report(&target.span, Problem::Empty { what });
        return None;
    }
    check_text(reader, target, "where a link leads").then(|| target.value.into())
}

/// Reports two entries at the same path, and entries below a file or a link.
fn check_places(reader: &mut Reader<'_>, entries: &Entries) {
    let directories = entries.directories.iter();
    let directories = directories.map(|spot| (&spot.value, "directory", &spot.span));
    let files = entries.files.iter();
    let files = files.map(|spot| (&spot.value.0, "file", &spot.span));
    let links = entries.links.iter();
    let links = links.map(|spot| (&spot.value.0, "link", &spot.span));
    let all: Vec<_> = directories.chain(files).chain(links).collect();
    let mut by_path: BTreeMap<&str, (&str, &Range<usize>)> = BTreeMap::new();
    for (path, kind, span) in &all {
        match by_path.get(path.as_str()) {
            // Equal directories were reported above.
            Some(("directory", _)) if *kind == "directory" => {}
            Some((other, first)) => {
                reader
                    .contradiction(
                        span,
                        format!("there is a {other} at the path of this {kind}"),
                    )
                    .with_label((*first).clone(), "here");
            }
            None => {
                by_path.insert(path, (kind, span));
            }
        }
    }
    for (path, kind, span) in &all {
        let mut above = path.match_indices('/').map(|(end, _)| &path[..end]);
        let found = above.find_map(|above| {
            let (other, first) = by_path.get(above)?;
            (*other != "directory").then_some((*other, *first))
        });
        if let Some((other, first)) = found {
            reader
                .contradiction(span, format!("this {kind} lies below a {other}"))
                .with_label(first.clone(), "here");
        }
    }
}
