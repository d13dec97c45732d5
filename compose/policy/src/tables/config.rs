//! `[config]` and `[interfaces]`.

use super::{Inherited, assignments, inherited};
use crate::covered::{has_table, tables_of};
use crate::interface::InterfacePattern;
use crate::model::{Config, Interfaces};
use crate::reader::{Entry, Reader, Text, values};

pub(crate) const CONFIG: &[&str] = &["set", "inherit", "except"];
pub(crate) const INTERFACES: &[&str] = &["allow"];

pub(crate) fn config(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Config> {
    let table = entry.value.table(reader, "[config]", CONFIG)?;
    let set = assignments(reader, &table, "a key", "a value");
    let Inherited { inherit, except } = inherited(reader, &table, &set);
    Some(Config {
        set: values(set),
        inherit,
        except,
    })
}

pub(crate) fn interfaces(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Interfaces> {
    let table = entry.value.table(reader, "[interfaces]", INTERFACES)?;
    let allow = table.list(reader, "allow", |reader, text| pattern(reader, text));
    reader.distinct(&allow, "this interface");
    Some(Interfaces {
        allow: values(allow),
    })
}

fn pattern(reader: &mut Reader<'_>, text: &Text<'_>) -> Option<InterfacePattern> {
    let pattern = match InterfacePattern::parse(text.value) {
        Ok(pattern) => pattern,
        Err(error) => {
            let span = reader.part(text, &error.span);
            reader
                .report(&span, error)
                .with_hint("write `acme:*`, `acme:billing/*` or `acme:billing/invoices@1.2.0`");
            return None;
        }
    };
    let (InterfacePattern::Package {
        namespace, package, ..
    }
    | InterfacePattern::Interface {
        namespace, package, ..
    }) = &pattern
    else {
        return Some(pattern);
    };
    let Some(tables) = (namespace == "wasi").then(|| tables_of(package)).flatten() else {
        return Some(pattern);
    };
    let (what, hint) = match &pattern {
        InterfacePattern::Interface {
            interface,
            version: Some(version),
            ..
        } if !has_table(package, interface, version) => return Some(pattern),
        InterfacePattern::Interface {
            interface,
            version: Some(version),
            ..
        } => (
            format!("`wasi:{package}/{interface}` in version {version}"),
            "name the capability's own table instead",
        ),
        _ => (
            format!("`wasi:{package}`"),
            "name the capability's own table instead; an interface without a table is named with its version, like \
             `wasi:config/runtime@0.2.0-draft`",
        ),
    };
    let span = reader.inside(text);
    reader
        .contradiction(&span, format!("{what} is decided by {tables}"))
        .with_hint(hint);
    None
}
