//! Reads `[config]` and `[interfaces]`.

use super::{EXCEPT_NEEDS_INHERIT, INHERITS_SET, Names, NamesBelow, names};
use crate::covered::{has_table, tables_of};
use crate::interface::InterfacePattern;
use crate::model::{Config, Interfaces};
use crate::reader::{Entry, Reader, Text, values};
use crate::shape::{Key, Shape, TableShape};

pub(crate) static CONFIG: TableShape = TableShape {
    name: "[config]",
    about: "Configuration values.",
    keys: &[
        Key::new("set", Shape::Names, "Keys and their values."),
        Key::new(
            "inherit",
            Shape::List(&Shape::Text),
            "The host's keys that are passed on; `*` stands for any characters.",
        ),
        Key::new(
            "except",
            Shape::List(&Shape::Text),
            "Of those, keys that are not passed on.",
        ),
        INHERITS_SET,
    ],
    rules: &[EXCEPT_NEEDS_INHERIT],
};

pub(crate) static INTERFACES: TableShape = TableShape {
    name: "[interfaces]",
    about: "Interfaces that no other table is about.",
    keys: &[Key::new(
        "allow",
        Shape::List(&Shape::Text),
        "Those that are the host's: `acme:*`, `acme:billing/*`, `acme:billing/invoices@1.2.0`.",
    )],
    rules: &[],
};

pub(crate) fn config(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    base: Option<&Config>,
) -> Option<Config> {
    let below = base.map(|base| NamesBelow {
        inherit: &base.inherit,
        except: &base.except,
        set: &base.set,
    });
    let Names {
        inherit,
        except,
        set,
    } = names(reader, entry, &CONFIG, ("a key", "a value"), below)?;
    Some(Config {
        set,
        inherit,
        except,
    })
}

pub(crate) fn interfaces(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    base: Option<&Interfaces>,
) -> Option<Interfaces> {
    let table = entry.value.table(reader, &INTERFACES)?;
    let allow = table.list(reader, "allow", |reader, text| pattern(reader, text));
    reader.distinct(&allow, "this interface");
    let allow = table.written_or("allow", values(allow), base.map(|base| &base.allow));
    Some(Interfaces { allow })
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
