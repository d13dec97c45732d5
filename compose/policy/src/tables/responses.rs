//! Reads `[[http.responses]]`.

use std::path::Path;

use interpose_http::{Answer, FieldError, Room, has_content, is_forbidden};
use toml::de::DeValue;

use super::headers::{check_value, header_name, hosts_own};
use super::requests::{METHODS, URL, request_rule};
use super::{local_path, positive, quantity};
use crate::error::Problem;
use crate::model::{Contents, HttpResponse};
use crate::named::PathUse;
use crate::quantity::DURATION;
use crate::reader::{Reader, Spot, Table, Text, Value, values};
use crate::shape::{Key, Rule, Shape, TableShape};

pub(super) static RESPONSE: TableShape = TableShape {
    name: "[[http.responses]]",
    about: "An answer to requests, without a network.",
    keys: &[
        METHODS,
        URL,
        Key::new(
            "status",
            Shape::Integer(STATUS_LEAST),
            "The status code, from 200 to 599; 200 if not given.",
        ),
        Key::new(
            "headers",
            Shape::NamesOf(&Shape::AnyOf(&[
                Shape::Text,
                Shape::NonEmptyList(&Shape::Text),
            ])),
            "The headers; a name with a list has each value in it.",
        ),
        Key::new("body", Shape::Text, "The body; empty if not given."),
        Key::new(
            "file",
            Shape::NotEmpty,
            "A file whose contents, when composing, are the body.",
        ),
        Key::new(
            "latency",
            Shape::Quantity(&DURATION),
            "The time between the request and the first byte of the answer; none if not given.",
        ),
        Key::new(
            "times",
            Shape::Integer(1),
            "How many requests it answers at most; any number if not given.",
        ),
    ],
    rules: &[Rule::AtMostOne {
        keys: &["body", "file"],
        reason: "a body is either a text or a file's contents",
        hint: "remove one of them",
    }],
};

/// The least status of an answer. Those below announce another answer (RFC 9110 section 15.2).
const STATUS_LEAST: u64 = 200;
const STATUS_MOST: u64 = 599;

const HEADERS_HINT: &str =
    "write `headers = { content-type = \"text/plain\", set-cookie = [\"a=1\", \"b=2\"] }`";

/// Reads the list of responses.
pub(super) fn responses(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    directory: Option<&Path>,
) -> Vec<HttpResponse> {
    let tables = table.tables(reader, "responses", "write `[[http.responses]]`");
    let mut list: Vec<Spot<HttpResponse>> = Vec::new();
    for value in tables {
        let Some(response) = response(reader, &value, directory) else {
            continue;
        };
        let before = list.iter().find(|before| {
            before.value.times.is_none() && before.value.requests.covers(&response.value.requests)
        });
        if let Some(before) = before {
            let reason = "a response before it answers all of its requests";
            reader
                .report(&response.span, Problem::Unreachable { reason })
                .with_label(before.span.clone(), "here")
                .with_hint("put it first, or limit the other with `times`");
        }
        list.push(response);
    }
    values(list)
}

/// Reads a response; its place is that of its URL.
fn response(
    reader: &mut Reader<'_>,
    value: &Value<'_>,
    directory: Option<&Path>,
) -> Option<Spot<HttpResponse>> {
    let table = value.table(reader, &RESPONSE)?;
    let status = status(reader, &table).unwrap_or(200);
    let headers = headers(reader, &table);
    let body = body(reader, &table, status, directory);
    let latency = table.get("latency");
    let latency = latency.and_then(|entry| quantity(reader, &entry.value, &DURATION));
    let times = table.get("times");
    let times = times.and_then(|entry| positive(reader, &entry, "`times`"));
    let requests = request_rule(reader, &table)?;
    let url = table.get("url")?;
    Some(Spot {
        value: HttpResponse {
            requests,
            times,
            status,
            headers,
            body,
            latency: latency.unwrap_or_default(),
        },
        span: url.value.span(),
    })
}

fn status(reader: &mut Reader<'_>, table: &Table<'_>) -> Option<u16> {
    let value = table.get("status")?.value;
    let what = "a status";
    let status = value.unsigned(reader, what)?;
    if !(STATUS_LEAST..=STATUS_MOST).contains(&status) {
        let range = "from 200 to 599";
        reader.report(&value.span(), Problem::OutOfRange { what, range });
        return None;
    }
    u16::try_from(status).ok()
}

fn body(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    status: u16,
    directory: Option<&Path>,
) -> Contents {
    let (body, file) = (table.get("body"), table.get("file"));
    if let Some(entry) = body.as_ref().or(file.as_ref())
        && !has_content(status)
    {
        let reason = format!("an answer with the status {status} has no body");
        reader
            .contradiction(&entry.whole(), reason)
            .with_hint("remove one of them");
    }
    let text = body.and_then(|entry| entry.value.text(reader));
    let file = file.and_then(|entry| {
        let file = entry.value.text(reader)?;
        local_path(reader, &file, PathUse::BakedFile, directory)
    });
    match (text, file) {
        (_, Some(file)) => Contents::File(file),
        (text, None) => Contents::Text(text.map_or_else(String::new, |text| text.value.into())),
    }
}

/// Reads headers: names with a value or a list of values.
fn headers(reader: &mut Reader<'_>, table: &Table<'_>) -> Vec<(String, String)> {
    let mut names: Vec<Spot<String>> = Vec::new();
    let mut headers = Vec::new();
    for (name, value) in table.entries(reader, "headers", "a table of headers", HEADERS_HINT) {
        let texts = header_values(reader, &value);
        let Some(lower) = header_name(reader, &name) else {
            continue;
        };
        if is_forbidden(&lower) {
            hosts_own(reader, &name);
        }
        if lower == "content-length" {
            length_is_known(reader, &name);
        }
        headers.extend(texts.into_iter().map(|text| (lower.clone(), text)));
        names.push(Spot {
            value: lower,
            span: name.span,
        });
    }
    reader.distinct(&names, "this header");
    let texts = headers.iter();
    let texts = texts.map(|(name, value): &(String, String)| (name.as_str(), value.as_str()));
    let answer = Answer::new(200, texts, b"", 0, &Room::new(usize::MAX));
    if let (Err(FieldError::TooLarge), Some(entry)) = (answer, table.get("headers")) {
        let what = "the headers of an answer, with 32 bytes for each name and each value,";
        let range = "at most 128 KiB together";
        reader.report(&entry.value.span(), Problem::OutOfRange { what, range });
    }
    headers
}

fn header_values(reader: &mut Reader<'_>, value: &Value<'_>) -> Vec<String> {
    let items: Vec<Value<'_>> = match value.get() {
        DeValue::String(_) => vec![*value],
        DeValue::Array(items) if items.is_empty() => {
            let what = "the list of values";
            reader.report(&value.span(), Problem::Empty { what });
            Vec::new()
        }
        DeValue::Array(items) => items.iter().map(Value::new).collect(),
        _ => {
            value
                .mismatch(reader, "a string or a list of strings")
                .with_hint(HEADERS_HINT);
            Vec::new()
        }
    };
    let texts = items.iter().filter_map(|item| {
        let text = item.text(reader)?;
        check_value(reader, &text);
        Some(text.value.to_owned())
    });
    texts.collect()
}

/// Reports a `content-length`.
fn length_is_known(reader: &mut Reader<'_>, name: &Text<'_>) {
    reader
        .report(
            &name.span,
            Problem::Text {
                what: "`content-length`",
                reason: "says how long the body is, which is known",
            },
        )
        .with_hint("leave it out; it is added");
}
