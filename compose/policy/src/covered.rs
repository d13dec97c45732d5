//! The interfaces of WASI that the tables of a policy decide about. `[interfaces]` can leave other interfaces to the
//! host by name.

use semver::Version;

/// The versions of `wasi:config/store` that `[config]` decides about. The two are the same but for the version; other
/// drafts are different interfaces.
pub const CONFIG_DRAFTS: [&str; 2] = ["0.2.0-rc.1", "0.2.0-draft"];

/// A package of WASI whose interfaces have tables.
struct Package {
    name: &'static str,
    /// The tables' names as part of a sentence.
    tables: &'static str,
    /// The interfaces that the tables decide about.
    interfaces: &'static [&'static str],
}

const PACKAGES: &[Package] = &[
    Package {
        name: "cli",
        tables: "[arguments], [environment], [stdio] and [exit]",
        interfaces: &[
            "environment",
            "exit",
            "stderr",
            "stdin",
            "stdout",
            "terminal-input",
            "terminal-output",
            "terminal-stderr",
            "terminal-stdin",
            "terminal-stdout",
        ],
    },
    Package {
        name: "clocks",
        tables: "[clocks]",
        interfaces: &["monotonic-clock", "wall-clock"],
    },
    Package {
        name: "config",
        tables: "[config]",
        interfaces: &["store"],
    },
    Package {
        name: "filesystem",
        tables: "[filesystem]",
        interfaces: &["preopens", "types"],
    },
    Package {
        name: "http",
        tables: "[http]",
        interfaces: &["outgoing-handler", "types"],
    },
    Package {
        name: "random",
        tables: "[random]",
        interfaces: &["insecure", "insecure-seed", "random"],
    },
    Package {
        name: "sockets",
        tables: "[network]",
        interfaces: &[
            "instance-network",
            "ip-name-lookup",
            "network",
            "tcp",
            "tcp-create-socket",
            "udp",
            "udp-create-socket",
        ],
    },
];

/// Whether a table decides about an interface of a package of WASI, given without `wasi:`, in this version: in every release
/// of 0.2, and in [`CONFIG_DRAFTS`].
pub fn has_table(package: &str, interface: &str, version: &Version) -> bool {
    let in_version = match package {
        "config" => CONFIG_DRAFTS.contains(&version.to_string().as_str()),
        _ => version.major == 0 && version.minor == 2 && version.pre.is_empty(),
    };
    let known = PACKAGES.iter().find(|known| known.name == package);
    in_version && known.is_some_and(|known| known.interfaces.contains(&interface))
}

/// The interfaces that have tables, named like `wasi:random/random`.
pub fn interfaces() -> impl Iterator<Item = String> {
    PACKAGES.iter().flat_map(|package| {
        let interfaces = package.interfaces.iter();
        interfaces.map(|interface| format!("wasi:{}/{interface}", package.name))
    })
}

/// The tables that decide about a package of WASI, given without `wasi:`, as part of a sentence.
pub(crate) fn tables_of(package: &str) -> Option<&'static str> {
    let known = PACKAGES.iter().find(|known| known.name == package);
    known.map(|known| known.tables)
}
