//! Reads `[[interpose]]`.

use std::path::Path;

use super::local_path;
use crate::error::Problem;
use crate::model::Interposer;
use crate::named::PathUse;
use crate::reader::{Reader, Table, Text, Value};
use crate::shape::{Key, Need, Shape, TableShape};

/// The key of the list in a policy.
pub(crate) const KEY: &str = "interpose";

pub(crate) static INTERPOSE: TableShape = TableShape {
    name: "[[interpose]]",
    about: "A component that answers imports of the application, or of a component that is nearer to the application.",
    keys: &[
        Key::new(
            "component",
            Shape::NotEmpty,
            "The file of the component, relative to the policy.",
        )
        .need(Need::Required(
            "name its file: `component = \"my-logger.wasm\"`",
        )),
        Key::new(
            "sha256",
            Shape::Sha256,
            "The SHA-256 hash that the file must have, as `sha256sum` prints it.",
        ),
    ],
    rules: &[],
};

/// The number of hexadecimal digits of a SHA-256 hash.
const DIGITS: usize = 64;

/// Reads the list. A policy without it has the list `base` of the policy that it extends.
pub(crate) fn interposers(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    directory: Option<&Path>,
    base: &Vec<Interposer>,
) -> Vec<Interposer> {
    let tables = table.tables(reader, KEY, "write `[[interpose]]`");
    let interposers = tables
        .iter()
        .filter_map(|value| interposer(reader, value, directory))
        .collect();
    table.written_or(KEY, interposers, Some(base))
}

fn interposer(
    reader: &mut Reader<'_>,
    value: &Value<'_>,
    directory: Option<&Path>,
) -> Option<Interposer> {
    let table = value.table(reader, &INTERPOSE)?;
    let sha256 = table
        .text(reader, "sha256")
        .and_then(|text| hash(reader, &text));
    let component = table.text(reader, "component")?;
    Some(Interposer {
        component: local_path(reader, &component, PathUse::Interposer, directory)?,
        sha256,
    })
}

/// Reads a hash, and reports a text that is none.
fn hash(reader: &mut Reader<'_>, text: &Text<'_>) -> Option<String> {
    let is_hash = text.value.len() == DIGITS && text.value.bytes().all(|b| b.is_ascii_hexdigit());
    if !is_hash {
        let problem = Problem::Text {
            what: "a SHA-256 hash",
            reason: "has 64 hexadecimal digits",
        };
        reader
            .report(&text.span, problem)
            .with_hint("`sha256sum FILE` prints that of a file");
        return None;
    }
    Some(text.value.to_ascii_lowercase())
}
