//! The tables of one policy file, laid over those of the policy that it extends.

use std::ops::Range;
use std::path::Path;

use toml::de::DeValue;

use crate::error::Problem;
use crate::model::{Clocks, Fallback, Policy, Stdio};
use crate::reader::{Reader, Table};
use crate::tables::{
    application, clocks, config, faults, filesystem, http, limits, network, random, stdio,
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
    "limits",
];

/// The version of the language.
const VERSION: u64 = 1;

/// What one file says.
pub(crate) struct Layer {
    /// The tables that the file names. Its `default` and `stdio` mean nothing.
    tables: Policy,
    default: Option<Fallback>,
    stdio: Option<Stdio>,
    /// Where the file says which clocks there are.
    clocks: Option<Range<usize>>,
    /// Where the file lets the network or HTTP through.
    peers: Option<Range<usize>>,
}

impl Layer {
    /// Reads all but `version` and `extends`.
    pub(crate) fn read(
        reader: &mut Reader<'_>,
        table: &Table<'_>,
        directory: Option<&Path>,
    ) -> Self {
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
        let clocks = table
            .get("clocks")
            .and_then(|entry| clocks::clocks(reader, &entry));
        let mut layer = Self {
            default,
            stdio: table
                .get("stdio")
                .and_then(|entry| stdio::stdio(reader, &entry, directory)),
            clocks: clocks.as_ref().map(|clocks| clocks.span.clone()),
            peers: None,
            tables: Policy {
                description,
                clocks: clocks.map(|clocks| clocks.value),
                arguments: table
                    .get("arguments")
                    .and_then(|entry| application::arguments(reader, &entry)),
                environment: table
                    .get("environment")
                    .and_then(|entry| application::environment(reader, &entry)),
                filesystem: table
                    .get("filesystem")
                    .and_then(|entry| filesystem::filesystem(reader, &entry, directory)),
                network: table
                    .get("network")
                    .and_then(|entry| network::network(reader, &entry)),
                http: table
                    .get("http")
                    .and_then(|entry| http::http(reader, &entry)),
                random: table
                    .get("random")
                    .and_then(|entry| random::random(reader, &entry)),
                exit: table
                    .get("exit")
                    .and_then(|entry| application::exit(reader, &entry)),
                config: table
                    .get("config")
                    .and_then(|entry| config::config(reader, &entry)),
                interfaces: table
                    .get("interfaces")
                    .and_then(|entry| config::interfaces(reader, &entry)),
                faults: table
                    .get("faults")
                    .and_then(|entry| faults::faults(reader, &entry)),
                limits: table
                    .get("limits")
                    .and_then(|entry| limits::limits(reader, &entry)),
                ..Policy::default()
            },
        };
        let peers = if reaches_network(&layer.tables) {
            Some("network")
        } else {
            None
        };
        let peers = peers.or(if reaches_http(&layer.tables) {
            Some("http")
        } else {
            None
        });
        layer.peers = peers.and_then(|key| table.get(key)).map(|entry| entry.span);
        layer
    }

    /// Lays the file's tables over those of `base`, and reports what means nothing together.
    pub(crate) fn over(self, reader: &mut Reader<'_>, base: Policy) -> Policy {
        let Self {
            tables,
            default,
            stdio,
            clocks,
            peers,
        } = self;
        let policy = Policy {
            description: tables.description,
            files: base.files,
            default: default.unwrap_or(base.default),
            arguments: tables.arguments.or(base.arguments),
            environment: tables.environment.or(base.environment),
            stdio: stdio.unwrap_or(base.stdio),
            filesystem: tables.filesystem.or(base.filesystem),
            network: tables.network.or(base.network),
            http: tables.http.or(base.http),
            clocks: tables.clocks.or(base.clocks),
            random: tables.random.or(base.random),
            exit: tables.exit.or(base.exit),
            config: tables.config.or(base.config),
            interfaces: tables.interfaces.or(base.interfaces),
            faults: tables.faults.or(base.faults),
            limits: tables.limits.or(base.limits),
        };
        // If this file names neither, the base is at fault and was reported.
        if matches!(policy.clocks, Some(Clocks::Virtual { .. }))
            && (reaches_network(&policy) || reaches_http(&policy))
            && let Some(place) = clocks.clone().or(peers.clone())
        {
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
        policy
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
