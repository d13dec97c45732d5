//! The catalog of the interfaces of WASI: the capability of each, whether an adapter answers it, and whether its
//! functions can return errors to refuse a call. No other module of this crate writes versions of WASI.

mod capability;
pub(crate) mod drafts;
mod revision;

use interpose_policy::covered::{has_table, is_p3};
use semver::Version;

use crate::interface::InterfaceName;
use crate::surface::{Kind, Surface};

pub use capability::Capability;
pub use revision::Revision;

/// The name of an interface in the version of WASI 0.2 for which the adapters and the host of this crate are built.
macro_rules! p2 {
    ($path:literal) => {
        concat!($path, "@0.2.12")
    };
}
pub(crate) use p2;

/// The name of an interface through which components of this crate communicate.
macro_rules! own {
    ($interface:literal) => {
        concat!("wasi-interpose:adapters/", $interface, "@0.1.0")
    };
}
pub(crate) use own;

/// The interface with which a component exits.
pub const EXIT: &str = p2!("wasi:cli/exit");

/// Functions of WASI 0.2 that were added after 0.2.0: interface, function, version.
pub(crate) const LATER_FUNCTIONS: &[(&str, &str, Version)] =
    &[("wasi:cli/exit", "exit-with-code", Version::new(0, 2, 12))];

/// An interface of WASI that a table of a policy decides about.
pub struct Interface {
    /// Its name without version.
    pub path: &'static str,
    /// Whether its functions can return errors to refuse a call; otherwise a denied function traps.
    pub has_errors: bool,
}

const fn with_errors(path: &'static str) -> Interface {
    Interface {
        path,
        has_errors: true,
    }
}

const fn without_errors(path: &'static str) -> Interface {
    Interface {
        path,
        has_errors: false,
    }
}

/// The interfaces of WASI 0.2 that adapters answer. Interfaces that can give empty answers, such as no variables or
/// closed streams, count as having errors.
pub const INTERFACES: &[Interface] = &[
    with_errors("wasi:cli/environment"),
    without_errors("wasi:cli/exit"),
    with_errors("wasi:cli/stderr"),
    with_errors("wasi:cli/stdin"),
    with_errors("wasi:cli/stdout"),
    with_errors("wasi:cli/terminal-input"),
    with_errors("wasi:cli/terminal-output"),
    with_errors("wasi:cli/terminal-stderr"),
    with_errors("wasi:cli/terminal-stdin"),
    with_errors("wasi:cli/terminal-stdout"),
    without_errors("wasi:clocks/monotonic-clock"),
    without_errors("wasi:clocks/wall-clock"),
    with_errors("wasi:filesystem/preopens"),
    with_errors("wasi:filesystem/types"),
    with_errors("wasi:http/outgoing-handler"),
    with_errors("wasi:http/types"),
    with_errors("wasi:io/error"),
    with_errors("wasi:io/poll"),
    with_errors("wasi:io/streams"),
    without_errors("wasi:random/insecure"),
    without_errors("wasi:random/insecure-seed"),
    without_errors("wasi:random/random"),
    with_errors("wasi:sockets/instance-network"),
    with_errors("wasi:sockets/ip-name-lookup"),
    with_errors("wasi:sockets/network"),
    with_errors("wasi:sockets/tcp"),
    with_errors("wasi:sockets/tcp-create-socket"),
    with_errors("wasi:sockets/udp"),
    with_errors("wasi:sockets/udp-create-socket"),
];

/// The interfaces of WASI 0.3 that tables decide about. What counts as an error is the same as for [`INTERFACES`].
pub const P3_INTERFACES: &[Interface] = &[
    with_errors("wasi:cli/environment"),
    without_errors("wasi:cli/exit"),
    with_errors("wasi:cli/stderr"),
    with_errors("wasi:cli/stdin"),
    with_errors("wasi:cli/stdout"),
    with_errors("wasi:cli/terminal-input"),
    with_errors("wasi:cli/terminal-output"),
    with_errors("wasi:cli/terminal-stderr"),
    with_errors("wasi:cli/terminal-stdin"),
    with_errors("wasi:cli/terminal-stdout"),
    with_errors("wasi:cli/types"),
    without_errors("wasi:clocks/monotonic-clock"),
    without_errors("wasi:clocks/system-clock"),
    with_errors("wasi:clocks/types"),
    with_errors("wasi:filesystem/preopens"),
    with_errors("wasi:filesystem/types"),
    with_errors("wasi:http/client"),
    with_errors("wasi:http/handler"),
    with_errors("wasi:http/types"),
    without_errors("wasi:random/insecure"),
    without_errors("wasi:random/insecure-seed"),
    without_errors("wasi:random/random"),
    with_errors("wasi:sockets/ip-name-lookup"),
    with_errors("wasi:sockets/types"),
];

/// The interfaces of WASI 0.3 that adapters answer.
const P3_ANSWERED: &[&str] = &[
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/system-clock",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:http/client",
    "wasi:http/handler",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
    "wasi:sockets/ip-name-lookup",
    "wasi:sockets/types",
];

/// The interfaces of WASI 0.3 with asynchronous functions.
const P3_ASYNCHRONOUS: [&str; 6] = [
    "wasi:clocks/monotonic-clock",
    "wasi:filesystem/types",
    "wasi:http/client",
    "wasi:http/handler",
    "wasi:sockets/ip-name-lookup",
    "wasi:sockets/types",
];

/// The paths of the interfaces, in any revision, whose functions have no error with which to refuse a call.
pub fn without_error() -> impl Iterator<Item = &'static str> {
    let interfaces = INTERFACES.iter().chain(P3_INTERFACES);
    let mut paths: Vec<_> = interfaces
        .filter(|interface| !interface.has_errors)
        .map(|interface| interface.path)
        .collect();
    paths.sort_unstable();
    paths.dedup();
    paths.into_iter()
}

/// Whether this is an interface of WASI 0.2, given without version, that adapters answer.
fn is_answered(path: &str) -> bool {
    INTERFACES.iter().any(|interface| interface.path == path)
}

/// Whether this is a version of WASI 0.2.
fn is_p2(version: &Version) -> bool {
    version.pre.is_empty() && (version.major, version.minor) == (0, 2)
}

/// Whether this is an interface of WASI, given without version, that a table decides about in some version.
pub(crate) fn is_known(path: &str) -> bool {
    let mut interfaces = INTERFACES.iter().chain(P3_INTERFACES);
    interfaces.any(|interface| interface.path == path)
}

impl InterfaceName {
    /// The revision of WASI that this interface belongs to; `None` for other interfaces and for revisions that no
    /// table of a policy is about.
    pub fn revision(&self) -> Option<Revision> {
        match self.package.strip_prefix("wasi:")? {
            "config" => Some(Revision::Config),
            _ => match self.version.as_ref()? {
                version if is_p3(version) => Some(Revision::P3),
                version if is_p2(version) => Some(Revision::P2),
                _ => None,
            },
        }
    }

    /// Whether this is the interface of WASI 0.2, or of the drafts beside it, with this path.
    pub fn is(&self, path: &str) -> bool {
        self.revision()
            .is_some_and(|revision| revision != Revision::P3)
            && self.path() == path
    }

    /// Whether this is the interface with this path in a revision.
    pub fn is_in(&self, revision: Revision, path: &str) -> bool {
        self.revision() == Some(revision) && self.path() == path
    }

    /// Whether the interface belongs to WASI 0.3 and has asynchronous functions.
    pub(crate) fn is_asynchronous(&self) -> bool {
        self.revision() == Some(Revision::P3) && P3_ASYNCHRONOUS.contains(&self.path().as_str())
    }

    /// Whether this is an interface of WASI 0.3 that an adapter answers.
    pub(crate) fn is_answered_in_p3(&self) -> bool {
        self.revision() == Some(Revision::P3) && P3_ANSWERED.contains(&self.path().as_str())
    }

    /// Whether an adapter answers this interface, whose package belongs to a capability of WASI 0.2.
    pub(crate) fn is_answered(&self) -> bool {
        if self.package == "wasi:config" {
            let version = self.version.as_ref();
            return version.is_some_and(|version| has_table("config", &self.interface, version));
        }
        is_answered(&self.path())
    }
}

impl Surface {
    /// The name of the exported instance of a WASI interface, given without version, in any version of a revision.
    pub fn wasi_export(&self, revision: Revision, path: &str) -> Option<&str> {
        self.exports.iter().find_map(|export| {
            let name = InterfaceName::parse(&export.name)?;
            let found = export.kind == Kind::Instance && name.is_in(revision, path);
            found.then_some(export.name.as_str())
        })
    }

    /// The name of the export that runs a command. A component can export it for WASI 0.2 and for 0.3; that of 0.2 is then
    /// often a stub that traps, so that of 0.3 comes first.
    pub fn command(&self) -> Option<&str> {
        let path = "wasi:cli/run";
        let newer = self.wasi_export(Revision::P3, path);
        newer.or_else(|| self.wasi_export(Revision::P2, path))
    }

    /// Whether the component is a command that can be run.
    pub fn is_command(&self) -> bool {
        self.command().is_some()
    }

    /// The name of the export that handles HTTP requests as WASI 0.2 defines it.
    pub fn handler(&self) -> Option<&str> {
        self.wasi_export(Revision::P2, "wasi:http/incoming-handler")
    }

    /// The name of the export that handles HTTP requests as WASI 0.3 defines it.
    pub fn p3_handler(&self) -> Option<&str> {
        self.wasi_export(Revision::P3, "wasi:http/handler")
    }

    /// Whether the component handles HTTP requests, so that it can be served.
    pub fn handles_requests(&self) -> bool {
        self.handler().is_some() || self.p3_handler().is_some()
    }

    /// The imports of WASI 0.3 of which the component uses functions.
    pub fn p3_imports(&self) -> impl Iterator<Item = &str> {
        let called = self.imports.iter().filter(|item| item.can_be_called());
        called.filter_map(|item| {
            let revision = item.interface()?.revision();
            (revision == Some(Revision::P3)).then_some(item.name.as_str())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use wit_parser::{Resolve, Stability};

    use super::*;
    use crate::adapters::Adapter;
    use crate::surface::Item;

    #[test]
    fn adapters_answer_the_interfaces_that_tables_decide_about() {
        let decided: BTreeSet<String> = interpose_policy::covered::interfaces().collect();
        let p2 = INTERFACES.iter().map(|interface| interface.path.to_owned());
        // The provider of streams and pollables also provides the types of `wasi:io`.
        let p2 = p2.filter(|path| !path.starts_with("wasi:io/"));
        let answered: BTreeSet<String> = p2.chain(["wasi:config/store".into()]).collect();
        assert_eq!(decided, answered);
        let decided: BTreeSet<String> = interpose_policy::covered::interfaces_of_p3().collect();
        let p3 = P3_INTERFACES.iter();
        let known: BTreeSet<String> = p3.map(|interface| interface.path.to_owned()).collect();
        assert_eq!(decided, known);
    }

    #[test]
    fn the_answered_interfaces_of_0_3_are_those_that_adapters_export() {
        let exported = |adapter: &Adapter| {
            let surface = Surface::of(adapter.component()).unwrap();
            let names: Vec<_> = surface.exports.iter().filter_map(Item::interface).collect();
            names
        };
        let names = Adapter::ALL.iter().flat_map(exported);
        let of_p3 = names.filter(|name| name.revision() == Some(Revision::P3));
        let mut exported: BTreeSet<String> = of_p3.map(|name| name.path()).collect();
        // It has a type alone, which the adapter exports with what uses it.
        exported.remove("wasi:cli/types");
        let listed = P3_ANSWERED.iter().map(|path| (*path).to_owned());
        assert_eq!(exported, listed.collect());
    }

    /// The interfaces that the packages of WASI 0.3 have for components to import are those of the catalog.
    #[test]
    fn the_catalog_has_the_interfaces_of_the_wit_packages() {
        let mut resolve = Resolve::default();
        let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/p3");
        resolve.push_dir(wit).unwrap();
        let mut found = BTreeSet::new();
        for (_, interface) in resolve.interfaces.iter() {
            let (Some(id), Some(name)) = (interface.package, &interface.name) else {
                continue;
            };
            let package = &resolve.packages[id].name;
            let name = InterfaceName {
                package: format!("{}:{}", package.namespace, package.name),
                interface: name.clone(),
                version: package.version.clone(),
            };
            if package.namespace == "wasi" && name.path() != "wasi:cli/run" {
                assert_eq!(name.revision(), Some(Revision::P3), "{name}");
                let mut functions = interface.functions.values();
                let is_asynchronous = functions.any(|function| function.kind.is_async());
                assert_eq!(name.is_asynchronous(), is_asynchronous, "{name}");
                found.insert(name.path());
            }
        }
        let listed = P3_INTERFACES.iter();
        assert_eq!(
            found,
            listed.map(|interface| interface.path.to_owned()).collect()
        );
    }

    #[test]
    fn releases_and_the_candidate_of_0_3_are_known() {
        let revision = |version: &str| {
            let name = InterfaceName::parse(&format!("wasi:clocks/system-clock@{version}"));
            name.unwrap().revision()
        };
        for version in ["0.3.0", "0.3.1", "0.3.2", "0.3.0-rc-2026-03-15"] {
            assert_eq!(revision(version), Some(Revision::P3), "{version}");
        }
        for version in ["0.3.0-rc-2025-09-16", "0.4.0", "0.3.0-draft", "1.3.0"] {
            assert_eq!(revision(version), None, "{version}");
        }
    }

    #[test]
    fn the_newer_export_of_a_command_comes_first() {
        let surface = |names: &[&str]| Surface {
            exports: names
                .iter()
                .map(|name| crate::surface::Item::named(name))
                .collect(),
            ..Surface::default()
        };
        let (old, new) = ("wasi:cli/run@0.2.0", "wasi:cli/run@0.3.0-rc-2026-03-15");
        assert_eq!(surface(&[old, new]).command(), Some(new));
        assert_eq!(surface(&[new, old]).command(), Some(new));
        assert_eq!(surface(&[old]).command(), Some(old));
        assert_eq!(surface(&["wasi:cli/run@0.4.0"]).command(), None);
    }

    #[test]
    fn later_functions_are_those_that_the_wit_packages_name() {
        let mut resolve = Resolve::default();
        let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/p2");
        resolve.push_dir(wit).unwrap();
        let mut later = BTreeSet::new();
        for (_, interface) in resolve.interfaces.iter() {
            let Some(package) = interface.package.map(|id| &resolve.packages[id].name) else {
                continue;
            };
            for function in interface.functions.values() {
                if let Stability::Stable { since, .. } = &function.stability
                    && *since > Version::new(0, 2, 0)
                {
                    let path = format!(
                        "{}:{}/{}",
                        package.namespace,
                        package.name,
                        interface.name.as_ref().unwrap()
                    );
                    later.insert((path, function.name.clone(), since.clone()));
                }
            }
        }
        let listed: BTreeSet<_> = LATER_FUNCTIONS
            .iter()
            .map(|(interface, function, since)| {
                ((*interface).into(), (*function).into(), since.clone())
            })
            .collect();
        assert_eq!(later, listed);
    }
}
