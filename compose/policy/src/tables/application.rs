//! `[arguments]`, `[environment]` and `[exit]`.

use interpose_rules::NamePattern;

use super::{INHERIT_SET, assignments};
use crate::model::{ArgumentList, Arguments, Environment, Exit};
use crate::reader::{Entry, Reader, values};

pub(crate) const ARGUMENTS: &[&str] = &["inherit", "set", "cwd"];
pub(crate) const ENVIRONMENT: &[&str] = &["inherit", "set", INHERIT_SET];
pub(crate) const EXIT: &[&str] = &["mode"];

pub(crate) fn arguments(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    base: Option<&Arguments>,
) -> Option<Arguments> {
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
        None if table.get("inherit").is_some() => ArgumentList::None,
        None => base.map(|base| base.list.clone()).unwrap_or_default(),
    };
    let cwd = table
        .text(reader, "cwd")
        .and_then(|text| super::absolute_path(reader, &text));
    let cwd = table.written_or("cwd", cwd, base.map(|base| &base.cwd));
    Some(Arguments { list, cwd })
}

pub(crate) fn environment(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    base: Option<&Environment>,
) -> Option<Environment> {
    let table = entry.value.table(reader, "[environment]", ENVIRONMENT)?;
    let inherit = table.list(reader, "inherit", |reader, text| {
        reader.parse(text, NamePattern::parse)
    });
    let set = assignments(
        reader,
        &table,
        "the name of a variable",
        "the value of a variable",
    );
    super::check_inherited(reader, &inherit, &set);
    let below = base.map(|base| (&base.inherit, &base.set));
    let (inherit, set) = super::names_over(reader, &table, inherit, set, below);
    Some(Environment { inherit, set })
}

pub(crate) fn exit(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    base: Option<&Exit>,
) -> Option<Exit> {
    let table = entry.value.table(reader, "[exit]", EXIT)?;
    let hint = "`mode = \"inherit\"` or `mode = \"trap\"`";
    let Some(mode) = table.require_or_inherit(reader, "mode", base.is_some(), hint) else {
        return base.copied();
    };
    let mode = mode.value.text(reader)?;
    reader.word(
        &mode,
        "mode",
        &[("inherit", Exit::Host), ("trap", Exit::Trap)],
    )
}
