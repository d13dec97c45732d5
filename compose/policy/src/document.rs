//! Reads the tables of one policy file and lays them over the tables of the policy that it extends.

use std::path::Path;

use toml::de::DeValue;

use crate::error::Problem;
use crate::model::{Clocks, Fallback, Policy};
use crate::reader::{Entry, Reader, Table};
use crate::shape::{Key, Need, Shape, TableShape, Word, words};
use crate::tables::{
    application, clocks, config, faults, filesystem, http, interpose, limits, network, random,
    stdio,
};

/// The keys of a policy file.
pub(crate) static POLICY: TableShape = TableShape {
    name: "the policy",
    about: "A policy: what an application gets.",
    keys: &[
        VERSION_KEY,
        Key::new("description", Shape::Text, "What the policy is for."),
        Key::new(
            "extends",
            Shape::Text,
            "A built-in policy's name or a path; this file's keys change that policy's.",
        ),
        Key::new(
            "default",
            Shape::Words(words::<Fallback>),
            "What decides about that which the policy does not name; `deny` if not given.",
        ),
        of_table("arguments", &application::ARGUMENTS),
        of_table("environment", &application::ENVIRONMENT),
        of_table("stdio", &stdio::STDIO),
        of_table("filesystem", &filesystem::FILESYSTEM),
        of_table("network", &network::NETWORK),
        of_table("http", &http::HTTP),
        of_table("clocks", &clocks::CLOCKS),
        of_table("random", &random::RANDOM),
        of_table("exit", &application::EXIT),
        of_table("config", &config::CONFIG),
        of_table("interfaces", &config::INTERFACES),
        Key::new("faults", faults::SHAPE, "Faults to inject."),
        of_table("limits", &limits::LIMITS),
        Key::new(
            interpose::KEY,
            Shape::List(&Shape::Table(&interpose::INTERPOSE)),
            "The components that stand between the application and the adapters, the nearest to the application first.",
        ),
    ],
    rules: &[],
};

/// The key with which every policy and every graph begins.
pub(crate) const VERSION_KEY: Key = Key::new(
    "version",
    Shape::Version(VERSION),
    "The version of the policy language.",
)
.need(Need::Required("begin with `version = 1`"));

const fn of_table(name: &'static str, shape: &'static TableShape) -> Key {
    Key::new(name, Shape::Table(shape), shape.about)
}

impl Word for Fallback {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("deny", Self::Deny, "The application does not get it."),
        ("inherit", Self::Inherit, "The application gets the host's."),
        ("error", Self::Error, "Composing fails."),
    ];
}

/// The version of the policy language that this crate reads.
const VERSION: u64 = 1;

/// The policy that a file extends, in other comments "the extended policy".
#[derive(Default)]
pub(crate) struct Base {
    /// The extended policy with everything that it extends in turn; without tables if the file extends nothing.
    pub(crate) policy: Policy,
    /// Whether the file names a policy to extend that could be read.
    pub(crate) exists: bool,
}

/// Reads all keys of a file except `version` and `extends`, lays them over the extended policy, and reports tables that
/// contradict each other.
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
    let default = table
        .text(reader, "default")
        .and_then(|text| reader.word(&text, "default"));
    let description = table
        .text(reader, "description")
        .map(|text| text.value.to_string());
    if !exists && table.get("extends").is_none() {
        refuse_to_inherit_from_nothing(reader, table);
    }
    let interposers = interpose::interposers(reader, table, directory, &base.interposers);
    let mut layers = Layers { reader, table };
    let mut policy = Policy {
        description,
        files: base.files,
        paths: base.paths,
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
        http: layers.over("http", base.http, |reader, entry, base| {
            http::http(reader, entry, directory, base)
        }),
        clocks: layers.over("clocks", base.clocks, clocks::clocks),
        random: layers.over("random", base.random, random::random),
        exit: layers.over("exit", base.exit, application::exit),
        config: layers.over("config", base.config, config::config),
        interfaces: layers.over("interfaces", base.interfaces, config::interfaces),
        faults: layers.over("faults", base.faults, faults::faults),
        limits: layers.over("limits", base.limits, limits::limits),
        interposers,
    };
    refuse_peers_in_virtual_time(reader, table, &policy);
    policy.paths.extend(reader.take_paths());
    policy
}

/// The tables of a file, each of which is laid over the same table of the extended policy.
struct Layers<'a, 'r, 't> {
    reader: &'a mut Reader<'r>,
    table: &'a Table<'t>,
}

impl Layers<'_, '_, '_> {
    /// The file's table `key`, which `read` lays over `base`; `base` itself if the file has no such table.
    fn over<T: Default + PartialEq>(
        &mut self,
        key: &'static str,
        base: Option<T>,
        read: impl FnOnce(&mut Reader<'_>, &Entry<'_>, Option<&T>) -> Option<T>,
    ) -> Option<T> {
        let Some(entry) = self.table.get(key) else {
            return base;
        };
        // Over nothing, an empty table grants nothing. Over another table it changes nothing, although its author may
        // have meant it to take everything away.
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

/// Reports `inherit-mounts = false` and similar keys in a policy that extends nothing.
fn refuse_to_inherit_from_nothing(reader: &mut Reader<'_>, table: &Table<'_>) {
    for key in POLICY.keys {
        let (Shape::Table(shape), Some(entry)) = (&key.shape, table.get(key.name)) else {
            continue;
        };
        let DeValue::Table(entries) = entry.value.get() else {
            continue;
        };
        let inheriting = shape.keys.iter().filter(|key| key.need == Need::Extending);
        for (written, _) in inheriting.filter_map(|key| entries.get_key_value(key.name)) {
            let key = written.get_ref();
            let reason =
                format!("`{key}` is about the policy that this one extends, and it extends none");
            reader
                .contradiction(&written.span(), reason)
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
        let rules = &network.rules;
        !(rules.connect.is_empty()
            && rules.listen.is_empty()
            && rules.resolve.is_empty()
            && network.preopen.is_empty())
    })
}

fn reaches_http(policy: &Policy) -> bool {
    policy
        .http
        .as_ref()
        .is_some_and(|http| !http.rules.allow.is_empty())
}
