//! The catalog of the interfaces of WASI: the capability of each, whether an adapter answers it, and whether its
//! functions can return errors to refuse a call. No other module of this crate writes versions of WASI.

mod capability;
pub(crate) mod drafts;

use interpose_policy::covered::has_table;
use semver::Version;

use crate::interface::{InterfaceName, Track};
use crate::surface::{Kind, Surface};

pub use capability::Capability;

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

/// A revision of WASI that adapters answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revision {
    /// WASI 0.2, in any of its releases.
    P2,
    /// The drafts of `wasi:config`, which is not part of WASI 0.2.
    Config,
}

/// The interface with which a component exits.
pub const EXIT: &str = p2!("wasi:cli/exit");

/// Functions of WASI 0.2 that were added after 0.2.0: interface, function, version.
pub(crate) const LATER_FUNCTIONS: &[(&str, &str, Version)] =
    &[("wasi:cli/exit", "exit-with-code", Version::new(0, 2, 12))];

/// An interface of WASI 0.2 that adapters answer.
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

/// Whether this is an interface of WASI 0.2, given without version, that adapters answer.
pub(crate) fn is_known(path: &str) -> bool {
    INTERFACES.iter().any(|interface| interface.path == path)
}

impl InterfaceName {
    /// The revision of WASI that this interface belongs to; `None` for other interfaces and for revisions that no
    /// adapter answers.
    pub fn revision(&self) -> Option<Revision> {
        match self.package.strip_prefix("wasi:")? {
            "config" => Some(Revision::Config),
            _ => (self.track() == Track::Minor(2)).then_some(Revision::P2),
        }
    }

    /// Whether this is the interface of WASI with this path, in a revision that adapters answer.
    pub fn is(&self, path: &str) -> bool {
        self.revision().is_some() && self.path() == path
    }

    /// Whether an adapter answers this interface, whose package belongs to a capability.
    pub(crate) fn is_answered(&self) -> bool {
        if self.package == "wasi:config" {
            let version = self.version.as_ref();
            return version.is_some_and(|version| has_table("config", &self.interface, version));
        }
        is_known(&self.path())
    }
}

impl Surface {
    /// The name of the exported instance of a WASI interface, given without version, in any version that adapters
    /// answer.
    pub fn wasi_export(&self, path: &str) -> Option<&str> {
        self.exports.iter().find_map(|export| {
            let name = InterfaceName::parse(&export.name)?;
            let found = export.kind == Kind::Instance && name.is(path);
            found.then_some(export.name.as_str())
        })
    }

    /// Whether the component is a command of WASI 0.2 that can be run.
    pub fn is_command(&self) -> bool {
        self.wasi_export("wasi:cli/run").is_some()
    }

    /// The name of the export that handles HTTP requests as WASI 0.2 defines it.
    pub fn handler(&self) -> Option<&str> {
        self.wasi_export("wasi:http/incoming-handler")
    }

    /// Whether the component handles HTTP requests as WASI 0.2 defines it, so that it can be served.
    pub fn handles_requests(&self) -> bool {
        self.handler().is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use wit_parser::{Resolve, Stability};

    use super::*;

    #[test]
    fn adapters_answer_the_interfaces_that_tables_decide_about() {
        let decided: BTreeSet<String> = interpose_policy::covered::interfaces().collect();
        let p2 = INTERFACES.iter().map(|interface| interface.path.to_owned());
        // The provider of streams and pollables also provides the types of `wasi:io`.
        let p2 = p2.filter(|path| !path.starts_with("wasi:io/"));
        let answered: BTreeSet<String> = p2.chain(["wasi:config/store".into()]).collect();
        assert_eq!(decided, answered);
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
