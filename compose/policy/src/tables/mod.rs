//! TOML to model, one file per group of tables.
//!
//! Each table has a constant with its keys. The functions report what is wrong and return what is usable, so that the
//! rest of the file is looked at too; the model is used only if nothing was reported.

pub(crate) mod application;
pub(crate) mod clocks;
pub(crate) mod config;
pub(crate) mod contents;
pub(crate) mod faults;
pub(crate) mod filesystem;
pub(crate) mod http;
pub(crate) mod limits;
pub(crate) mod network;
pub(crate) mod random;
pub(crate) mod stdio;

use std::path::{Path, PathBuf};

use interpose_paths::{CanonicalError, check_canonical_absolute, check_canonical_relative};
use interpose_rules::NamePattern;
use toml::de::DeValue;

use crate::error::Problem;
use crate::quantity::{QuantityError, Unit};
use crate::reader::{Reader, Spot, Table, Text, Value, values};

/// Reads a quantity; a bare number only if it is 0.
fn quantity(reader: &mut Reader<'_>, value: &Value<'_>, unit: &Unit) -> Option<u64> {
    quantities(reader, value, unit, |text| unit.parse(text))
}

/// Reads what consists of quantities; a bare number only if it is 0.
fn quantities<T>(
    reader: &mut Reader<'_>,
    value: &Value<'_>,
    unit: &Unit,
    parse: impl FnOnce(&str) -> Result<T, QuantityError>,
) -> Option<T> {
    let (parsed, span) = match value.get() {
        DeValue::Integer(number) => (parse(&number.to_string()), value.span()),
        _ => {
            let text = value.text(reader)?;
            (parse(text.value), reader.inside(&text))
        }
    };
    parsed
        .inspect_err(|&error| {
            let problem = reader.report(&span, error);
            if !matches!(error, QuantityError::TooLarge(_) | QuantityError::Reversed) {
                problem.with_hint(unit.hint);
            }
        })
        .ok()
}

/// Reads a path of the application.
fn absolute_path(reader: &mut Reader<'_>, text: &Text<'_>) -> Option<String> {
    checked_path(reader, text, check_canonical_absolute)
}

/// Reads a path below a mount.
fn relative_path(reader: &mut Reader<'_>, text: &Text<'_>) -> Option<String> {
    checked_path(reader, text, check_canonical_relative)
}

fn checked_path(
    reader: &mut Reader<'_>,
    text: &Text<'_>,
    check: impl FnOnce(&str) -> Result<(), CanonicalError>,
) -> Option<String> {
    let Err(error) = check(text.value) else {
        return Some(text.value.into());
    };
    let meant = match &error {
        CanonicalError::NotCanonical { canonical } => canonical.clone(),
        CanonicalError::Absolute => {
            let relative = text.value.trim_start_matches('/');
            check_canonical_relative(relative)
                .is_ok()
                .then(|| relative.to_string())
        }
        CanonicalError::Relative => {
            let absolute = format!("/{}", text.value);
            check_canonical_absolute(&absolute)
                .is_ok()
                .then_some(absolute)
        }
        CanonicalError::Nul => None,
    };
    let span = reader.inside(text);
    let problem = reader.report(&span, error);
    if let Some(meant) = meant {
        problem.with_hint(format!("write `{meant}`"));
    }
    None
}

/// Reads a path of this machine, relative to the policy's directory.
fn local_path(
    reader: &mut Reader<'_>,
    text: &Text<'_>,
    directory: Option<&Path>,
) -> Option<PathBuf> {
    if text.value.is_empty() {
        reader.report(&text.span, Problem::Empty { what: "the path" });
        return None;
    }
    if !check_text(reader, text, "a path") {
        return None;
    }
    Some(match directory {
        Some(directory) => directory.join(text.value),
        None => PathBuf::from(text.value),
    })
}

/// Reports a text with NUL, which no argument, variable or path of a host can contain.
fn check_text(reader: &mut Reader<'_>, text: &Text<'_>, what: &'static str) -> bool {
    let fine = !text.value.contains('\0');
    if !fine {
        reader.report(
            &text.span,
            Problem::Text {
                what,
                reason: "has no NUL characters",
            },
        );
    }
    fine
}

/// A name and its value, where the name stood.
type Assignment = Spot<(String, String)>;

/// Reads `set = { name = "value" }`.
fn assignments(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    name_what: &'static str,
    value_what: &'static str,
) -> Vec<Assignment> {
    let mut assignments = Vec::new();
    for (name, value) in table.strings(reader, "set") {
        if name.value.is_empty() {
            reader.report(&name.span, Problem::Empty { what: name_what });
        } else if name.value.contains('=') {
            reader.report(
                &name.span,
                Problem::Text {
                    what: name_what,
                    reason: "has no `=`",
                },
            );
        } else if check_text(reader, &name, name_what) && check_text(reader, &value, value_what) {
            assignments.push(Spot {
                value: (name.value.into(), value.value.into()),
                span: name.span,
            });
        }
    }
    assignments
}

/// Which of the host's names are passed on.
struct Inherited {
    inherit: Vec<NamePattern>,
    except: Vec<NamePattern>,
}

/// Reads `inherit` and `except`, which are about the host's names beside those that are set.
fn inherited(reader: &mut Reader<'_>, table: &Table<'_>, set: &[Assignment]) -> Inherited {
    let mut patterns = |key| {
        table.list(reader, key, |reader, text| {
            reader.parse(text, NamePattern::parse)
        })
    };
    let (inherit, except) = (patterns("inherit"), patterns("except"));
    check_inherited(reader, &inherit, set);
    reader.distinct(&except, "this name");
    if table.get("inherit").is_none() {
        table.refuse(reader, &["except"], |key| {
            format!("`{key}` takes names out of what is inherited, and nothing is: there is no `inherit`")
        });
    } else {
        check_excepted(reader, &except, &inherit, set);
    }
    Inherited {
        inherit: values(inherit),
        except: values(except),
    }
}

/// Reports single names that are excepted although nothing would inherit them.
fn check_excepted(
    reader: &mut Reader<'_>,
    except: &[Spot<NamePattern>],
    inherit: &[Spot<NamePattern>],
    set: &[Assignment],
) {
    for pattern in except {
        let name = pattern.value.as_str();
        if name.contains('*') {
            continue;
        }
        if let Some(assignment) = set.iter().find(|spot| spot.value.0 == name) {
            let reason = "the name is set, and what is set wins";
            reader
                .report(&pattern.span, Problem::Unreachable { reason })
                .with_label(assignment.span.clone(), "set here")
                .with_hint("remove one of them");
        } else if !inherit.iter().any(|spot| spot.value.matches(name)) {
            let reason = "no pattern of `inherit` means this name";
            reader.report(&pattern.span, Problem::Unreachable { reason });
        } else if let Some(spot) = inherit.iter().find(|spot| spot.value.as_str() == name) {
            reader
                .contradiction(&pattern.span, "this name is inherited and excepted")
                .with_label(spot.span.clone(), "inherited here");
        }
    }
}

/// Reports names that are inherited twice, or inherited and set.
fn check_inherited(reader: &mut Reader<'_>, inherit: &[Spot<NamePattern>], set: &[Assignment]) {
    reader.distinct(inherit, "this name");
    for pattern in inherit {
        if let Some(assignment) = set
            .iter()
            .find(|spot| spot.value.0 == pattern.value.as_str())
        {
            let reason = "the name is set, and what is set wins";
            reader
                .report(&pattern.span, Problem::Unreachable { reason })
                .with_label(assignment.span.clone(), "set here")
                .with_hint("remove one of them");
        }
    }
}
