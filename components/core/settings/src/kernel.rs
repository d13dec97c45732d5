//! Configuration of the kernel: the filesystem, time and standard streams that the application sees.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{Clocks, Configuration, Timestamp};

/// Configuration of the kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelConfig<'a> {
    /// Preopens and limits.
    #[serde(borrow)]
    pub filesystem: FilesystemConfig<'a>,
    /// Time. [`Clocks::Offset`] and [`Clocks::Coarse`] are the `clocks` filter's and mean the host's here.
    pub clocks: Clocks,
    /// Whether the host's wall clock may be read, where `clocks` is the host's. An application that does not import
    /// it cannot see timestamps either: files then have [`Timestamp::WITHOUT_CLOCK`].
    pub wall_clock: bool,
    /// What the application reads from `wasi:cli/stdin`.
    #[serde(borrow)]
    pub stdin: Stdin<'a>,
    /// Where `wasi:cli/stdout` goes.
    #[serde(borrow)]
    pub stdout: Stdout<'a>,
    /// Where `wasi:cli/stderr` goes.
    #[serde(borrow)]
    pub stderr: Stdout<'a>,
    /// What `/dev/urandom` gives is asked from `wasi:random/random` only if this is set; otherwise reading it fails
    /// with `not-permitted`.
    pub random_device: bool,
}

impl Configuration for KernelConfig<'_> {
    const ADAPTER: &'static str = "kernel";
}

/// What the application reads from its standard input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stdin<'a> {
    /// The host's.
    Host(Terminal),
    /// Nothing: the stream is closed from the start.
    #[default]
    Closed,
    /// The host's, read to its end before the application gets any of it, and no terminal.
    Whole,
    /// These bytes, then the end.
    Bytes(#[serde(borrow, with = "serde_bytes")] &'a [u8]),
    /// The first read of each stream fails with `not-permitted`; then the stream is closed.
    Denied,
}

/// Where the application's standard output or error goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stdout<'a> {
    /// To the host.
    Host(Terminal),
    /// Nowhere: everything is accepted and dropped.
    #[default]
    Discard,
    /// To the host, each line with this text in front.
    Prefix(&'a str),
    /// The first write to each stream fails with `not-permitted`; then the stream is closed.
    Denied,
}

/// What `wasi:cli/terminal-*` answers for a standard stream that is the host's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Terminal {
    /// The host's answer.
    Host,
    /// Never a terminal.
    #[default]
    Never,
}

/// Preopens and limits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilesystemConfig<'a> {
    /// Bytes that all memory mounts together may hold; [`u64::MAX`] for no limit.
    pub max_bytes: u64,
    /// Files, directories and links that all memory mounts together may hold; [`u64::MAX`] for no limit.
    pub max_entries: u64,
    /// The preopens in the order in which the application sees them.
    #[serde(borrow)]
    pub mounts: Vec<Mount<'a>>,
}

/// A preopen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount<'a> {
    /// The name under which the application sees it, an absolute path.
    pub path: String,
    /// In memory, whether every change fails, with `not-permitted` as in a directory that Wasmtime opens read-only.
    pub read_only: bool,
    /// What it shows.
    #[serde(borrow)]
    pub source: Source<'a>,
}

/// What a mount shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source<'a> {
    /// Files in memory. Parents come before their children.
    Memory(#[serde(borrow)] Vec<Node<'a>>),
    /// The host's preopen that has the mount's `path` as its name. Whatever part of a directory it is to be, and whether
    /// it is read-only, is the business of the `host-filesystem` filter below.
    Host,
    /// Every preopen of the host, under its own name and in the host's order, in place of this mount: the filesystem
    /// is inherited. The mount's `path` is empty; a preopen whose name another mount has is left out.
    HostPreopens,
    /// Files in memory over the host's preopen that has the mount's `path` as its name, as in [`Source::Host`]: what the
    /// application changes stays in memory. The nodes hide what the host has of the same names; directories are merged.
    Overlay(#[serde(borrow)] Vec<Node<'a>>),
}

/// A file, directory, link or device that exists in a memory mount from the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node<'a> {
    /// Its path relative to the mount, with `/` between names and neither `.` nor `..` among them.
    pub path: String,
    /// Its three timestamps.
    pub modified: Timestamp,
    /// What it is.
    #[serde(borrow)]
    pub kind: NodeKind<'a>,
}

/// What a [`Node`] is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NodeKind<'a> {
    /// A directory, empty but for what later nodes put into it.
    Directory,
    /// A file with these contents.
    File(#[serde(borrow, with = "serde_bytes")] &'a [u8]),
    /// A symbolic link to this target.
    Symlink(&'a str),
    /// `/dev/null`: reads end at once, writes vanish.
    Null,
    /// `/dev/zero`: reads give zeroes, writes vanish.
    Zero,
    /// `/dev/urandom`: reads give random bytes, writes vanish.
    Random,
    /// `/dev/stdin`.
    Stdin,
    /// `/dev/stdout`.
    Stdout,
    /// `/dev/stderr`.
    Stderr,
}
