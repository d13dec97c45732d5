//! The interfaces of WASI that tables of a policy decide about. Others can be left to the host by name, in `[interfaces]`.

use semver::Version;

/// The versions of `wasi:config/store` that `[config]` decides about, which differ in their name alone. Other drafts of
/// `wasi:config` are other interfaces.
pub const CONFIG_DRAFTS: [&str; 2] = ["0.2.0-rc.1", "0.2.0-draft"];

/// A package of WASI whose interfaces have tables.
struct Package {
    name: &'static str,
    /// The tables, as a sentence names them.
    tables: &'static str,
    /// The interfaces that they decide about.
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

/// The tables that are about a package of WASI, given without `wasi:`, as a sentence names them.
pub(crate) fn tables_of(package: &str) -> Option<&'static str> {
    let known = PACKAGES.iter().find(|known| known.name == package);
    known.map(|known| known.tables)
}
