//! Reads `[faults]`.

use interpose_http::{RequestRule, UrlRule};
use interpose_rules::{ErrorKind, Glob, Host, ParseError};
use toml::de::{DeTable, DeValue};

use super::families::{FAMILIES, Family, errors, targets};
use super::{positive, quantities, quantity};
use crate::error::Problem;
use crate::interface::InterfacePattern;
use crate::model::{
    Disk, DiskBlock, FaultEffect, FaultFamily, FaultRule, FaultTarget, FaultTrigger, Faults,
};
use crate::quantity::{DURATION, parse_delay, parse_offset};
use crate::reader::{Entry, Reader, Table, Text, Value};
use crate::shape::{Key, Need, Rule, Shape, TableShape, Word, words};

/// A profile, or a table.
pub(crate) const SHAPE: Shape = Shape::AnyOf(&[Shape::Words(profiles), Shape::Table(&FAULTS)]);

/// The rules that are ready: the name, what they are for, and their text.
const PROFILES: [(&str, &str, &str); 3] = [
    (
        "disk",
        "A disk that fails now and then.",
        include_str!("faults/disk.toml"),
    ),
    (
        "flaky-network",
        "A network that fails now and then.",
        include_str!("faults/flaky-network.toml"),
    ),
    (
        "slow",
        "Calls that take long, in virtual time.",
        include_str!("faults/slow.toml"),
    ),
];

fn profiles() -> Vec<(String, &'static str)> {
    PROFILES
        .map(|(name, about, _)| (name.to_owned(), about))
        .to_vec()
}

/// The shape of a profile's text.
static PROFILE: TableShape = TableShape {
    name: "the profile",
    about: "",
    keys: &[Key::new("rules", Shape::List(&Shape::Table(&RULE)), "")],
    rules: &[],
};

pub(crate) static FAULTS: TableShape = TableShape {
    name: "[faults]",
    about: "Faults to inject.",
    keys: &[
        Key::new("seed", Shape::Integer(0), "What decides which calls fail."),
        Key::new(
            "profile",
            Shape::Words(profiles),
            "Rules that are ready: those of `rules` follow them.",
        ),
        Key::new(
            "rules",
            Shape::List(&Shape::Table(&RULE)),
            "The rules; the first that matches a call decides.",
        ),
        Key::new(
            "disk",
            Shape::Table(&DISK),
            "The disk under the files in memory, which decides what a loss of power leaves.",
        ),
    ],
    rules: &[],
};

static DISK: TableShape = TableShape {
    name: "[faults.disk]",
    about: "The disk under the files in memory.",
    keys: &[
        Key::new(
            "block",
            Shape::Words(words::<DiskBlock>),
            "What it writes as a whole or not at all.",
        ),
        Key::new(
            "ordered",
            Shape::Boolean,
            "Whether it keeps changes of names and sizes in their order.",
        ),
    ],
    rules: &[],
};

impl Word for DiskBlock {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("512B", Self::Bytes512, "The sector of a hard disk."),
        ("4KiB", Self::Bytes4096, "The sector of newer disks."),
    ];
}

static RULE: TableShape = TableShape {
    name: "[[faults.rules]]",
    about: "A fault to inject: one of `error`, `short`, `delay`, `jump` and `crash`, at most one of `probability`, `nth`, `from` and `after`.",
    keys: &[
        Key::new(
            "on",
            Shape::AnyOf(&[Shape::Words(targets), Shape::NotEmpty]),
            "A family of calls or one of its functions, like `filesystem` or `network.connect`; or an interface or one of its functions, like `acme:billing/invoices.charge`.",
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
            "url",
            Shape::NotEmpty,
            "The URLs of the HTTP requests that the rule is about, as `allow` of `[http]` has them.",
        ),
        Key::new(
            "error",
            Shape::AnyOf(&[Shape::Words(errors), Shape::NotEmpty]),
            "The call fails with this error, named as WIT names it.",
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
            "jump",
            Shape::Signed(&DURATION),
            "The clocks go forwards by this much: `1h`. With `-`, the wall clock alone goes backwards.",
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
            "from",
            Shape::Integer(1),
            "From which call on it happens, counted from 1.",
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
            hint: "say what happens: `error = \"…\"`, `short = true`, `delay = \"1ms..50ms\"`, `jump = \"1h\"` or `crash = true`",
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

const EFFECTS: &[&str] = &["error", "short", "delay", "jump", "crash"];
const TRIGGERS: &[&str] = &["probability", "nth", "from", "after"];

/// The tables that are no families of calls.
const OTHERS: [&str; 6] = [
    "arguments",
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
    if let DeValue::String(_) = entry.value.get() {
        let text = entry.value.text(reader)?;
        return Some(Faults {
            seed: base.and_then(|base| base.seed),
            rules: profile(reader, &text)?,
            disk: base.map(|base| base.disk).unwrap_or_default(),
        });
    }
    let table = entry.value.table(reader, &FAULTS)?;
    let ready = table.text(reader, "profile");
    let ready = ready.and_then(|text| profile(reader, &text));
    let seed = table
        .get("seed")
        .and_then(|entry| entry.value.unsigned(reader, "a seed"));
    let tables = table.tables(reader, "rules", "write `[[faults.rules]]`");
    let own: Vec<FaultRule> = tables
        .iter()
        .filter_map(|value| rule(reader, value))
        .collect();
    let rules = match (ready, base) {
        (Some(ready), _) => [ready, own].concat(),
        (None, Some(base)) if table.get("rules").is_none() => base.rules.clone(),
        (None, _) => own,
    };
    Some(Faults {
        seed: table.written_or("seed", seed, base.map(|base| &base.seed)),
        rules,
        disk: disk(reader, &table, base.map(|base| base.disk)),
    })
}

/// Reads the disk. Each key that is not written is as in the extended policy.
fn disk(reader: &mut Reader<'_>, table: &Table<'_>, base: Option<Disk>) -> Disk {
    let base = base.unwrap_or_default();
    let entry = table.get("disk");
    let Some(table) = entry.and_then(|entry| entry.value.table(reader, &DISK)) else {
        return base;
    };
    let block = table.text(reader, "block");
    let block = block.and_then(|text| reader.word(&text, "block"));
    Disk {
        block: block.unwrap_or(base.block),
        ordered: table.boolean(reader, "ordered").unwrap_or(base.ordered),
    }
}

/// The rules of the profile with this name. Reports a name that none has.
fn profile(reader: &mut Reader<'_>, text: &Text<'_>) -> Option<Vec<FaultRule>> {
    let mut all = PROFILES.iter();
    let Some((name, _, source)) = all.find(|(name, ..)| *name == text.value) else {
        let names = PROFILES.map(|(name, ..)| name);
        reader.unknown_word(reader.inside(text), text.value, "profile", &names);
        return None;
    };
    Some(read_profile(name, source))
}

/// Whether a rule is one of a profile's. They are for every application, whatever functions it has.
pub fn is_of_profile(rule: &FaultRule) -> bool {
    let mut profiles = PROFILES.iter();
    profiles.any(|(name, _, source)| read_profile(name, source).contains(rule))
}

/// The rules of a profile, whose text is a part of this program.
fn read_profile(name: &str, source: &str) -> Vec<FaultRule> {
    let mut reader = Reader::new(name, source);
    let (document, _) = DeTable::parse_recoverable(source);
    let table = Table::root(&mut reader, &document, &PROFILE);
    let tables = table.tables(&mut reader, "rules", "write `[[rules]]`");
    tables
        .iter()
        .filter_map(|value| rule(&mut reader, value))
        .collect()
}

fn rule(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<FaultRule> {
    let table = value.table(reader, &RULE)?;
    let trigger = trigger(reader, &table);
    let limit = table
        .get("limit")
        .and_then(|entry| positive(reader, &entry, "`limit`"));
    let on = table.text(reader, "on")?;
    let target = target(reader, &on)?;
    let path = table
        .text(reader, "path")
        .and_then(|text| absolute_glob(reader, &text));
    let host = table
        .text(reader, "host")
        .and_then(|text| reader.parse(&text, Host::parse));
    let url = table
        .text(reader, "url")
        .and_then(|text| reader.parse(&text, UrlRule::parse))
        .map(|url| RequestRule { methods: None, url });
    if let Target::Family(family, _) = &target {
        for (key, are_there, what) in [
            ("path", family.family == FaultFamily::Filesystem, "files"),
            (
                "host",
                matches!(family.family, FaultFamily::Network | FaultFamily::Http),
                "peers",
            ),
            ("url", family.family == FaultFamily::Http, "HTTP requests"),
        ] {
            if let Some(entry) = table.get(key).filter(|_| !are_there) {
                let reason = format!("`{key}` is about {what}, and `{}` is not", on.value);
                reader.contradiction(&entry.whole(), reason);
            }
        }
    }
    let effect = effect(reader, &table, &target)?;
    Some(FaultRule {
        on: match target {
            Target::Family(family, function) => FaultTarget::Family {
                family: family.family,
                function,
            },
            Target::Interface(interface, function) => FaultTarget::Interface {
                interface,
                function,
            },
        },
        path,
        host,
        url,
        effect,
        trigger,
        limit,
    })
}

/// The calls that a rule names.
enum Target {
    /// A family, or one of its functions.
    Family(&'static Family, Option<&'static str>),
    /// An interface, or one of its functions.
    Interface(String, Option<String>),
}

/// Reads `family`, `family.function`, `package:name/interface` or `package:name/interface.function`.
fn target(reader: &mut Reader<'_>, text: &Text<'_>) -> Option<Target> {
    if text.value.contains([':', '/']) {
        return interface(reader, text);
    }
    let (name, function) = match text.value.split_once('.') {
        Some((name, function)) => (name, Some(function)),
        None => (text.value, None),
    };
    let Some(family) = FAMILIES.iter().find(|family| family.name == name) else {
        let span = reader.part(text, &(0..name.len()));
        if OTHERS.contains(&name) {
            reader
                .contradiction(&span, format!("`{name}` is no family of calls"))
                .with_hint(
                    "faults of other functions name an interface: `on = \"wasi:random/random\"`",
                );
            return None;
        }
        let names: Vec<&str> = FAMILIES.iter().map(|family| family.name).collect();
        reader.unknown_word(span, name, "family of calls", &names);
        return None;
    };
    let Some(function) = function else {
        return Some(Target::Family(family, None));
    };
    if let Some(known) = family.functions.iter().find(|known| **known == function) {
        return Some(Target::Family(family, Some(known)));
    }
    let span = reader.part(text, &(name.len() + 1..text.value.len()));
    reader.unknown_word(span, function, "function", family.functions);
    None
}

/// Reads `package:name/interface` or `package:name/interface.function`.
fn interface(reader: &mut Reader<'_>, text: &Text<'_>) -> Option<Target> {
    let value = text.value;
    let slash = value.find('/').unwrap_or(value.len());
    let end = value[slash..].find('.').map(|dot| slash + dot);
    let (interface, function) = match end {
        Some(end) => (&value[..end], Some(&value[end + 1..])),
        None => (value, None),
    };
    let is_named = InterfacePattern::parse(interface).is_ok()
        && !interface.contains(['*', '@'])
        && function.is_none_or(|function| !function.is_empty());
    if !is_named {
        let span = reader.inside(text);
        reader
            .contradiction(&span, "this is no interface, nor a function of one")
            .with_hint("write `acme:billing/invoices` or `acme:billing/invoices.charge`, without a version");
        return None;
    }
    Some(Target::Interface(
        interface.to_owned(),
        function.map(str::to_owned),
    ))
}

/// Reads the effect: exactly one of [`EFFECTS`].
fn effect(reader: &mut Reader<'_>, table: &Table<'_>, target: &Target) -> Option<FaultEffect> {
    let first = EFFECTS.iter().find_map(|key| table.get(key))?;
    match first.key {
        "error" => {
            let text = first.value.text(reader)?;
            if let Target::Family(family, _) = target
                && !family.errors.contains(&text.value)
            {
                let span = reader.inside(&text);
                if family.errors.is_empty() {
                    reader.contradiction(&span, "reading a clock cannot fail");
                } else {
                    reader.unknown_word(span, text.value, "error", family.errors);
                }
                return None;
            }
            Some(FaultEffect::Error(text.value.to_owned()))
        }
        "delay" => {
            let (least, most) = quantities(reader, &first.value, &DURATION, parse_delay)?;
            Some(FaultEffect::Delay { least, most })
        }
        "jump" => {
            let by = quantities(reader, &first.value, &DURATION, parse_offset)?;
            Some(FaultEffect::Jump(by))
        }
        key => {
            if !first.value.boolean(reader)? {
                reader
                    .contradiction(&first.whole(), "a rule without effect")
                    .with_hint(format!("write `{key} = true`"));
                return None;
            }
            let moves_bytes = match target {
                Target::Family(family, function) => {
                    let moves = |function| family.partial.contains(&function);
                    function.is_none_or(moves) && !family.partial.is_empty()
                }
                Target::Interface(interface, _) => interface.starts_with("wasi:"),
            };
            if key == "short" && !moves_bytes {
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
        "from" => positive(reader, &first, "`from`").map(FaultTrigger::From),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_have_no_mistakes() {
        for (name, _, source) in PROFILES {
            let mut reader = Reader::new(name, source);
            let (document, errors) = DeTable::parse_recoverable(source);
            assert!(errors.is_empty(), "{name}: {errors:?}");
            let table = Table::root(&mut reader, &document, &PROFILE);
            let tables = table.tables(&mut reader, "rules", "");
            let rules: Vec<_> = tables
                .iter()
                .filter_map(|value| rule(&mut reader, value))
                .collect();
            assert_eq!(rules.len(), source.matches("[[rules]]").count(), "{name}");
            assert!(reader.finish().is_empty(), "{name}");
            assert_eq!(read_profile(name, source), rules, "{name}");
        }
    }
}
