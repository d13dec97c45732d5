//! The tables of one policy file, laid over those of the policy that it extends.

use std::path::Path;

use toml::de::DeValue;

use crate::error::Problem;
use crate::model::{Clocks, Fallback, Policy};
use crate::reader::{Entry, Reader, Table};
use crate::tables::{
    INHERIT_SET, application, clocks, config, faults, filesystem, http, network, random, stdio,
};

/// The keys of a policy.
pub(crate) const POLICY: &[&str] = &[
    "version",
    "description",
    "extends",
    "default",
    "arguments",
    "environment",
    "stdio",
    "filesystem",
    "network",
    "http",
    "clocks",
    "random",
    "exit",
    "config",
    "interfaces",
    "faults",
];

/// Keys that say whether something with names is inherited or begins anew, and the tables that have them.
const ANEW: [(&str, &str); 4] = [
    ("filesystem", filesystem::INHERIT_MOUNTS),
    ("environment", INHERIT_SET),
    ("config", INHERIT_SET),
    ("http", http::INHERIT_SET_HEADERS),
];

/// The version of the language.
const VERSION: u64 = 1;

/// The policy that a file extends.
#[derive(Default)]
pub(crate) struct Base {
    /// What it comes to. That of a file which extends nothing has no tables.
    pub(crate) policy: Policy,
    /// Whether the file names one that could be read.
    pub(crate) exists: bool,
}

/// Reads all keys of a file but `version` and `extends`, laid over what the policy that it extends comes to, and reports
/// what means nothing together.
pub(crate) fn read(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    directory: Option<&Path>,
    base: Base,
) -> Policy {
    let Base {
        policy: base,
        exists,
    } = base;
    let default = table.text(reader, "default").and_then(|text| {
        let words = [
            ("deny", Fallback::Deny),
            ("inherit", Fallback::Inherit),
            ("error", Fallback::Error),
        ];
        reader.word(&text, "default", &words)
    });
    let description = table
        .text(reader, "description")
        .map(|text| text.value.to_string());
    if !exists {
        refuse_to_inherit_from_nothing(reader, table);
    }
    let mut layers = Layers { reader, table };
    let policy = Policy {
        description,
        files: base.files,
        default: default.unwrap_or(base.default),
        arguments: layers.over("arguments", base.arguments, application::arguments),
        environment: layers.over("environment", base.environment, application::environment),
        stdio: layers
            .over("stdio", Some(base.stdio), |reader, entry, base| {
                stdio::stdio(reader, entry, directory, base)
            })
            .unwrap_or_default(),
        filesystem: layers.over("filesystem", base.filesystem, |reader, entry, base| {
            filesystem::filesystem(reader, entry, directory, base)
        }),
        network: layers.over("network", base.network, network::network),
        http: layers.over("http", base.http, http::http),
        clocks: layers.over("clocks", base.clocks, clocks::clocks),
        random: layers.over("random", base.random, random::random),
        exit: layers.over("exit", base.exit, application::exit),
        config: layers.over("config", base.config, config::config),
        interfaces: layers.over("interfaces", base.interfaces, config::interfaces),
        faults: layers.over("faults", base.faults, faults::faults),
    };
    refuse_peers_in_virtual_time(reader, table, &policy);
    policy
}

/// A file's tables, each to be laid over that of the policy that the file extends.
struct Layers<'a, 'r, 't> {
    reader: &'a mut Reader<'r>,
    table: &'a Table<'t>,
}

impl Layers<'_, '_, '_> {
    /// The table `key` of the file as `read` lays it over `base`, or else `base`.
    fn over<T: Default + PartialEq>(
        &mut self,
        key: &'static str,
        base: Option<T>,
        read: impl FnOnce(&mut Reader<'_>, &Entry<'_>, Option<&T>) -> Option<T>,
    ) -> Option<T> {
        let Some(entry) = self.table.get(key) else {
            return base;
        };
        // Without a policy below it, an empty table takes everything away; who writes it over another one may mean that.
        let says_nothing =
            matches!(entry.value.get(), DeValue::Table(entries) if entries.is_empty());
        if says_nothing && base.as_ref().is_some_and(|base| *base != T::default()) {
            self.reader
                .contradiction(
                    &entry.span,
                    "an empty table changes nothing of the policy that this one extends",
                )
                .with_hint("write the keys that are to change: an empty list takes a list away");
        }
        read(self.reader, &entry, base.as_ref())
    }
}

/// Reports `inherit-mounts = false` and the like in a policy that extends nothing.
fn refuse_to_inherit_from_nothing(reader: &mut Reader<'_>, table: &Table<'_>) {
    for (name, key) in ANEW {
        if let Some(DeValue::Table(entries)) = table.get(name).map(|entry| entry.value.get())
            && let Some((written, _)) = entries.get_key_value(key)
            && table.get("extends").is_none()
        {
            reader
                .contradiction(
                    &written.span(),
                    format!(
                        "`{key}` is about the policy that this one extends, and it extends none"
                    ),
                )
                .with_hint("remove it");
        }
    }
}

/// Reports virtual time beside peers. If the file names neither, the policy that it extends is at fault and was reported.
fn refuse_peers_in_virtual_time(reader: &mut Reader<'_>, table: &Table<'_>, policy: &Policy) {
    let reached = [
        ("network", reaches_network(policy)),
        ("http", reaches_http(policy)),
    ];
    let virtual_time = matches!(policy.clocks, Some(Clocks::Virtual { .. }));
    if !virtual_time || reached.iter().all(|(_, reaches)| !reaches) {
        return;
    }
    let clocks = table.get("clocks").map(|entry| clocks::place(&entry));
    let peers = reached
        .iter()
        .filter(|(_, reaches)| *reaches)
        .find_map(|(key, _)| table.get(key))
        .map(|entry| entry.span);
    let Some(place) = clocks.clone().or(peers.clone()) else {
        return;
    };
    let problem = reader.contradiction(
        &place,
        "virtual time cannot go together with a network or HTTP that reaches the host: \
         a peer's answer takes real time",
    );
    problem.with_hint("choose another mode of clocks, or allow no peers");
    if let (Some(_), Some(peers)) = (clocks, peers) {
        problem.with_label(peers, "reaches the host");
    }
}

/// Reports a version of the language that is missing or not known.
pub(crate) fn check_version(reader: &mut Reader<'_>, table: &Table<'_>) {
    let Some(entry) = table.require(reader, "version", "begin with `version = 1`") else {
        return;
    };
    let DeValue::Integer(_) = entry.value.get() else {
        entry
            .value
            .mismatch(reader, "an integer")
            .with_hint("write `version = 1`");
        return;
    };
    let Some(found) = entry.value.unsigned(reader, "`version`") else {
        return;
    };
    if found != VERSION {
        let problem = Problem::Version {
            found: found.to_string(),
        };
        reader
            .report(&entry.value.span(), problem)
            .with_hint("this program knows `version = 1`");
    }
}

fn reaches_network(policy: &Policy) -> bool {
    policy.network.as_ref().is_some_and(|network| {
        !(network.connect.is_empty() && network.listen.is_empty() && network.resolve.is_empty())
    })
}

fn reaches_http(policy: &Policy) -> bool {
    policy
        .http
        .as_ref()
        .is_some_and(|http| !http.rules.allow.is_empty())
}
