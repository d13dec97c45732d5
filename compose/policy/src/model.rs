//! A policy as plain data.
//!
//! A table that a policy does not name is `None`, and so is a stream that its `[stdio]` does not name:
//! [`Policy::default`] decides what the application gets. A table that is named says everything about its capability:
//! what it does not mention, the application does not get.

use std::path::PathBuf;

pub use interpose_http::HttpRules;
pub use interpose_rules::{Glob, Host, NamePattern, NetworkRules};
pub use interpose_settings::{Clocks, Exit, Random, Timestamp};

use crate::interface::InterfacePattern;
pub use crate::limits::{Bytes, Limit, Limits};
use crate::named::{NamedPath, PathUse};

/// What an application gets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// What the policy is for.
    pub description: Option<String>,
    /// The files that it was read from: its own, then those that it extends, nearest first. Text and built-in policies have
    /// none.
    pub files: Vec<PathBuf>,
    /// The paths of this machine that these files name, those of extended policies first; also of mounts and input that a
    /// policy replaces.
    pub paths: Vec<NamedPath>,
    /// What decides about that which the policy does not name.
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
    pub network: Option<NetworkRules>,
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
    /// Interfaces that no other table is about.
    pub interfaces: Option<Interfaces>,
    /// Faults to inject. This is no capability: `None` means no faults, also where `default` is `inherit`.
    pub faults: Option<Faults>,
    /// What a run may take of the machine. This is no capability either: `None` means no limits.
    pub limits: Option<Limits>,
}

impl Policy {
    /// The paths of this machine that its files name and it uses: not those of mounts and input that it replaces.
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
                    .any(|(_, contents)| {
                        matches!(contents, Contents::File(file) if *file == named.path)
                    }),
                PathUse::Host => sources.any(|source| {
                    source
                        .host()
                        .is_some_and(|host| host.directory == named.path)
                }),
                PathUse::Stdin => {
                    matches!(&self.stdio.stdin, Some(Stdin::File(file)) if *file == named.path)
                }
                PathUse::Component => false,
            }
        })
    }
}

/// What decides about that which a policy does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fallback {
    /// The application does not get it: no preopens, no input, output discarded, no variables and no arguments; each
    /// connection, lookup and request fails; clocks, random and exit trap; other interfaces are refused when composing.
    #[default]
    Deny,
    /// The application gets the host's.
    Inherit,
    /// Composing fails.
    Error,
}

/// Command-line arguments and the initial working directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// The arguments.
    pub list: ArgumentList,
    /// The initial working directory, an absolute path. `None`: the host's if the arguments are the host's, otherwise
    /// none.
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
    /// Names of the host's variables that are passed on.
    pub inherit: Vec<NamePattern>,
    /// Of those, names that are not passed on.
    pub except: Vec<NamePattern>,
    /// Names and values, in the policy's order, each name once. They win over inherited ones.
    pub set: Vec<(String, String)>,
}

/// Standard streams. `None`: not named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stdio {
    /// Standard input.
    pub stdin: Option<Stdin>,
    /// Standard output.
    pub stdout: Option<Stdout>,
    /// Standard error.
    pub stderr: Option<Stdout>,
    /// Whether a stream that is inherited is a terminal where the host says so.
    pub terminals: Option<bool>,
}

/// Where standard input comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stdin {
    /// The host's.
    Inherit,
    /// The host's, read to its end before the application gets any of it, and no terminal.
    Whole,
    /// Ends at once.
    Closed,
    /// The first read of each stream fails with an error that stands for `not-permitted`, after which the stream is closed.
    Deny,
    /// This text.
    Text(String),
    /// What this file holds when composing. A path that the policy gives relative to itself has its directory in front.
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
    /// Whether the host's preopens are the application's too, but for those whose names are paths of mounts.
    pub inherit: bool,
    /// Bytes that all memory mounts together may hold; `None`: no limit.
    pub max_bytes: Option<u64>,
    /// Files, directories and links that all memory mounts together may hold; `None`: no limit.
    pub max_entries: Option<u64>,
    /// The preopens, in the policy's order, each path once.
    pub mounts: Vec<Mount>,
}

/// A preopen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The name under which the application sees it: an absolute path without empty segments, `.` and `..`, and without
    /// a final slash unless it is `/`.
    pub path: String,
    /// What the application may do with it.
    pub access: Access,
    /// What it shows.
    pub source: Source,
}

/// What an application may do with a preopen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Everything.
    #[default]
    ReadWrite,
    /// Reading. Each change fails with `not-permitted`, as in a directory that Wasmtime opens read-only.
    ReadOnly,
}

/// What a preopen shows.
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
    /// The files in memory that it shows, if it shows any.
    pub fn memory(&self) -> Option<&Memory> {
        match self {
            Self::Host(_) => None,
            Self::Memory(memory) | Self::Overlay(memory, _) => Some(memory),
        }
    }

    /// The directory of the host that it shows, if it shows one.
    pub fn host(&self) -> Option<&HostDirectory> {
        match self {
            Self::Memory(_) => None,
            Self::Host(host) | Self::Overlay(_, host) => Some(host),
        }
    }
}

/// Files in memory, with the entries that they begin with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// A local directory whose contents are baked in when composing. A path that the policy gives relative to itself has
    /// its directory in front.
    pub from: Option<PathBuf>,
    /// Of that directory, only files whose path relative to it matches one of these; all if empty.
    pub include: Vec<Glob>,
    /// Of that directory, neither files nor directories whose path relative to it matches one of these.
    pub exclude: Vec<Glob>,
    /// The times of baked entries.
    pub times: Times,
    /// Directories: relative paths without empty segments, `.` and `..`, and without a final slash.
    pub directories: Vec<String>,
    /// Files, at paths like those of `directories`, in the policy's order. They replace files and links of `from`.
    pub files: Vec<(String, Contents)>,
    /// Symbolic links, at such paths, and where each leads. They replace files and links of `from`.
    pub links: Vec<(String, String)>,
    /// Whether there are devices: `null`, `zero`, `urandom`, `stdin`, `stdout` and `stderr`, in the directory `dev` of a
    /// preopen `/`, or in the root of a preopen `/dev`. Not set for other preopens.
    pub devices: bool,
}

/// What a file holds that a policy names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    /// This text.
    Text(String),
    /// What this file holds when composing. A path that the policy gives relative to itself has its directory in front.
    File(PathBuf),
}

/// The times of files and directories that are baked in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Times {
    /// The time at which a virtual or frozen clock starts, otherwise [`Timestamp::WITHOUT_CLOCK`]: equal contents give equal
    /// results.
    #[default]
    Fixed,
    /// When they were changed last on disk.
    Disk,
}

/// A directory of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostDirectory {
    /// The name of the host's preopen.
    pub preopen: String,
    /// The directory of this machine that a host shows under that name unless it is given another. A path that the policy
    /// gives relative to itself has its directory in front.
    pub directory: PathBuf,
    /// The directory below it that is shown: a relative path without empty segments, `.` and `..`.
    pub subtree: Option<String>,
    /// Paths relative to what is shown that do not exist for the application, nor what is below them.
    pub hide: Vec<Glob>,
}

/// Outgoing HTTP requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Http {
    /// Which requests may be made.
    pub rules: HttpRules,
    /// Headers, names in lower case, each once, that each request has with exactly this value.
    pub set_headers: Vec<(String, String)>,
    /// Headers, names in lower case, that no request has.
    pub remove_headers: Vec<String>,
}

/// Configuration values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Keys and values, in the policy's order, each key once. They win over inherited ones.
    pub set: Vec<(String, String)>,
    /// The host's keys that are passed on.
    pub inherit: Vec<NamePattern>,
    /// Of those, keys that are not passed on.
    pub except: Vec<NamePattern>,
}

/// Interfaces that no other table is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interfaces {
    /// Those that are the host's.
    pub allow: Vec<InterfacePattern>,
}

/// Faults to inject.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults {
    /// What decides which calls fail, together with the calls themselves. `None`: 0, unless the command line says.
    pub seed: Option<u64>,
    /// The rules. The first whose call and turn match decides.
    pub rules: Vec<FaultRule>,
}

/// A fault to inject.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultRule {
    /// The calls that it is about.
    pub on: FaultTarget,
    /// Of calls about files, those about paths (as the application sees them) that match.
    pub path: Option<Glob>,
    /// Of calls about peers, those about this host.
    pub host: Option<Host>,
    /// What happens.
    pub effect: FaultEffect,
    /// To which of the calls it happens.
    pub trigger: FaultTrigger,
    /// How many times it happens at most.
    pub limit: Option<u64>,
}

/// Calls that a fault is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultTarget {
    /// The capability.
    pub family: FaultFamily,
    /// What is called; `None` for everything of the family. Files: functions named as `wasi:filesystem/types` 0.2 names
    /// them, and `read` and `write` also mean streams. Standard streams: `read`, `write`. Network: `bind`, `connect`,
    /// `listen`, `accept`, `resolve`, `send`, `receive`. HTTP: `handle`.
    pub function: Option<&'static str>,
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
}

/// What a fault does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultEffect {
    /// The call fails with this error, named as the family's WASI package names it.
    Error(&'static str),
    /// A read or write moves fewer bytes than it could.
    Short,
    /// The call takes this many nanoseconds, from the least to the most.
    Delay {
        /// At least.
        least: u64,
        /// At most.
        most: u64,
    },
    /// The application ends as if the machine had lost power: what was not synchronised may be gone.
    Crash,
}

/// To which of the calls that a rule is about the fault happens.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum FaultTrigger {
    /// To all.
    #[default]
    Always,
    /// To each with this probability, above 0 and at most 1.
    Probability(f64),
    /// To this one, counted from 1.
    Nth(u64),
    /// To those made when at least this many nanoseconds have passed since the start.
    After(u64),
}
