//! Converts TOML to the model, one file per group of tables.
//!
//! Each table has a shape, which is checked when the table is opened. The functions report further problems and return
//! the usable rest, so that they can check the whole file; the model is used only if nothing was reported.

pub(crate) mod application;
pub(crate) mod clocks;
pub(crate) mod config;
mod contents;
pub(crate) mod families;
pub(crate) mod faults;
pub(crate) mod filesystem;
mod headers;
pub(crate) mod http;
pub(crate) mod interpose;
pub(crate) mod limits;
mod mounts;
pub(crate) mod network;
pub(crate) mod random;
mod requests;
mod responses;
pub(crate) mod stdio;

use std::ops::Range;
use std::path::{Path, PathBuf};

use interpose_paths::{CanonicalError, check_canonical_absolute, check_canonical_relative};
use interpose_rules::NamePattern;
use toml::de::DeValue;

use crate::error::{PolicyError, Problem};
use crate::named::PathUse;
use crate::quantity::{QuantityError, Unit};
use crate::reader::{Entry, Reader, Spot, Table, Text, Value, values};
use crate::shape::{Key, Need, Rule, Shape, TableShape};

/// The key that drops the names which the extended policy sets when it is `false`.
const INHERIT_SET: &str = "inherit-set";

/// The shape of [`INHERIT_SET`].
const INHERITS_SET: Key = Key::new(
    INHERIT_SET,
    Shape::Boolean,
    "Whether what the extended policy sets is set here too; `true` if not given.",
)
.need(Need::Extending);

/// A table without inherited names has nothing to except names from.
const EXCEPT_NEEDS_INHERIT: Rule = Rule::With {
    keys: &["except"],
    other: "inherit",
    inherits: true,
    reason: "takes names out of what is inherited, and nothing is: there is no `inherit`",
};

/// Reads a quantity; a bare number only if it is 0.
fn quantity(reader: &mut Reader<'_>, value: &Value<'_>, unit: &Unit) -> Option<u64> {
    quantities(reader, value, unit, |text| unit.parse(text))
}

/// Reads a value that consists of quantities; a bare number only if it is 0.
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

/// Reads an integer of at least 1.
fn positive(reader: &mut Reader<'_>, entry: &Entry<'_>, what: &'static str) -> Option<u64> {
    let number = entry.value.unsigned(reader, what)?;
    if number == 0 {
        reader.report(
            &entry.value.span(),
            Problem::OutOfRange {
                what,
                range: "at least 1",
            },
        );
        return None;
    }
    Some(number)
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

/// Checks a text, and reports one with NUL, which no argument, variable or path of a host can contain.
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

/// Reports a rule that is covered by a rule under `deny`, either of the same table or of the extended policy's.
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

/// A name and its value, at the place of the name.
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

/// Inherited names of the host, and names that the policy gives values.
struct Names {
    inherit: Vec<NamePattern>,
    /// The names that are not inherited although a pattern of `inherit` matches them.
    except: Vec<NamePattern>,
    set: Vec<(String, String)>,
}

/// The same lists of the extended policy.
#[derive(Clone, Copy)]
struct NamesBelow<'a> {
    inherit: &'a Vec<NamePattern>,
    except: &'a Vec<NamePattern>,
    set: &'a Vec<(String, String)>,
}

/// Opens a table of `shape` and lays its `inherit`, `except` and `set` over those of the extended policy. If the two
/// policies disagree about a name, this one wins. Messages call the names and the values under `set` by the words
/// `name_what` and `value_what`.
fn names(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    shape: &'static TableShape,
    (name_what, value_what): (&'static str, &'static str),
    below: Option<NamesBelow<'_>>,
) -> Option<Names> {
    let table = (entry.value).table_over(reader, shape, below.map(|_| ""))?;
    let set = assignments(reader, &table, name_what, value_what);
    let mut patterns = |key| {
        table.list(reader, key, |reader, text| {
            reader.parse(text, NamePattern::parse)
        })
    };
    let (own_inherit, own_except) = (patterns("inherit"), patterns("except"));
    check_inherited(reader, &own_inherit, &set);
    reader.distinct(&own_except, "this name");
    let anew = table.boolean(reader, INHERIT_SET) == Some(false);

    let mut all_set = match below {
        Some(below) if !anew => below.set.clone(),
        _ => Vec::new(),
    };
    all_set.retain(|(name, _)| !has_pattern(&own_inherit, name));
    let written: Vec<_> = set.iter().map(|spot| spot.value.clone()).collect();
    put_names(&mut all_set, &written);
    let own = |patterns: &[Spot<NamePattern>]| values(patterns.to_vec());
    let below_inherit = below.map(|below| below.inherit);
    let mut inherit = table.written_or("inherit", own(&own_inherit), below_inherit);
    if below.is_some() || table.get("inherit").is_some() {
        check_excepted(reader, &own_except, &own_inherit, &set, &inherit, &all_set);
    }
    if below.is_some() {
        inherit.retain(|pattern| {
            let name = pattern.as_str();
            !set.iter().any(|spot| spot.value.0 == name) && !has_pattern(&own_except, name)
        });
    }
    let below_except = below.map(|below| below.except);
    let mut except = table.written_or("except", own(&own_except), below_except);
    except.retain(|pattern| {
        let name = pattern.as_str();
        let is_inherited = inherit.iter().any(|pattern| pattern.matches(name));
        let is_set = all_set.iter().any(|(set, _)| set == name);
        // A single name that is not inherited needs no exception.
        name.contains('*') || is_inherited && !is_set && !has_pattern(&own_inherit, name)
    });
    Some(Names {
        inherit,
        except,
        set: all_set,
    })
}

/// Whether one of the patterns is spelled exactly like `name`.
fn has_pattern(patterns: &[Spot<NamePattern>], name: &str) -> bool {
    patterns.iter().any(|spot| spot.value.as_str() == name)
}

/// Reports single names that are excepted although they are not inherited. `own_inherit` and `own_set` are the lists
/// that the file writes, `inherit` and `set` the lists after they were laid over those of the extended policy.
fn check_excepted(
    reader: &mut Reader<'_>,
    except: &[Spot<NamePattern>],
    own_inherit: &[Spot<NamePattern>],
    own_set: &[Assignment],
    inherit: &[NamePattern],
    set: &[(String, String)],
) {
    for pattern in except {
        let name = pattern.value.as_str();
        if name.contains('*') {
            continue;
        }
        if let Some(assignment) = own_set.iter().find(|spot| spot.value.0 == name) {
            let reason = "the name is set, and what is set wins";
            reader
                .report(&pattern.span, Problem::Unreachable { reason })
                .with_label(assignment.span.clone(), "set here")
                .with_hint("remove one of them");
        } else if set.iter().any(|(set, _)| set == name) {
            let reason = "the policy that this one extends sets the name, and what is set wins";
            reader
                .report(&pattern.span, Problem::Unreachable { reason })
                .with_hint("remove the name, or write `inherit-set = false`");
        } else if !inherit.iter().any(|pattern| pattern.matches(name)) {
            let reason = "no pattern of `inherit` means this name";
            reader.report(&pattern.span, Problem::Unreachable { reason });
        } else if let Some(spot) = own_inherit.iter().find(|spot| spot.value.as_str() == name) {
            reader
                .contradiction(&pattern.span, "this name is inherited and excepted")
                .with_label(spot.span.clone(), "inherited here");
        }
    }
}

/// Reports names that are inherited twice, or both inherited and set.
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

/// Gives names their values. A known name keeps its place in the list, a new one is appended.
fn put_names(names: &mut Vec<(String, String)>, set: &[(String, String)]) {
    for (name, value) in set {
        match names.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => known.clone_from(value),
            None => names.push((name.clone(), value.clone())),
        }
    }
}
