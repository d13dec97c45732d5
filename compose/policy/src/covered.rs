//! The interfaces of WASI that the tables of a policy decide about. `[interfaces]` can leave other interfaces to the
//! host by name.

use semver::Version;

/// The versions of `wasi:config/store` that `[config]` decides about. The two are the same but for the version; other
/// drafts are different interfaces.
pub const CONFIG_DRAFTS: [&str; 2] = ["0.2.0-rc.1", "0.2.0-draft"];

/// The release candidate of WASI 0.3 that differs from 0.3.0 in its version alone. Some hosts and toolchains keep it.
pub const P3_CANDIDATES: [&str; 1] = ["0.3.0-rc-2026-03-15"];

/// A package of WASI whose interfaces have tables.
struct Package {
    name: &'static str,
    /// The tables' names as part of a sentence.
    tables: &'static str,
    /// The interfaces of WASI 0.2, or of the drafts, that the tables decide about.
    interfaces: &'static [&'static str],
    /// The interfaces of WASI 0.3 that the tables decide about.
    of_p3: &'static [&'static str],
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
        of_p3: &[
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
            "types",
        ],
    },
    Package {
        name: "clocks",
        tables: "[clocks]",
        interfaces: &["monotonic-clock", "wall-clock"],
        of_p3: &["monotonic-clock", "system-clock", "types"],
    },
    Package {
        name: "config",
        tables: "[config]",
        interfaces: &["store"],
        of_p3: &[],
    },
    Package {
        name: "filesystem",
        tables: "[filesystem]",
        interfaces: &["preopens", "types"],
        of_p3: &["preopens", "types"],
    },
    Package {
        name: "http",
        tables: "[http]",
        interfaces: &["outgoing-handler", "types"],
        of_p3: &["client", "handler", "types"],
    },
    Package {
        name: "random",
        tables: "[random]",
        interfaces: &["insecure", "insecure-seed", "random"],
        of_p3: &["insecure", "insecure-seed", "random"],
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
        of_p3: &["ip-name-lookup", "types"],
    },
];

/// Whether this is a version of WASI 0.3: a release, or one of [`P3_CANDIDATES`].
pub fn is_p3(version: &Version) -> bool {
    let is_release = version.pre.is_empty();
    version.major == 0
        && version.minor == 3
        && (is_release || P3_CANDIDATES.contains(&version.to_string().as_str()))
}

/// Whether a table decides about an interface of a package of WASI, given without `wasi:`, in this version: in every release
/// of 0.2, in 0.3 as [`is_p3`] says, and in [`CONFIG_DRAFTS`].
pub fn has_table(package: &str, interface: &str, version: &Version) -> bool {
    let Some(known) = PACKAGES.iter().find(|known| known.name == package) else {
        return false;
    };
    if is_p3(version) {
        return known.of_p3.contains(&interface);
    }
    let in_version = match package {
        "config" => CONFIG_DRAFTS.contains(&version.to_string().as_str()),
        _ => version.major == 0 && version.minor == 2 && version.pre.is_empty(),
    };
    in_version && known.interfaces.contains(&interface)
}

/// The interfaces of WASI 0.2, and of the drafts, that have tables, named like `wasi:random/random`.
pub fn interfaces() -> impl Iterator<Item = String> {
    named(|package| package.interfaces)
}

/// The interfaces of WASI 0.3 that have tables, named like `wasi:clocks/system-clock`.
pub fn interfaces_of_p3() -> impl Iterator<Item = String> {
    named(|package| package.of_p3)
}

fn named(of: fn(&Package) -> &'static [&'static str]) -> impl Iterator<Item = String> {
    PACKAGES.iter().flat_map(move |package| {
        let interfaces = of(package).iter();
        interfaces.map(|interface| format!("wasi:{}/{interface}", package.name))
    })
}

/// The tables that decide about a package of WASI, given without `wasi:`, as part of a sentence.
pub(crate) fn tables_of(package: &str) -> Option<&'static str> {
    let known = PACKAGES.iter().find(|known| known.name == package);
    known.map(|known| known.tables)
}
