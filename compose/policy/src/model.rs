//! A policy as plain data.
//!
//! A table that a policy does not have is `None`, and so is a stream that its `[stdio]` does not name:
//! [`Policy::default`] decides about these. A table that a policy has decides everything about its capability: the
//! application does not get what the table does not mention.

use std::net::SocketAddr;
use std::path::PathBuf;

pub use interpose_http::{HttpMatcher, HttpRules, Method, OutgoingRequest, RequestRule, UrlRule};
pub use interpose_rules::{Glob, Host, NamePattern, NetworkRules, SocketRule};
pub use interpose_settings::{Clocks, Exit, Random, Timestamp};

use crate::interface::InterfacePattern;
pub use crate::limits::{Bytes, Limit, Limits};
use crate::named::{NamedPath, PathUse};

/// The capabilities that an application gets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// The purpose of the policy, in its author's words.
    pub description: Option<String>,
    /// The files of this policy: its own, then those that it extends, nearest first. Text and built-in policies have no
    /// file.
    pub files: Vec<PathBuf>,
    /// The paths of this machine that these files name, those of extended policies first, including the paths of mounts
    /// and input that an extending policy replaces.
    pub paths: Vec<NamedPath>,
    /// Decides about the tables that the policy does not have.
    pub default: Fallback,
    /// `wasi:cli/environment`: `get-arguments` and `initial-cwd`.
    pub arguments: Option<Arguments>,
    /// `wasi:cli/environment`: `get-environment`.
    pub environment: Option<Environment>,
    /// `wasi:cli/{stdin,stdout,stderr}` and `wasi:cli/terminal-*`.
    pub stdio: Stdio,
    /// `wasi:filesystem`.
    pub filesystem: Option<Filesystem>,
    /// `wasi:sockets`.
    pub network: Option<Network>,
    /// `wasi:http/outgoing-handler`.
    pub http: Option<Http>,
    /// `wasi:clocks`.
    pub clocks: Option<Clocks>,
    /// `wasi:random`.
    pub random: Option<Random>,
    /// `wasi:cli/exit`.
    pub exit: Option<Exit>,
    /// `wasi:config/store`.
    pub config: Option<Config>,
    /// The interfaces that no other table decides about.
    pub interfaces: Option<Interfaces>,
    /// The faults to inject. Faults are no capability: `None` means no faults, even where `default` is `inherit`.
    pub faults: Option<Faults>,
    /// Limits of a run. Limits are no capability either: `None` means no limits.
    pub limits: Option<Limits>,
    /// Components that stand between the application and the adapters, the nearest to the application first.
    pub interposers: Vec<Interposer>,
}

impl Policy {
    /// The paths of this machine that the policy's files name and the policy uses: without those of replaced mounts and
    /// input.
    pub fn used_paths(&self) -> impl Iterator<Item = &NamedPath> {
        self.paths.iter().filter(|named| {
            let mounts = self.filesystem.iter().flat_map(|table| &table.mounts);
            let mut sources = mounts.map(|mount| &mount.source);
            match named.purpose {
                PathUse::Baked => sources
                    .filter_map(|source| source.memory()?.from.as_ref())
                    .any(|from| *from == named.path),
                PathUse::BakedFile => sources
                    .flat_map(|source| source.memory().into_iter())
                    .flat_map(|memory| &memory.files)
                    .map(|(_, contents)| contents)
                    .chain(self.response_bodies())
                    .any(
                        |contents| matches!(contents, Contents::File(file) if *file == named.path),
                    ),
                PathUse::Host => sources.any(|source| {
                    source
                        .host()
                        .is_some_and(|host| host.directory == named.path)
                }),
                PathUse::Stdin => {
                    matches!(&self.stdio.stdin, Some(Stdin::File(file)) if *file == named.path)
                }
                PathUse::Interposer => {
                    let mut interposers = self.interposers.iter();
                    interposers.any(|interposer| interposer.component == named.path)
                }
                PathUse::Component => false,
            }
        })
    }

    /// The bodies of the responses to HTTP requests.
    fn response_bodies(&self) -> impl Iterator<Item = &Contents> {
        let responses = self.http.iter().flat_map(|http| &http.responses);
        responses.map(|response| &response.body)
    }
}

/// Decides about a table or a stream that a policy does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fallback {
    /// The application does not get the capability: no preopens, no input, output discarded, no variables and no
    /// arguments; each connection, lookup and request fails; clocks, random and exit trap; composing fails for other
    /// interfaces.
    #[default]
    Deny,
    /// The application gets the host's capability.
    Inherit,
    /// Composing fails.
    Error,
}

/// Command-line arguments and the initial working directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// The arguments.
    pub list: ArgumentList,
    /// The initial working directory, an absolute path. With `None` the application gets the host's if it gets the
    /// host's arguments, otherwise none.
    pub cwd: Option<String>,
}

/// Command-line arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ArgumentList {
    /// None, not even the program's name.
    #[default]
    None,
    /// The host's.
    Inherit,
    /// These, the program's name first.
    Set(Vec<String>),
}

/// Environment variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// The host's variables that the application sees.
    pub inherit: Vec<NamePattern>,
    /// The inherited variables that the application does not see.
    pub except: Vec<NamePattern>,
    /// Variables with their values, in the policy's order, each name once. They replace inherited variables of the same
    /// name.
    pub set: Vec<(String, String)>,
}

/// Standard streams. [`Policy::default`] decides about those that are `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stdio {
    /// Standard input.
    pub stdin: Option<Stdin>,
    /// Standard output.
    pub stdout: Option<Stdout>,
    /// Standard error.
    pub stderr: Option<Stdout>,
    /// Whether an inherited stream is a terminal if the host says that it is one.
    pub terminals: Option<bool>,
}

/// Where standard input comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stdin {
    /// The host's.
    Inherit,
    /// The host's, read to its end before the application gets any of it, and no terminal.
    Whole,
    /// Empty: the first read finds the end.
    Closed,
    /// The first read of each stream fails with an error that stands for `not-permitted`, after which the stream is closed.
    Deny,
    /// The bytes of this text.
    Text(String),
    /// The contents of this file at the time of composing. A relative path in the policy is joined to the policy's
    /// directory.
    File(PathBuf),
}

/// Where standard output or error goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stdout {
    /// To the host's.
    Inherit,
    /// Nowhere.
    Discard,
    /// The first write to each stream fails with an error that stands for `not-permitted`, after which the stream is closed.
    Deny,
    /// To the host's, each line with this text in front. Not empty, no line break.
    Prefix(String),
}

/// Preopens and limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filesystem {
    /// Whether the application also gets the host's preopens, except those whose names are paths of mounts.
    pub inherit: bool,
    /// Bytes that all memory mounts together may hold; `None`: no limit.
    pub max_bytes: Option<u64>,
    /// Files, directories and links that all memory mounts together may hold; `None`: no limit.
    pub max_entries: Option<u64>,
    /// The mounts, in the policy's order, each path once.
    pub mounts: Vec<Mount>,
}

/// A preopen that the policy describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The name of the preopen for the application: an absolute path without empty segments, `.` and `..`, and without
    /// a final slash unless it is `/`.
    pub path: String,
    /// The operations that the application may do on the preopen.
    pub access: Access,
    /// The files that the preopen shows.
    pub source: Source,
}

/// What an application may do with a preopen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Every operation.
    #[default]
    ReadWrite,
    /// Reading only. Each change fails with `not-permitted`, as in a directory that Wasmtime opens read-only.
    ReadOnly,
}

/// The files that a preopen shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Files in memory.
    Memory(Memory),
    /// A directory of the host.
    Host(HostDirectory),
    /// Files in memory over a directory of the host.
    Overlay(Memory, HostDirectory),
}

impl Source {
    /// The preopen's files in memory, if it has any.
    pub fn memory(&self) -> Option<&Memory> {
        match self {
            Self::Host(_) => None,
            Self::Memory(memory) | Self::Overlay(memory, _) => Some(memory),
        }
    }

    /// The directory of the host that the preopen shows, if it shows one.
    pub fn host(&self) -> Option<&HostDirectory> {
        match self {
            Self::Memory(_) => None,
            Self::Host(host) | Self::Overlay(_, host) => Some(host),
        }
    }
}

/// Files in memory, with the entries that exist at the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// A local directory whose contents are baked in when composing. A relative path in the policy is joined to the
    /// policy's directory.
    pub from: Option<PathBuf>,
    /// The files of `from` that are baked in: those whose path relative to `from` matches one of these; all files if
    /// empty.
    pub include: Vec<Glob>,
    /// The files and directories of `from` that are not baked in: those whose path relative to `from` matches one of
    /// these.
    pub exclude: Vec<Glob>,
    /// The times of baked entries.
    pub times: Times,
    /// Directories: relative paths without empty segments, `.` and `..`, and without a final slash.
    pub directories: Vec<String>,
    /// Files in the policy's order, with paths of the same form. They replace files and links of `from`.
    pub files: Vec<(String, Contents)>,
    /// Symbolic links, with paths of the same form, and the target of each. They replace files and links of `from`.
    pub links: Vec<(String, String)>,
    /// Whether the preopen has the devices `null`, `zero`, `urandom`, `stdin`, `stdout` and `stderr`: a preopen `/` in
    /// its directory `dev`, a preopen `/dev` in its root. `false` for other preopens.
    pub devices: bool,
}

/// The contents of a file that the policy names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    /// The bytes of this text.
    Text(String),
    /// The contents of this file at the time of composing. A relative path in the policy is joined to the policy's
    /// directory.
    File(PathBuf),
}

/// The times of files and directories that are baked in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Times {
    /// The time at which a virtual or frozen clock starts, or [`Timestamp::WITHOUT_CLOCK`] without such a clock, so
    /// that composing equal contents gives equal components.
    #[default]
    Fixed,
    /// The times of their last changes on disk.
    Disk,
}

/// A directory of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostDirectory {
    /// The name of the host's preopen.
    pub preopen: String,
    /// The directory of this machine that a host shows under that name unless it is told another. A relative path in
    /// the policy is joined to the policy's directory.
    pub directory: PathBuf,
    /// The part of the directory that the preopen shows: a relative path without empty segments, `.` and `..`; `None`
    /// for all of it.
    pub subtree: Option<String>,
    /// Paths, relative to the shown directory, that do not exist for the application, nor does anything below them.
    pub hide: Vec<Glob>,
}

/// Sockets and name lookup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// What sockets and lookups may reach.
    pub rules: NetworkRules,
    /// Sockets that listen already when a core module for preview 1 starts, each of one address and one port.
    pub preopen: Vec<SocketRule>,
}

impl Network {
    /// The rules, with those that the preopened sockets need to listen.
    pub fn all_rules(&self) -> NetworkRules {
        let mut rules = self.rules.clone();
        let missing = self
            .preopen
            .iter()
            .filter(|socket| !self.rules.listen.contains(socket));
        rules.listen.extend(missing.cloned());
        rules
    }

    /// The addresses of the preopened sockets.
    pub fn listeners(&self) -> Vec<SocketAddr> {
        self.preopen
            .iter()
            .filter_map(SocketRule::address)
            .collect()
    }
}

/// Outgoing HTTP requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Http {
    /// The requests that the application may make.
    pub rules: HttpRules,
    /// Answers without a network, in the policy's order. The first that is for a request answers it; the rules decide
    /// about the others.
    pub responses: Vec<HttpResponse>,
    /// Headers that each request has, with exactly these values: names in lower case, each once.
    pub set_headers: Vec<(String, String)>,
    /// Headers that no request has: names in lower case, each once.
    pub remove_headers: Vec<String>,
}

/// An answer to HTTP requests, without a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpResponse {
    /// The requests that it is for.
    pub requests: RequestRule,
    /// How many requests it answers at most; `None` for any number.
    pub times: Option<u64>,
    /// The status code, from 200 to 599.
    pub status: u16,
    /// The headers in the policy's order: names in lower case, and values. A name with several values is repeated.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Contents,
    /// Nanoseconds between the request and the first byte of the answer.
    pub latency: u64,
}

/// Configuration values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Keys with their values, in the policy's order, each key once. They replace inherited keys of the same name.
    pub set: Vec<(String, String)>,
    /// The host's keys that the application sees.
    pub inherit: Vec<NamePattern>,
    /// The inherited keys that the application does not see.
    pub except: Vec<NamePattern>,
}

/// The interfaces that no other table decides about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interfaces {
    /// The interfaces that the host answers.
    pub allow: Vec<InterfacePattern>,
}

/// A component that answers imports of the application, and whose own imports the policy decides about as it does about
/// those of the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interposer {
    /// The file of the component. A relative path in the policy is joined to the policy's directory.
    pub component: PathBuf,
    /// The SHA-256 hash that the file must have, as 64 lower-case hexadecimal digits; `None` for any file.
    pub sha256: Option<String>,
}

/// Faults to inject.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults {
    /// The seed that, together with the calls themselves, decides which calls fail. `None` means 0, unless the command
    /// line sets a seed.
    pub seed: Option<u64>,
    /// The rules. The first rule that matches a call and fires for it decides.
    pub rules: Vec<FaultRule>,
    /// The disk under the files in memory.
    pub disk: Disk,
}

/// The disk that a loss of power hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    /// What it writes as a whole.
    pub block: DiskBlock,
    /// Whether it keeps changes of names and sizes in their order, each with the bytes that it shows.
    pub ordered: bool,
}

/// What a disk writes as a whole or not at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DiskBlock {
    /// 512 bytes, the sector of a hard disk.
    #[default]
    Bytes512,
    /// 4096 bytes, the sector of newer disks.
    Bytes4096,
}

impl DiskBlock {
    /// The number of bytes.
    pub fn bytes(self) -> u32 {
        match self {
            Self::Bytes512 => 512,
            Self::Bytes4096 => 4096,
        }
    }
}

/// A fault to inject.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultRule {
    /// The calls that the rule matches.
    pub on: FaultTarget,
    /// Narrows calls with a path to those whose path, as the application sees it, matches.
    pub path: Option<Glob>,
    /// Narrows calls to peers to those to this host.
    pub host: Option<Host>,
    /// Narrows calls about HTTP requests to these requests.
    pub url: Option<RequestRule>,
    /// The effect on a call.
    pub effect: FaultEffect,
    /// The matching calls on which the rule fires.
    pub trigger: FaultTrigger,
    /// How often the rule fires at most; `None` means without end.
    pub limit: Option<u64>,
}

/// The calls that a fault rule matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultTarget {
    /// Calls of a capability.
    Family {
        /// The capability.
        family: FaultFamily,
        /// The function that matches; `None` for every function of the family. Files: functions named as
        /// `wasi:filesystem/types` 0.2 names them, and `read` and `write` also match streams. Standard streams: `read`,
        /// `write`. Network: `bind`, `connect`, `listen`, `accept`, `resolve`, `send`, `receive`. HTTP: `handle`, and
        /// `body` for reading the body of a response. Clocks: `now`.
        function: Option<&'static str>,
    },
    /// Calls of an interface.
    Interface {
        /// Its name without a version: all versions match.
        interface: String,
        /// The function that matches, such as `open` or `bucket.get`; `None` for every function of the interface.
        function: Option<String>,
    },
}

/// A capability that faults can be injected into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultFamily {
    /// `wasi:filesystem`.
    Filesystem,
    /// `wasi:cli/{stdin,stdout,stderr}`.
    Stdio,
    /// `wasi:sockets`.
    Network,
    /// `wasi:http/outgoing-handler`.
    Http,
    /// `wasi:clocks`.
    Clocks,
}

/// The effect of a fault on a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultEffect {
    /// The call fails with this error, named as WIT names it.
    Error(String),
    /// A read or write moves fewer bytes than it could.
    Short,
    /// The call takes a number of nanoseconds between two bounds.
    Delay {
        /// The lower bound, included.
        least: u64,
        /// The upper bound, included.
        most: u64,
    },
    /// Before the call, both clocks go forwards by so many nanoseconds, or the wall clock alone goes backwards.
    Jump(i64),
    /// The application ends as if the machine had lost power: data that was not synchronised may be lost.
    Crash,
}

/// The matching calls on which a fault rule fires.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum FaultTrigger {
    /// Every call.
    #[default]
    Always,
    /// Each call with this probability, above 0 and at most 1.
    Probability(f64),
    /// The call with this number, counted from 1.
    Nth(u64),
    /// The call with this number, counted from 1, and all later ones.
    From(u64),
    /// Calls made when at least this many nanoseconds have passed since the start.
    After(u64),
}
