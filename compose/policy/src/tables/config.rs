//! `[config]` and `[interfaces]`.

use interpose_rules::NamePattern;

use super::{INHERITS_SET, assignments, check_inherited, names_over};
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
        INHERITS_SET,
    ],
    rules: &[],
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

/// Packages that other tables are about, and these tables.
const DECIDED: [(&str, &str); 7] = [
    ("cli", "[arguments], [environment], [stdio] and [exit]"),
    ("clocks", "[clocks]"),
    ("config", "[config]"),
    ("filesystem", "[filesystem]"),
    ("http", "[http]"),
    ("random", "[random]"),
    ("sockets", "[network]"),
];

pub(crate) fn config(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    base: Option<&Config>,
) -> Option<Config> {
    let table = entry.value.table(reader, &CONFIG)?;
    let set = assignments(reader, &table, "a key", "a value");
    let inherit = table.list(reader, "inherit", |reader, text| {
        reader.parse(text, NamePattern::parse)
    });
    check_inherited(reader, &inherit, &set);
    let below = base.map(|base| (&base.inherit, &base.set));
    let (inherit, set) = names_over(reader, &table, inherit, set, below);
    Some(Config { set, inherit })
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
    if let InterfacePattern::Package {
        namespace, package, ..
    }
    | InterfacePattern::Interface {
        namespace, package, ..
    } = &pattern
        && namespace == "wasi"
        && let Some((_, tables)) = DECIDED.iter().find(|(decided, _)| decided == package)
    {
        let span = reader.inside(text);
        reader
            .contradiction(&span, format!("`wasi:{package}` is decided by {tables}"))
            .with_hint("name the capability's own table instead");
        return None;
    }
    Some(pattern)
}
