//! Writes a policy, merged with those that it extends, as sections of one policy file: each has a header, and keys with
//! values in TOML.
//!
//! A table that a policy has is written with at least one key, so that a reader can tell it from a table that the
//! policy lacks.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf, absolute};

use interpose_http::RequestRule;
use miette::Diagnostic;
use thiserror::Error;

use crate::model::{
    ArgumentList, Clocks, Contents, Disk, FaultEffect, FaultRule, FaultTarget, FaultTrigger,
    HostDirectory, Memory, Mount, Policy, Random, Source, Stdin, Stdout,
};
use crate::quantity::{DURATION, SIZE};
use crate::shape::Word;
use crate::tables::families::family_name;
use crate::tables::filesystem::Kind;
use crate::tables::{clocks, random};
use crate::timestamp;

/// Why a policy cannot be written as a file.
#[derive(Debug, Error, Diagnostic)]
pub enum EffectiveError {
    /// The path is not Unicode, and all text of a policy is.
    #[error("no policy file can name `{}`, which is not Unicode", path.display())]
    #[diagnostic(code("policy::not-unicode"), help("give the directory another name"))]
    NotUnicode {
        /// The path.
        path: PathBuf,
    },
    /// The system does not say which directory is the current one, to which the path is relative.
    #[error("cannot find out where `{}` is: {error}", path.display())]
    #[diagnostic(code("policy::current-directory"))]
    NotAbsolute {
        /// The path.
        path: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
}

/// A key with a value that differs between two policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The key behind the names of its tables, like `clocks.mode`. A mount is named by its path, like
    /// `filesystem.mounts."/data".access`, and a fault or an interposer by its place in the list, counted from 1.
    pub key: String,
    /// The value in the first policy, as TOML writes it; `None` if that policy lacks the key.
    pub old: Option<String>,
    /// The value in the second policy, in the same form.
    pub new: Option<String>,
}

/// Keys below one header.
struct Section {
    /// The header as the file has it, like `[clocks]`; empty for the keys at the beginning of the file.
    header: String,
    /// The prefix that makes the full name of each key, like `clocks.`.
    prefix: String,
    keys: Vec<(String, String)>,
}

impl Section {
    fn new(name: &str) -> Self {
        Self {
            header: format!("[{name}]"),
            prefix: format!("{name}."),
            keys: Vec::new(),
        }
    }

    fn put(&mut self, key: &str, value: impl Display) {
        self.keys.push((bare(key), value.to_string()));
    }

    fn put_text(&mut self, key: &str, value: impl Display) {
        self.put(key, text(value));
    }

    /// Adds a key of a table that is written within the section.
    fn put_below(&mut self, table: &str, key: &str, value: String) {
        self.keys.push((format!("{table}.{}", bare(key)), value));
    }

    /// Adds a list; an empty one only with `always`.
    fn put_list<T: Display>(&mut self, key: &str, items: &[T], always: bool) {
        if always || !items.is_empty() {
            self.put(key, list(items.iter().map(text)));
        }
    }
}

impl Policy {
    /// The policy as a file that means the same and extends nothing. Every path of this machine in it is absolute, so that
    /// the file can be anywhere.
    ///
    /// # Errors
    /// [`EffectiveError`] when a path cannot be written.
    pub fn to_toml(&self) -> Result<String, EffectiveError> {
        let mut file = String::from("version = 1\n");
        if let Some(description) = &self.description {
            file += &format!("description = {}\n", text(description));
        }
        for section in sections(self)? {
            if !section.header.is_empty() {
                file += &format!("\n{}\n", section.header);
            }
            for (key, value) in &section.keys {
                file += &format!("{key} = {value}\n");
            }
        }
        Ok(file)
    }

    /// The keys whose values differ in another policy: those of this policy first, in the order of [`Policy::to_toml`].
    /// Descriptions and the order of mounts and names are not compared.
    ///
    /// # Errors
    /// [`EffectiveError`] when a path cannot be written.
    pub fn differences(&self, other: &Self) -> Result<Vec<Difference>, EffectiveError> {
        let (old, new) = (settings(self)?, settings(other)?);
        let find = |settings: &[(String, String)], key: &str| {
            let found = settings.iter().find(|(known, _)| known == key);
            found.map(|(_, value)| value.clone())
        };
        let mut differences = Vec::new();
        for (key, value) in &old {
            let new = find(&new, key);
            if new.as_ref() != Some(value) {
                differences.push(Difference {
                    key: key.clone(),
                    old: Some(value.clone()),
                    new,
                });
            }
        }
        for (key, value) in new {
            if find(&old, &key).is_none() {
                differences.push(Difference {
                    key,
                    old: None,
                    new: Some(value),
                });
            }
        }
        Ok(differences)
    }
}

/// All keys with their values.
fn settings(policy: &Policy) -> Result<Vec<(String, String)>, EffectiveError> {
    let sections = sections(policy)?.into_iter();
    let keys = sections.flat_map(|section| {
        let named = move |(key, value)| (format!("{}{key}", section.prefix), value);
        section.keys.into_iter().map(named)
    });
    Ok(keys.collect())
}

fn sections(policy: &Policy) -> Result<Vec<Section>, EffectiveError> {
    let mut sections = vec![Section {
        header: String::new(),
        prefix: String::new(),
        keys: vec![("default".into(), text(policy.default.word()))],
    }];
    application(policy, &mut sections);
    stdio(policy, &mut sections)?;
    filesystem(policy, &mut sections)?;
    peers(policy, &mut sections);
    responses(policy, &mut sections)?;
    modes(policy, &mut sections);
    if let Some(config) = &policy.config {
        let mut section = Section::new("config");
        section.put_list("inherit", &config.inherit, true);
        section.put_list("except", &config.except, false);
        sections.push(section);
        names("config.set", &config.set, &mut sections);
    }
    if let Some(interfaces) = &policy.interfaces {
        let mut section = Section::new("interfaces");
        section.put_list("allow", &interfaces.allow, true);
        sections.push(section);
    }
    faults(policy, &mut sections);
    if let Some(limits) = &policy.limits {
        let mut section = Section::new("limits");
        if let Some(timeout) = &limits.timeout {
            let nanoseconds = u64::try_from(timeout.value.as_nanos()).unwrap_or(u64::MAX);
            section.put_text("timeout", DURATION.written(nanoseconds));
        }
        if let Some(memory) = &limits.max_memory {
            section.put_text("max-memory", memory.value);
        }
        if let Some(fuel) = &limits.fuel {
            section.put("fuel", fuel.value);
        }
        sections.push(section);
    }
    for (index, interposer) in policy.interposers.iter().enumerate() {
        let mut section = Section {
            header: "[[interpose]]".into(),
            prefix: format!("interpose.{}.", index + 1),
            keys: Vec::new(),
        };
        section.put("component", path(&interposer.component)?);
        if let Some(hash) = &interposer.sha256 {
            section.put_text("sha256", hash);
        }
        sections.push(section);
    }
    Ok(sections)
}

/// `[arguments]` and `[environment]`.
fn application(policy: &Policy, sections: &mut Vec<Section>) {
    if let Some(arguments) = &policy.arguments {
        let mut section = Section::new("arguments");
        match &arguments.list {
            ArgumentList::None => section.put("inherit", false),
            ArgumentList::Inherit => section.put("inherit", true),
            ArgumentList::Set(list) => section.put_list("set", list, true),
        }
        if let Some(cwd) = &arguments.cwd {
            section.put_text("cwd", cwd);
        }
        sections.push(section);
    }
    if let Some(environment) = &policy.environment {
        let mut section = Section::new("environment");
        section.put_list("inherit", &environment.inherit, true);
        section.put_list("except", &environment.except, false);
        sections.push(section);
        names("environment.set", &environment.set, sections);
    }
}

/// Writes a table of names and their values, unless it is empty.
fn names(table: &str, set: &[(String, String)], sections: &mut Vec<Section>) {
    let mut section = Section::new(table);
    for (name, value) in set {
        section.put_text(name, value);
    }
    if !set.is_empty() {
        sections.push(section);
    }
}

fn stdio(policy: &Policy, sections: &mut Vec<Section>) -> Result<(), EffectiveError> {
    let mut section = Section::new("stdio");
    match &policy.stdio.stdin {
        None => {}
        Some(Stdin::Text(input)) => {
            section.put("stdin", format_args!("{{ text = {} }}", text(input)));
        }
        Some(Stdin::File(file)) => {
            section.put("stdin", format_args!("{{ file = {} }}", path(file)?));
        }
        Some(word @ (Stdin::Inherit | Stdin::Whole | Stdin::Closed | Stdin::Deny)) => {
            section.put_text("stdin", word.word());
        }
    }
    for (key, output) in [
        ("stdout", &policy.stdio.stdout),
        ("stderr", &policy.stdio.stderr),
    ] {
        match output {
            None => {}
            Some(word @ (Stdout::Inherit | Stdout::Discard | Stdout::Deny)) => {
                section.put_text(key, word.word());
            }
            Some(Stdout::Prefix(prefix)) => {
                section.put(key, format_args!("{{ prefix = {} }}", text(prefix)));
            }
        }
    }
    if let Some(terminals) = policy.stdio.terminals {
        section.put("terminals", terminals);
    }
    if !section.keys.is_empty() {
        sections.push(section);
    }
    Ok(())
}

fn filesystem(policy: &Policy, sections: &mut Vec<Section>) -> Result<(), EffectiveError> {
    let Some(filesystem) = &policy.filesystem else {
        return Ok(());
    };
    let mut section = Section::new("filesystem");
    if filesystem.inherit {
        section.put("inherit", true);
    }
    if let Some(bytes) = filesystem.max_bytes {
        section.put_text("max-bytes", SIZE.written(bytes));
    }
    if let Some(entries) = filesystem.max_entries {
        section.put("max-entries", entries);
    }
    if filesystem.mounts.is_empty() {
        section.put("mounts", "[]");
    }
    if !section.keys.is_empty() {
        sections.push(section);
    }
    for mount in &filesystem.mounts {
        sections.push(of_mount(mount)?);
    }
    Ok(())
}

fn of_mount(mount: &Mount) -> Result<Section, EffectiveError> {
    let mut section = Section {
        header: "[[filesystem.mounts]]".into(),
        prefix: format!("filesystem.mounts.{}.", text(&mount.path)),
        keys: Vec::new(),
    };
    section.put_text("path", &mount.path);
    section.put_text("source", Kind::of(&mount.source).word());
    section.put_text("access", mount.access.word());
    match &mount.source {
        Source::Memory(memory) => put_memory(memory, &mut section)?,
        Source::Host(host) => put_host(host, &mut section)?,
        Source::Overlay(memory, host) => {
            put_host(host, &mut section)?;
            put_memory(memory, &mut section)?;
        }
    }
    Ok(section)
}

fn put_memory(memory: &Memory, section: &mut Section) -> Result<(), EffectiveError> {
    if let Some(from) = &memory.from {
        section.put("from", path(from)?);
        section.put_list("include", &memory.include, false);
        section.put_list("exclude", &memory.exclude, false);
    }
    let mut files = memory.files.iter();
    if memory.from.is_some() || files.any(|(_, file)| matches!(file, Contents::File(_))) {
        section.put_text("times", memory.times.word());
    }
    section.put_list("directories", &memory.directories, false);
    for (name, contents) in &memory.files {
        let contents = match contents {
            Contents::Text(contents) => text(contents),
            Contents::File(file) => format!("{{ file = {} }}", path(file)?),
        };
        section.put_below("files", name, contents);
    }
    for (name, target) in &memory.links {
        section.put_below("links", name, text(target));
    }
    if memory.devices {
        section.put("devices", true);
    }
    Ok(())
}

fn put_host(host: &HostDirectory, section: &mut Section) -> Result<(), EffectiveError> {
    let (directory, preopen) = (path(&host.directory)?, text(&host.preopen));
    if preopen != directory {
        section.put("preopen", preopen);
    }
    section.put("host", directory);
    if let Some(subtree) = &host.subtree {
        section.put_text("subtree", subtree);
    }
    section.put_list("hide", &host.hide, false);
    Ok(())
}

/// `[network]` and `[http]`.
fn peers(policy: &Policy, sections: &mut Vec<Section>) {
    if let Some(network) = &policy.network {
        let mut section = Section::new("network");
        let rules = &network.rules;
        section.put_list("connect", &rules.connect, true);
        section.put_list("listen", &rules.listen, false);
        section.put_list("preopen", &network.preopen, false);
        section.put_list("resolve", &rules.resolve, false);
        section.put_list("deny", &rules.deny, false);
        sections.push(section);
    }
    if let Some(http) = &policy.http {
        let mut section = Section::new("http");
        section.put("allow", list(http.rules.allow.iter().map(request)));
        if !http.rules.deny.is_empty() {
            section.put("deny", list(http.rules.deny.iter().map(request)));
        }
        section.put_list("remove-headers", &http.remove_headers, false);
        sections.push(section);
        names("http.set-headers", &http.set_headers, sections);
    }
}

/// `[[http.responses]]`.
fn responses(policy: &Policy, sections: &mut Vec<Section>) -> Result<(), EffectiveError> {
    let responses = policy.http.iter().flat_map(|http| &http.responses);
    for (index, response) in responses.enumerate() {
        let mut section = Section {
            header: "[[http.responses]]".into(),
            prefix: format!("http.responses.{}.", index + 1),
            keys: Vec::new(),
        };
        if let Some(methods) = &response.requests.methods {
            section.put_list("methods", methods, true);
        }
        section.put_text("url", &response.requests.url);
        section.put("status", response.status);
        let same = |left: &(String, String), right: &(String, String)| left.0 == right.0;
        for group in response.headers.chunk_by(same) {
            let mut values = group.iter().map(|(_, value)| text(value));
            let value = match group {
                [_] => values.next().unwrap_or_default(),
                _ => list(values),
            };
            section.put_below("headers", &group[0].0, value);
        }
        match &response.body {
            Contents::Text(body) if body.is_empty() => {}
            Contents::Text(body) => section.put_text("body", body),
            Contents::File(file) => section.put("file", path(file)?),
        }
        if response.latency > 0 {
            section.put_text("latency", DURATION.written(response.latency));
        }
        if let Some(times) = response.times {
            section.put("times", times);
        }
        sections.push(section);
    }
    Ok(())
}

/// A rule about requests as TOML writes it.
pub fn request(rule: &RequestRule) -> String {
    match &rule.methods {
        None => text(&rule.url),
        Some(methods) => format!(
            "{{ methods = {}, url = {} }}",
            list(methods.iter().map(text)),
            text(&rule.url)
        ),
    }
}

/// `[clocks]`, `[random]` and `[exit]`.
fn modes(policy: &Policy, sections: &mut Vec<Section>) {
    if let Some(clocks) = &policy.clocks {
        let mut section = Section::new("clocks");
        section.put_text("mode", clocks::Mode::of(clocks).word());
        match clocks {
            Clocks::Host | Clocks::Deny => {}
            Clocks::Virtual { start, tick } | Clocks::Frozen { start, tick } => {
                section.put("start", timestamp::to_toml(*start));
                section.put_text("tick", DURATION.written(*tick));
            }
            Clocks::Offset { nanoseconds } => {
                let sign = if *nanoseconds < 0 { "-" } else { "" };
                let offset = DURATION.written(nanoseconds.unsigned_abs());
                section.put_text("offset", format_args!("{sign}{offset}"));
            }
            Clocks::Coarse { resolution } => {
                section.put_text("resolution", DURATION.written(*resolution));
            }
        }
        sections.push(section);
    }
    if let Some(random) = &policy.random {
        let mut section = Section::new("random");
        section.put_text("mode", random::Mode::of(random).word());
        if let Random::Seeded(seed) = random {
            section.put("seed", seed);
        }
        sections.push(section);
    }
    if let Some(exit) = &policy.exit {
        let mut section = Section::new("exit");
        section.put_text("mode", exit.word());
        sections.push(section);
    }
}

fn faults(policy: &Policy, sections: &mut Vec<Section>) {
    let Some(faults) = &policy.faults else {
        return;
    };
    let mut section = Section::new("faults");
    if let Some(seed) = faults.seed {
        section.put("seed", seed);
    }
    if faults.rules.is_empty() {
        section.put("rules", "[]");
    }
    if !section.keys.is_empty() {
        sections.push(section);
    }
    if faults.disk != Disk::default() {
        let mut section = Section::new("faults.disk");
        section.put_text("block", faults.disk.block.word());
        section.put("ordered", faults.disk.ordered);
        sections.push(section);
    }
    for (index, rule) in faults.rules.iter().enumerate() {
        sections.push(fault(index, rule));
    }
}

fn fault(index: usize, rule: &FaultRule) -> Section {
    let mut section = Section {
        header: "[[faults.rules]]".into(),
        prefix: format!("faults.rules.{}.", index + 1),
        keys: Vec::new(),
    };
    let (on, function) = match &rule.on {
        FaultTarget::Family { family, function } => (family_name(*family), *function),
        FaultTarget::Interface {
            interface,
            function,
        } => (interface.as_str(), function.as_deref()),
    };
    match function {
        Some(function) => section.put_text("on", format_args!("{on}.{function}")),
        None => section.put_text("on", on),
    }
    if let Some(path) = &rule.path {
        section.put_text("path", path);
    }
    if let Some(host) = &rule.host {
        section.put_text("host", host);
    }
    if let Some(request) = &rule.url {
        section.put_text("url", &request.url);
    }
    match &rule.effect {
        FaultEffect::Error(error) => section.put_text("error", error),
        FaultEffect::Short => section.put("short", true),
        FaultEffect::Delay { least, most } => {
            let (least, most) = (DURATION.written(*least), DURATION.written(*most));
            section.put_text("delay", format_args!("{least}..{most}"));
        }
        FaultEffect::Jump(by) => section.put_text("jump", signed(*by)),
        FaultEffect::Crash => section.put("crash", true),
    }
    match rule.trigger {
        FaultTrigger::Always => {}
        FaultTrigger::Probability(probability) => {
            section.put("probability", format_args!("{probability:?}"));
        }
        FaultTrigger::Nth(nth) => section.put("nth", nth),
        FaultTrigger::From(from) => section.put("from", from),
        FaultTrigger::After(after) => section.put_text("after", DURATION.written(after)),
    }
    if let Some(limit) = rule.limit {
        section.put("limit", limit);
    }
    section
}

/// A duration with a sign in front if it is negative.
fn signed(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    format!("{sign}{}", DURATION.written(nanoseconds.unsigned_abs()))
}

/// A path of this machine as an absolute path in quotes, so that the file can be moved.
fn path(path: &Path) -> Result<String, EffectiveError> {
    let absolute = absolute(path).map_err(|error| EffectiveError::NotAbsolute {
        path: path.into(),
        error,
    })?;
    match absolute.to_str() {
        Some(path) => Ok(text(path)),
        None => Err(EffectiveError::NotUnicode { path: absolute }),
    }
}

/// A text in quotes, with escapes where it needs them, in one line.
pub fn text(value: impl Display) -> String {
    let value = value.to_string();
    let mut quoted = String::from("\"");
    for c in value.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted += "\\n",
            '\t' => quoted += "\\t",
            '\r' => quoted += "\\r",
            '\'' => quoted.push(c),
            // Invisible characters, and those that change the direction of text, are written as escapes.
            c if c.escape_debug().count() > 1 => match u32::from(c) {
                code @ ..=0xffff => quoted += &format!("\\u{code:04x}"),
                code => quoted += &format!("\\U{code:08x}"),
            },
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A list of values that are TOML already.
pub fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// A key, in quotes if TOML needs them.
fn bare(key: &str) -> String {
    let is_bare = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    match !key.is_empty() && key.bytes().all(is_bare) {
        true => key.into(),
        false => text(key),
    }
}
