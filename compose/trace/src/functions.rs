//! The functions of a table, with their short names.

use std::sync::Arc;

use interpose_calls::Table;

use crate::filter::Filter;
use interpose_labels::Labels;

/// The package of interfaces between adapters. How an application gets the requests that it handles is no call of its own.
const OWN: &str = "wasi-interpose:";

/// The names of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// As it is shown: `filesystem descriptor.open-at`.
    pub(crate) shown: Arc<str>,
    /// As filters know it: `filesystem.descriptor.open-at`.
    pub(crate) filtered: String,
    /// Its interface without version: `filesystem/types`.
    pub(crate) interface: Arc<str>,
    /// Whether calls of it are shown.
    pub(crate) is_shown: bool,
}

/// The functions that a probe sees, with their names, and which of them are shown. All instances of a component share it.
///
/// The short name of a function has no `wasi:` and no version. That of a method, a constructor or a static function is the
/// resource's name and its own (`filesystem descriptor.read`, `http fields.constructor`); that of another function is its
/// interface's name and its own (`clocks monotonic-clock.now`). When a resource is dropped, that is shown as
/// `filesystem descriptor.drop`.
#[derive(Clone, Debug)]
pub struct Functions {
    pub(crate) table: Arc<Table>,
    pub(crate) functions: Vec<Name>,
    /// A name for each type of resources, when one of them is dropped.
    pub(crate) drops: Vec<Name>,
    pub(crate) labels: Labels,
}

impl Functions {
    /// The functions of a table, of which a filter chooses some.
    pub fn new(table: Arc<Table>, filter: &Filter) -> Self {
        let functions = table.functions.iter();
        let functions = functions.map(|one| Name::new(&one.interface, &one.name, filter));
        let drops = table.resources.iter();
        let drops = drops.map(|one| {
            let name = format!("[method]{}.drop", one.name);
            Name::new(&one.interface, &name, filter)
        });
        Self {
            functions: functions.collect(),
            drops: drops.collect(),
            labels: Labels::new(Arc::clone(&table)),
            table,
        }
    }

    /// For each function of the table, whether the filter chooses it.
    pub fn are_shown(&self) -> impl Iterator<Item = bool> {
        self.functions.iter().map(|name| name.is_shown)
    }

    /// The names with which a filter compares its patterns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.functions.iter().chain(&self.drops);
        let names = names.map(|name| name.filtered.as_str());
        names.filter(|name| !name.starts_with(OWN))
    }
}

impl Name {
    fn new(interface: &str, function: &str, filter: &Filter) -> Self {
        let interface = interface
            .split_once('@')
            .map_or(interface, |(name, _)| name);
        let interface = interface.strip_prefix("wasi:").unwrap_or(interface);
        let (package, own) = interface.split_once('/').unwrap_or((interface, ""));
        let function = match function.split_once(']') {
            Some(("[constructor", resource)) => format!("{resource}.constructor"),
            Some((_, function)) => function.to_owned(),
            None if own.is_empty() => function.to_owned(),
            None => format!("{own}.{function}"),
        };
        let joined = |between: &str| match package.is_empty() {
            true => function.clone(),
            false => format!("{package}{between}{function}"),
        };
        let filtered = joined(".");
        Self {
            shown: joined(" ").into(),
            is_shown: filter.shows(&filtered) && !filtered.starts_with(OWN),
            filtered,
            interface: interface.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Name;
    use crate::filter::Filter;

    #[test]
    fn names_are_short() {
        for (interface, function, shown, filtered) in [
            (
                "wasi:filesystem/types@0.2.6",
                "[method]descriptor.open-at",
                "filesystem descriptor.open-at",
                "filesystem.descriptor.open-at",
            ),
            (
                "wasi:http/types@0.2.0",
                "[constructor]fields",
                "http fields.constructor",
                "http.fields.constructor",
            ),
            (
                "wasi:http/types@0.2.0",
                "[static]fields.from-list",
                "http fields.from-list",
                "http.fields.from-list",
            ),
            (
                "wasi:clocks/monotonic-clock@0.2.6",
                "now",
                "clocks monotonic-clock.now",
                "clocks.monotonic-clock.now",
            ),
            (
                "acme:billing/invoices@1.0.0",
                "create",
                "acme:billing invoices.create",
                "acme:billing.invoices.create",
            ),
            ("", "log", "log", "log"),
            ("logger", "log", "logger log", "logger.log"),
        ] {
            let name = Name::new(interface, function, &Filter::default());
            assert_eq!((&*name.shown, name.filtered.as_str()), (shown, filtered));
        }
    }
}
