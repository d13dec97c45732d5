//! `[arguments]`, `[environment]` and `[exit]`.

use super::{Inherited, assignments, inherited};
use crate::model::{ArgumentList, Arguments, Environment, Exit};
use crate::reader::{Entry, Reader, values};

pub(crate) const ARGUMENTS: &[&str] = &["inherit", "set", "cwd"];
pub(crate) const ENVIRONMENT: &[&str] = &["inherit", "except", "set"];
pub(crate) const EXIT: &[&str] = &["mode"];

pub(crate) fn arguments(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Arguments> {
    let table = entry.value.table(reader, "[arguments]", ARGUMENTS)?;
    let inherit = table.boolean(reader, "inherit").unwrap_or(false);
    let set = table.get("set");
    if inherit && let Some(set) = &set {
        reader
            .contradiction(&set.whole(), "the arguments are either the host's or these")
            .with_hint("remove `inherit` or `set`");
    }
    let list = match set {
        Some(_) => ArgumentList::Set(values(table.list(reader, "set", |reader, text| {
            super::check_text(reader, text, "an argument").then(|| text.value.to_string())
        }))),
        None if inherit => ArgumentList::Inherit,
        None => ArgumentList::None,
    };
    let cwd = table
        .text(reader, "cwd")
        .and_then(|text| super::absolute_path(reader, &text));
    Some(Arguments { list, cwd })
}

pub(crate) fn environment(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Environment> {
    let table = entry.value.table(reader, "[environment]", ENVIRONMENT)?;
    let set = assignments(
        reader,
        &table,
        "the name of a variable",
        "the value of a variable",
    );
    let Inherited { inherit, except } = inherited(reader, &table, &set);
    Some(Environment {
        inherit,
        except,
        set: values(set),
    })
}

pub(crate) fn exit(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Exit> {
    let table = entry.value.table(reader, "[exit]", EXIT)?;
    let mode = table
        .require(reader, "mode", "`mode = \"inherit\"` or `mode = \"trap\"`")?
        .value
        .text(reader)?;
    reader.word(
        &mode,
        "mode",
        &[("inherit", Exit::Host), ("trap", Exit::Trap)],
    )
}
