//! `[stdio]`.

use std::path::Path;

use toml::de::DeValue;

use super::local_path;
use crate::error::Problem;
use crate::model::{Stdin, Stdio, Stdout};
use crate::reader::{Entry, Reader, Table, Value};

pub(crate) const STDIO: &[&str] = &["stdin", "stdout", "stderr", "terminals"];
pub(crate) const STDIN: &[&str] = &["text", "file"];
pub(crate) const STDOUT: &[&str] = &["prefix"];

pub(crate) fn stdio(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    directory: Option<&Path>,
) -> Option<Stdio> {
    let table = entry.value.table(reader, "[stdio]", STDIO)?;
    Some(Stdio {
        stdin: table
            .get("stdin")
            .and_then(|entry| stdin(reader, &entry.value, directory)),
        stdout: output(reader, &table, "stdout"),
        stderr: output(reader, &table, "stderr"),
        terminals: table.boolean(reader, "terminals"),
    })
}

fn stdin(reader: &mut Reader<'_>, value: &Value<'_>, directory: Option<&Path>) -> Option<Stdin> {
    if let DeValue::Table(_) = value.get() {
        let table = value.table(reader, "`stdin`", STDIN)?;
        return match (table.get("text"), table.get("file")) {
            (Some(text), None) => text
                .value
                .text(reader)
                .map(|text| Stdin::Text(text.value.into())),
            (None, Some(file)) => {
                let file = file.value.text(reader)?;
                local_path(reader, &file, directory).map(Stdin::File)
            }
            (Some(_), Some(file)) => {
                reader.contradiction(&file.whole(), "standard input is either a text or a file");
                None
            }
            (None, None) => {
                reader
                    .report(
                        &value.span(),
                        Problem::MissingKey {
                            key: "text",
                            table: "`stdin`",
                        },
                    )
                    .with_hint("write `{ text = \"…\" }` or `{ file = \"input.txt\" }`");
                None
            }
        };
    }
    let DeValue::String(_) = value.get() else {
        value.mismatch(reader, "a string or a table").with_hint(
            "write `\"inherit\"`, `\"whole\"`, `\"closed\"`, `\"deny\"`, `{ text = \"…\" }` or `{ file = \"input.txt\" }`",
        );
        return None;
    };
    let word = value.text(reader)?;
    reader.word(
        &word,
        "input",
        &[
            ("inherit", Stdin::Inherit),
            ("whole", Stdin::Whole),
            ("closed", Stdin::Closed),
            ("deny", Stdin::Deny),
        ],
    )
}

fn output(reader: &mut Reader<'_>, table: &Table<'_>, key: &'static str) -> Option<Stdout> {
    let value = table.get(key)?.value;
    if let DeValue::Table(_) = value.get() {
        let table = value.table(
            reader,
            if key == "stdout" {
                "`stdout`"
            } else {
                "`stderr`"
            },
            STDOUT,
        )?;
        let text = table
            .require(reader, "prefix", "write `{ prefix = \"app: \" }`")?
            .value
            .text(reader)?;
        if text.value.is_empty() {
            reader
                .report(&text.span, Problem::Empty { what: "the prefix" })
                .with_hint("`\"inherit\"` passes output on as it is");
            return None;
        }
        if text.value.contains('\n') {
            reader.report(
                &text.span,
                Problem::Text {
                    what: "a prefix",
                    reason: "has no line breaks",
                },
            );
            return None;
        }
        return Some(Stdout::Prefix(text.value.into()));
    }
    let DeValue::String(_) = value.get() else {
        value.mismatch(reader, "a string or a table").with_hint(
            "write `\"inherit\"`, `\"discard\"`, `\"deny\"` or `{ prefix = \"app: \" }`",
        );
        return None;
    };
    let word = value.text(reader)?;
    reader.word(
        &word,
        "output",
        &[
            ("inherit", Stdout::Inherit),
            ("discard", Stdout::Discard),
            ("deny", Stdout::Deny),
        ],
    )
}
