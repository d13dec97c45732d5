//! Reads `[faults]`.

use interpose_rules::{ErrorKind, Glob, Host, ParseError};
use toml::de::DeValue;

use super::families::{FAMILIES, Family, errors, targets};
use super::{positive, quantities, quantity};
use crate::error::Problem;
use crate::model::{FaultEffect, FaultFamily, FaultRule, FaultTarget, FaultTrigger, Faults};
use crate::quantity::{DURATION, parse_delay};
use crate::reader::{Entry, Reader, Table, Text, Value};
use crate::shape::{Key, Need, Rule, Shape, TableShape};

pub(crate) static FAULTS: TableShape = TableShape {
    name: "[faults]",
    about: "Faults to inject.",
    keys: &[
        Key::new("seed", Shape::Integer(0), "What decides which calls fail."),
        Key::new(
            "rules",
            Shape::List(&Shape::Table(&RULE)),
            "The rules; the first that matches a call decides.",
        ),
    ],
    rules: &[],
};

static RULE: TableShape = TableShape {
    name: "[[faults.rules]]",
    about: "A fault to inject: one of `error`, `short`, `delay` and `crash`, at most one of `probability`, `nth` and `after`.",
    keys: &[
        Key::new(
            "on",
            Shape::Words(targets),
            "A family of calls or one of its functions: `filesystem`, `filesystem.write`, `network.connect`.",
        )
        .need(Need::Required(
            "say which calls: `on = \"filesystem.write\"`",
        )),
        Key::new(
            "path",
            Shape::NotEmpty,
            "A glob of the paths that the rule is about, as the application sees them.",
        ),
        Key::new("host", Shape::NotEmpty, "The peer that the rule is about."),
        Key::new(
            "error",
            Shape::Words(errors),
            "The call fails with this WASI error.",
        ),
        Key::new(
            "short",
            Shape::Boolean,
            "The call moves fewer bytes than it could.",
        ),
        Key::new(
            "delay",
            Shape::Range(&DURATION),
            "The call takes this long: `5ms`, `1ms..50ms`.",
        ),
        Key::new(
            "crash",
            Shape::Boolean,
            "The application ends as if the machine had lost power.",
        ),
        Key::new(
            "probability",
            Shape::Probability,
            "How probable the fault is for each call.",
        ),
        Key::new(
            "nth",
            Shape::Integer(1),
            "To which call it happens, counted from 1.",
        ),
        Key::new(
            "after",
            Shape::Quantity(&DURATION),
            "When it happens first, from the start.",
        ),
        Key::new(
            "limit",
            Shape::Integer(1),
            "How many times it happens at most.",
        ),
    ],
    rules: &[
        Rule::AtLeastOne {
            keys: EFFECTS,
            hint: "say what happens: `error = \"…\"`, `short = true`, `delay = \"1ms..50ms\"` or `crash = true`",
        },
        Rule::AtMostOne {
            keys: EFFECTS,
            reason: "a rule has one effect",
            hint: "write a rule for each",
        },
        Rule::AtMostOne {
            keys: TRIGGERS,
            reason: "a rule says in one way which calls fail",
            hint: "remove one of them",
        },
    ],
};

const EFFECTS: &[&str] = &["error", "short", "delay", "crash"];
const TRIGGERS: &[&str] = &["probability", "nth", "after"];

/// The tables into whose calls no faults can be injected, because the kernel does not answer their interfaces.
const WITHOUT_KERNEL: [&str; 7] = [
    "arguments",
    "clocks",
    "config",
    "environment",
    "exit",
    "interfaces",
    "random",
];

pub(crate) fn faults(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    base: Option<&Faults>,
) -> Option<Faults> {
    let table = entry.value.table(reader, &FAULTS)?;
    let seed = table
        .get("seed")
        .and_then(|entry| entry.value.unsigned(reader, "a seed"));
    let tables = table.tables(reader, "rules", "write `[[faults.rules]]`");
    let rules = tables
        .iter()
        .filter_map(|value| rule(reader, value))
        .collect();
    Some(Faults {
        seed: table.written_or("seed", seed, base.map(|base| &base.seed)),
        rules: table.written_or("rules", rules, base.map(|base| &base.rules)),
    })
}

fn rule(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<FaultRule> {
    let table = value.table(reader, &RULE)?;
    let trigger = trigger(reader, &table);
    let limit = table
        .get("limit")
        .and_then(|entry| positive(reader, &entry, "`limit`"));
    let on = table.text(reader, "on")?;
    let (family, function) = target(reader, &on)?;
    let path = table
        .text(reader, "path")
        .and_then(|text| absolute_glob(reader, &text));
    let host = table
        .text(reader, "host")
        .and_then(|text| reader.parse(&text, Host::parse));
    if family.family != FaultFamily::Filesystem
        && let Some(path) = table.get("path")
    {
        let reason = format!("`path` is about files, and `{}` is not", on.value);
        reader.contradiction(&path.whole(), reason);
    }
    if !matches!(family.family, FaultFamily::Network | FaultFamily::Http)
        && let Some(host) = table.get("host")
    {
        let reason = format!("`host` is about peers, and `{}` has none", on.value);
        reader.contradiction(&host.whole(), reason);
    }
    let effect = effect(reader, &table, family, function)?;
    let on = FaultTarget {
        family: family.family,
        function,
    };
    Some(FaultRule {
        on,
        path,
        host,
        effect,
        trigger,
        limit,
    })
}

/// Reads `family` or `family.function`.
fn target(
    reader: &mut Reader<'_>,
    text: &Text<'_>,
) -> Option<(&'static Family, Option<&'static str>)> {
    let (name, function) = match text.value.split_once('.') {
        Some((name, function)) => (name, Some(function)),
        None => (text.value, None),
    };
    if WITHOUT_KERNEL.contains(&name) {
        let span = reader.part(text, &(0..name.len()));
        reader
            .contradiction(
                &span,
                format!("faults need the kernel, which does not own `{name}`"),
            )
            .with_hint("faults can be injected into `filesystem`, `stdio`, `network` and `http`");
        return None;
    }
    let Some(family) = FAMILIES.iter().find(|family| family.name == name) else {
        let span = reader.part(text, &(0..name.len()));
        reader.unknown_word(
            span,
            name,
            "family of calls",
            &FAMILIES.map(|family| family.name),
        );
        return None;
    };
    let Some(function) = function else {
        return Some((family, None));
    };
    if let Some(known) = family.functions.iter().find(|known| **known == function) {
        return Some((family, Some(known)));
    }
    let span = reader.part(text, &(name.len() + 1..text.value.len()));
    reader.unknown_word(span, function, "function", family.functions);
    None
}

/// Reads the effect: exactly one of `error`, `short`, `delay` and `crash`.
fn effect(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    family: &'static Family,
    function: Option<&'static str>,
) -> Option<FaultEffect> {
    let first = EFFECTS.iter().find_map(|key| table.get(key))?;
    match first.key {
        "error" => {
            let text = first.value.text(reader)?;
            let known = family.errors.iter().find(|known| **known == text.value);
            if known.is_none() {
                let span = reader.inside(&text);
                reader.unknown_word(span, text.value, "error", family.errors);
            }
            known.copied().map(FaultEffect::Error)
        }
        "delay" => {
            let (least, most) = quantities(reader, &first.value, &DURATION, parse_delay)?;
            Some(FaultEffect::Delay { least, most })
        }
        key => {
            if !first.value.boolean(reader)? {
                reader
                    .contradiction(&first.whole(), "a rule without effect")
                    .with_hint(format!("write `{key} = true`"));
                return None;
            }
            let moves_bytes = function.is_none_or(|function| family.partial.contains(&function));
            if key == "short" && (!moves_bytes || family.partial.is_empty()) {
                reader.contradiction(&first.whole(), "only calls that read or write can be short");
            }
            Some(if key == "short" {
                FaultEffect::Short
            } else {
                FaultEffect::Crash
            })
        }
    }
}

/// Reads the trigger: at most one of `probability`, `nth` and `after`.
fn trigger(reader: &mut Reader<'_>, table: &Table<'_>) -> FaultTrigger {
    let Some(first) = TRIGGERS.iter().find_map(|key| table.get(key)) else {
        return FaultTrigger::Always;
    };
    match first.key {
        "probability" => probability(reader, &first).map(FaultTrigger::Probability),
        "nth" => positive(reader, &first, "`nth`").map(FaultTrigger::Nth),
        _ => quantity(reader, &first.value, &DURATION).map(FaultTrigger::After),
    }
    .unwrap_or_default()
}

fn probability(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<f64> {
    let number = match entry.value.get() {
        DeValue::Float(number) => number.as_str().parse::<f64>().ok(),
        DeValue::Integer(number) => number.as_str().parse::<f64>().ok(),
        _ => {
            entry.value.mismatch(reader, "a number");
            return None;
        }
    };
    let probability = number.filter(|number| *number > 0.0 && *number <= 1.0);
    if probability.is_none() {
        let problem = Problem::OutOfRange {
            what: "`probability`",
            range: "above 0 and at most 1",
        };
        reader.report(&entry.value.span(), problem);
    }
    probability
}

/// Reads a glob for paths as the application sees them.
fn absolute_glob(reader: &mut Reader<'_>, text: &Text<'_>) -> Option<Glob> {
    reader.parse(text, |text| {
        let glob = Glob::parse(text)?;
        if glob.is_absolute() {
            Ok(glob)
        } else {
            Err(ParseError {
                kind: ErrorKind::GlobRelative,
                span: 0..text.len(),
            })
        }
    })
}
