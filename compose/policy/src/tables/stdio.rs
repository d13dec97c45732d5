//! Reads `[stdio]`.

use std::path::Path;

use toml::de::DeValue;

use super::local_path;
use crate::error::Problem;
use crate::model::{Stdin, Stdio, Stdout};
use crate::named::PathUse;
use crate::reader::{Entry, Reader, Table, Value};
use crate::shape::{Key, Need, Rule, Shape, TableShape, Word, words};

pub(crate) static STDIO: TableShape = TableShape {
    name: "[stdio]",
    about: "Standard streams.",
    keys: &[
        Key::new(
            "stdin",
            Shape::AnyOf(&[Shape::Words(words::<Stdin>), Shape::Table(&STDIN)]),
            "Where input comes from.",
        ),
        Key::new(
            "stdout",
            Shape::AnyOf(&[Shape::Words(words::<Stdout>), Shape::Table(&STDOUT)]),
            "Where output goes.",
        ),
        Key::new(
            "stderr",
            Shape::AnyOf(&[Shape::Words(words::<Stdout>), Shape::Table(&STDERR)]),
            "Where errors go.",
        ),
        Key::new(
            "terminals",
            Shape::Boolean,
            "Whether a stream that is inherited is a terminal where the host says so; `true` if not given.",
        ),
    ],
    rules: &[],
};

static STDIN: TableShape = TableShape {
    name: "`stdin`",
    about: "",
    keys: &[
        Key::new("text", Shape::Text, "The input."),
        Key::new(
            "file",
            Shape::NotEmpty,
            "A file whose contents, when composing, are the input.",
        ),
    ],
    rules: &[
        Rule::AtMostOne {
            keys: &["text", "file"],
            reason: "standard input is either a text or a file",
            hint: "remove one of them",
        },
        Rule::AtLeastOne {
            keys: &["text", "file"],
            hint: "write `{ text = \"…\" }` or `{ file = \"input.txt\" }`",
        },
    ],
};

static STDOUT: TableShape = output_shape("`stdout`");
static STDERR: TableShape = output_shape("`stderr`");

const fn output_shape(name: &'static str) -> TableShape {
    TableShape {
        name,
        about: "",
        keys: PREFIX,
        rules: &[],
    }
}

const PREFIX: &[Key] = &[
    Key::new("prefix", Shape::Line, "What stands before each line.")
        .need(Need::Required("write `{ prefix = \"app: \" }`")),
];

impl Word for Stdin {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("inherit", Self::Inherit, "The host's."),
        (
            "whole",
            Self::Whole,
            "The host's, read to its end before the application gets any of it, and no terminal.",
        ),
        ("closed", Self::Closed, "Ends at once."),
        ("deny", Self::Deny, "The first read fails."),
    ];
}

impl Word for Stdout {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("inherit", Self::Inherit, "The host's."),
        ("discard", Self::Discard, "Nowhere."),
        ("deny", Self::Deny, "The first write fails."),
    ];
}

pub(crate) fn stdio(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    directory: Option<&Path>,
    base: Option<&Stdio>,
) -> Option<Stdio> {
    let table = entry.value.table(reader, &STDIO)?;
    let base = base.cloned().unwrap_or_default();
    let stdin = table
        .get("stdin")
        .and_then(|entry| stdin(reader, &entry.value, directory));
    Some(Stdio {
        stdin: stdin.or(base.stdin),
        stdout: output(reader, &table, "stdout").or(base.stdout),
        stderr: output(reader, &table, "stderr").or(base.stderr),
        terminals: table.boolean(reader, "terminals").or(base.terminals),
    })
}

fn stdin(reader: &mut Reader<'_>, value: &Value<'_>, directory: Option<&Path>) -> Option<Stdin> {
    if let DeValue::Table(_) = value.get() {
        let table = value.table(reader, &STDIN)?;
        return match (table.get("text"), table.get("file")) {
            (Some(text), None) => text
                .value
                .text(reader)
                .map(|text| Stdin::Text(text.value.into())),
            (None, Some(file)) => {
                let file = file.value.text(reader)?;
                local_path(reader, &file, PathUse::Stdin, directory).map(Stdin::File)
            }
            // A table with both keys or with neither was reported.
            _ => None,
        };
    }
    let DeValue::String(_) = value.get() else {
        value.mismatch(reader, "a string or a table").with_hint(
            "write `\"inherit\"`, `\"whole\"`, `\"closed\"`, `\"deny\"`, `{ text = \"…\" }` or `{ file = \"input.txt\" }`",
        );
        return None;
    };
    let word = value.text(reader)?;
    reader.word(&word, "input")
}

fn output(reader: &mut Reader<'_>, table: &Table<'_>, key: &'static str) -> Option<Stdout> {
    let value = table.get(key)?.value;
    if let DeValue::Table(_) = value.get() {
        let shape = match key {
            "stdout" => &STDOUT,
            _ => &STDERR,
        };
        let text = value.table(reader, shape)?.text(reader, "prefix")?;
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
    reader.word(&word, "output")
}
