//! Finds the capability of a policy that decides about an interface.
//!
//! There are three questions, and each has one answer for the whole tool. [`Capability::of`] returns the capability of an
//! interface of WASI 0.2, of which adapters answer all: an instance with the plain name of such an interface.
//! [`Capability::of_known`] also knows the interfaces of WASI 0.3, of which adapters answer some.
//! [`Capability::claimed_by`] returns the capabilities for which *some* host could take an import, however its name is
//! written. Hosts interpret names differently: many ignore versions, newer ones read the annotations, and those in
//! JavaScript take unknown names for modules. The second answer therefore ignores versions, kinds and punctuation, and
//! rather includes a capability too many than one too few.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use wasmparser::WasmFeatures;
use wasmparser::names::{ComponentName, ComponentNameKind};

use crate::interface::InterfaceName;
use crate::surface::Item;
use crate::wasi::revision::Revision;

/// A capability, about which a table of a policy decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Capability {
    /// `wasi:io`. No table decides about it, because the provider of streams and pollables provides it.
    Io,
    /// `wasi:cli/environment`: `[environment]` and `[arguments]`.
    Environment,
    /// `wasi:cli/exit`.
    Exit,
    /// `wasi:cli/{stdin,stdout,stderr,terminal-*}`.
    Stdio,
    /// `wasi:filesystem`.
    Filesystem,
    /// `wasi:sockets`.
    Network,
    /// `wasi:http`.
    Http,
    /// `wasi:clocks`.
    Clocks,
    /// `wasi:random`.
    Random,
    /// `wasi:config`.
    Config,
    /// Every other interface.
    Interfaces,
}

impl Capability {
    /// The capability of an interface of WASI 0.2 or of `wasi:config`; [`Capability::Interfaces`] for others.
    pub fn of(name: &InterfaceName) -> Self {
        match name.revision() {
            Some(Revision::P2 | Revision::Config) => Self::of_any_version(name),
            Some(Revision::P3) | None => Self::Interfaces,
        }
    }

    /// The capability of an interface of a revision that tables are about; [`Capability::Interfaces`] for others.
    pub fn of_known(name: &InterfaceName) -> Self {
        match (name.revision(), name.path().as_str()) {
            (None, _) => Self::Interfaces,
            // The error of the standard streams.
            (Some(Revision::P3), "wasi:cli/types") => Self::Stdio,
            (Some(_), _) => Self::of_any_version(name),
        }
    }

    /// Every capability except [`Capability::Interfaces`].
    const ALL: [Self; 10] = [
        Self::Io,
        Self::Environment,
        Self::Exit,
        Self::Stdio,
        Self::Filesystem,
        Self::Network,
        Self::Http,
        Self::Clocks,
        Self::Random,
        Self::Config,
    ];

    /// The capability whose table decides about an import; [`Capability::Interfaces`] if there is none or several.
    pub fn of_item(item: &Item) -> Self {
        let known = item.interface().map(|name| Self::of_known(&name));
        match known.filter(|known| *known != Self::Interfaces) {
            Some(known) => known,
            None => {
                let mut claims = Self::claimed_by(item).into_iter();
                match (claims.next(), claims.next()) {
                    (Some(only), None) => only,
                    _ => Self::Interfaces,
                }
            }
        }
    }

    /// Every capability for which some host could take an import; empty if no table of a policy can decide about the
    /// import.
    ///
    /// Versions are ignored, as some hosts do. The name of an implementation (an address, a hash or a package) and that
    /// of a module of a JavaScript runtime can belong to every capability.
    pub fn claimed_by(item: &Item) -> BTreeSet<Self> {
        if Self::is_anything(item) {
            return Self::ALL.into();
        }
        let annotations = &item.annotations;
        [
            Some(&item.name),
            annotations.implements.as_ref(),
            annotations.external_id.as_ref(),
        ]
        .into_iter()
        .flatten()
        .flat_map(|text| mentioned(text))
        .collect()
    }

    /// Whether an import can belong to every capability, because its name does not say which interface it has.
    pub(crate) fn is_anything(item: &Item) -> bool {
        let name = ComponentName::new_with_features(&item.name, 0, WasmFeatures::all());
        let Ok(name) = name else {
            return true;
        };
        match name.kind() {
            ComponentNameKind::Dependency(_)
            | ComponentNameKind::Url(_)
            | ComponentNameKind::Hash(_) => true,
            ComponentNameKind::Label(label) => {
                let label = label.to_ascii_lowercase();
                MODULES.contains(&label.as_str())
            }
            ComponentNameKind::Interface(interface) => {
                let namespace = interface.as_str().split(':').next();
                namespace.is_some_and(|namespace| SCHEMES.contains(&namespace))
            }
            ComponentNameKind::Constructor(_)
            | ComponentNameKind::Method(_)
            | ComponentNameKind::Static(_) => false,
        }
    }

    /// The capability of an interface in any version.
    fn of_any_version(name: &InterfaceName) -> Self {
        match (name.package.as_str(), name.interface.as_str()) {
            ("wasi:io", _) => Self::Io,
            ("wasi:cli", "environment") => Self::Environment,
            ("wasi:cli", "exit") => Self::Exit,
            ("wasi:cli", interface) if is_stdio(interface) => Self::Stdio,
            ("wasi:filesystem", _) => Self::Filesystem,
            ("wasi:sockets", _) => Self::Network,
            ("wasi:http", _) => Self::Http,
            ("wasi:clocks", _) => Self::Clocks,
            ("wasi:random", _) => Self::Random,
            ("wasi:config", _) => Self::Config,
            _ => Self::Interfaces,
        }
    }

    /// The name of the policy's table.
    pub fn table(self) -> &'static str {
        match self {
            Self::Io => "wasi:io",
            Self::Environment => "environment",
            Self::Exit => "exit",
            Self::Stdio => "stdio",
            Self::Filesystem => "filesystem",
            Self::Network => "network",
            Self::Http => "http",
            Self::Clocks => "clocks",
            Self::Random => "random",
            Self::Config => "config",
            Self::Interfaces => "interfaces",
        }
    }

    /// The tables, or the keys of a table, that decide about the whole capability, as part of a message.
    pub fn tables(self) -> String {
        match self {
            Self::Environment => "the tables `[environment]` and `[arguments]`".into(),
            Self::Stdio => "`stdin`, `stdout` and `stderr` to the table `[stdio]`".into(),
            other => format!("a table `[{other}]`"),
        }
    }
}

/// The modules of Node.js that a plain name can stand for: jco writes an `import` of such a module for every import
/// that is not mapped elsewhere. Deno and Bun have the same modules.
const MODULES: &[&str] = &[
    "assert",
    "async-hooks",
    "buffer",
    "bun",
    "child-process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "deno",
    "dgram",
    "diagnostics-channel",
    "dns",
    "domain",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "inspector",
    "module",
    "net",
    "os",
    "path",
    "perf-hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "repl",
    "sqlite",
    "stream",
    "string-decoder",
    "sys",
    "test",
    "timers",
    "tls",
    "trace-events",
    "tty",
    "url",
    "util",
    "v8",
    "vm",
    "wasi",
    "worker-threads",
    "zlib",
];

/// The scheme before the colon in the name of a module that a JavaScript runtime has or fetches.
const SCHEMES: &[&str] = &[
    "blob", "bun", "data", "deno", "file", "http", "https", "jsr", "node", "npm",
];

/// The capabilities of every `wasi:package/interface` in a text, at any position.
fn mentioned(text: &str) -> BTreeSet<Capability> {
    let text = text.to_ascii_lowercase();
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut found = BTreeSet::new();
    for (start, namespace) in text.match_indices("wasi:") {
        if text[..start].ends_with(is_word) {
            continue;
        }
        let path = &text[start + namespace.len()..];
        let end = path.find(|c: char| !is_word(c) && c != ':' && c != '/');
        let path = &path[..end.unwrap_or(path.len())];
        // In a nested name, each part can be the package or the interface.
        let (packages, interfaces) = path.split_once('/').unwrap_or((path, ""));
        for package in packages.split(':') {
            for interface in interfaces.split('/') {
                found.extend(mentioned_by(package, interface));
            }
        }
    }
    found
}

/// The capabilities of an interface of WASI, or of a whole package if `interface` is empty.
fn mentioned_by(package: &str, interface: &str) -> Vec<Capability> {
    let name = InterfaceName {
        package: format!("wasi:{package}"),
        interface: interface.to_owned(),
        version: None,
    };
    match (Capability::of_any_version(&name), package, interface) {
        // `wasi:cli/run` is a program, and its own host decides what the program gets.
        (_, "cli", "run") => Vec::new(),
        // No table decides about this interface, but tables decide about every other interface of the package.
        (Capability::Interfaces, "cli", _) => {
            vec![Capability::Environment, Capability::Exit, Capability::Stdio]
        }
        (Capability::Interfaces, ..) => Vec::new(),
        (capability, ..) => vec![capability],
    }
}

impl Capability {
    /// The policy text that leaves the whole capability to the host, as part of a message.
    pub fn left_whole_by(self) -> String {
        match self {
            Self::Io | Self::Interfaces => "`default = \"inherit\"`".into(),
            Self::Environment => {
                "`default = \"inherit\"` without `[environment]` and `[arguments]`".into()
            }
            Self::Exit | Self::Clocks | Self::Random => {
                format!("`[{self}]` with `mode = \"inherit\"`")
            }
            other => format!("`default = \"inherit\"` without `[{other}]`"),
        }
    }
}

fn is_stdio(interface: &str) -> bool {
    matches!(interface, "stdin" | "stdout" | "stderr") || interface.starts_with("terminal-")
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.table())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surface::{Annotations, Kind};

    fn claimed(name: &str) -> Vec<Capability> {
        Capability::claimed_by(&Item::named(name))
            .into_iter()
            .collect()
    }

    #[test]
    fn every_spelling_of_an_interface_claims_its_capability() {
        for name in [
            "wasi:sockets/tcp-create-socket",
            "wasi:sockets/tcp-create-socket@0.2.0",
            "wasi:sockets/tcp-create-socket@0.2.0-rc-2023-11-10",
            "wasi:sockets/tcp-create-socket@0.2.0+build.7",
            "wasi:sockets/tcp-create-socket@0.2",
            "wasi:sockets/tcp-create-socket@1.0.0",
            "wasi:sockets/tcp-create-socket@0.0.0",
            "wasi:sockets/TCP-CREATE-SOCKET",
            "wasi:sockets/unheard-of",
            "wasi:sockets:more/tcp",
            "wasi:more:sockets/tcp/more",
        ] {
            assert_eq!(claimed(name), [Capability::Network], "{name}");
        }
        assert_eq!(claimed("wasi:cli/exit@9.0.0"), [Capability::Exit]);
        assert_eq!(
            claimed("wasi:cli/types@0.3.0"),
            [Capability::Environment, Capability::Exit, Capability::Stdio]
        );
        let mut labelled = Item::named("primary");
        labelled.annotations = Annotations {
            implements: Some("wasi:random/random@0.2.0".into()),
            ..Annotations::default()
        };
        assert!(Capability::claimed_by(&labelled).contains(&Capability::Random));
        labelled.annotations = Annotations {
            external_id: Some("import(wasi:clocks/wall-clock)".into()),
            ..Annotations::default()
        };
        assert!(Capability::claimed_by(&labelled).contains(&Capability::Clocks));
    }

    #[test]
    fn what_does_not_say_what_it_does_claims_everything() {
        for name in [
            "unlocked-dep=<wasi:sockets/tcp>",
            "unlocked-dep=<acme:billing@{>=1.0.0}>",
            "locked-dep=<acme:billing@1.0.0>",
            "url=<https://example.com/>",
            "integrity=<sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=>",
            "fs",
            "FS",
            "node:fs/promises",
            "file:etc/passwd",
            "no name at all",
        ] {
            assert_eq!(claimed(name), Capability::ALL, "{name}");
        }
    }

    #[test]
    fn other_names_claim_nothing() {
        for name in [
            "log",
            "acme:billing/invoices@1.2.0",
            "wasi:keyvalue/store@0.2.0-draft",
            "wasi:cli/run@0.2.0",
            "acme:sockets/tcp",
            "my-wasi:sockets/tcp",
            "[method]fs.read",
        ] {
            let mut item = Item::named(name);
            item.kind = Kind::Function;
            assert_eq!(Capability::claimed_by(&item), BTreeSet::new(), "{name}");
        }
    }
}
