//! TOML to model, one file per group of tables.
//!
//! Each table has a shape, which opening it checks. The functions report what else is wrong and return what is usable, so that the
//! rest of the file is looked at too; the model is used only if nothing was reported.

pub(crate) mod application;
pub(crate) mod clocks;
pub(crate) mod config;
mod families;
pub(crate) mod faults;
pub(crate) mod filesystem;
pub(crate) mod http;
pub(crate) mod limits;
pub(crate) mod network;
pub(crate) mod random;
pub(crate) mod stdio;

use std::ops::Range;
use std::path::{Path, PathBuf};

use interpose_paths::{CanonicalError, check_canonical_absolute, check_canonical_relative};
use interpose_rules::NamePattern;
use toml::de::DeValue;

use crate::error::{PolicyError, Problem};
use crate::named::PathUse;
use crate::quantity::{QuantityError, Unit};
use crate::reader::{Reader, Spot, Table, Text, Value, values};
use crate::shape::{Key, Need, Shape};

/// `inherit-set = false`: the names that the policy below sets are not set.
const INHERIT_SET: &str = "inherit-set";

/// The key of that name.
const INHERITS_SET: Key = Key::new(
    INHERIT_SET,
    Shape::Boolean,
    "Whether what the extended policy sets is set here too; `true` if not given.",
)
.need(Need::Extending);

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
    purpose: PathUse,
    directory: Option<&Path>,
) -> Option<PathBuf> {
    if text.value.is_empty() {
        reader.report(&text.span, Problem::Empty { what: "the path" });
        return None;
    }
    if !check_text(reader, text, "a path") {
        return None;
    }
    let path = match directory {
        Some(directory) => directory.join(text.value),
        None => PathBuf::from(text.value),
    };
    reader.name_path(purpose, text, path.clone());
    Some(path)
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

/// Reports a rule that a rule under `deny` covers, of the same table or of that of the policy below.
fn report_denied<'r>(
    reader: &'r mut Reader<'_>,
    span: &Range<usize>,
    is_inherited: bool,
) -> &'r mut PolicyError {
    let (reason, hint) = match is_inherited {
        false => ("`deny` wins over it", "remove the rule, or deny less"),
        true => (
            "`deny` of the policy that this one extends wins over it",
            "remove the rule, or write `deny` here: it replaces the inherited list",
        ),
    };
    reader
        .report(span, Problem::Unreachable { reason })
        .with_hint(hint)
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

/// The inherited patterns and the set names of the policy below.
type NamesBelow<'a> = (&'a Vec<NamePattern>, &'a Vec<(String, String)>);

/// Lays inherited patterns and set names over those of the policy below. A name that one of the two policies sets and the
/// other inherits is what this one says.
fn names_over(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    inherit: Vec<Spot<NamePattern>>,
    set: Vec<Assignment>,
    below: Option<NamesBelow<'_>>,
) -> (Vec<NamePattern>, Vec<(String, String)>) {
    let anew = table.boolean(reader, INHERIT_SET) == Some(false);
    let (inherit, set) = (values(inherit), values(set));
    let Some((below_inherit, below_set)) = below else {
        return (inherit, set);
    };
    let mut names: Vec<_> = match anew {
        true => Vec::new(),
        false => below_set.clone(),
    };
    names.retain(|(name, _)| !inherit.iter().any(|pattern| pattern.as_str() == name));
    put_names(&mut names, &set);
    let mut patterns = table.written_or("inherit", inherit, Some(below_inherit));
    patterns.retain(|pattern| !set.iter().any(|(name, _)| name == pattern.as_str()));
    (patterns, names)
}

/// Gives names their values: in their places where they have one, otherwise behind the others.
fn put_names(names: &mut Vec<(String, String)>, set: &[(String, String)]) {
    for (name, value) in set {
        match names.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => known.clone_from(value),
            None => names.push((name.clone(), value.clone())),
        }
    }
}
