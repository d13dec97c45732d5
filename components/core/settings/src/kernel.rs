//! Configuration of the kernel: the filesystem, time and standard streams that the application sees.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{Clocks, Configuration, ResponsesConfig, Timestamp};

/// Configuration of the kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelConfig<'a> {
    /// Preopens and limits.
    #[serde(borrow)]
    pub filesystem: FilesystemConfig<'a>,
    /// The clocks. [`Clocks::Offset`] and [`Clocks::Coarse`] are for the `clocks` filter; the kernel treats them as
    /// [`Clocks::Host`].
    pub clocks: Clocks,
    /// Whether the kernel may read the host's wall clock where `clocks` are the host's. It may not if the application
    /// does not import this clock; files then have the time [`Timestamp::WITHOUT_CLOCK`].
    pub wall_clock: bool,
    /// Whether this clock of the host is `wasi:clocks/system-clock` of WASI 0.3.
    pub system_clock: bool,
    /// The input that the application reads from `wasi:cli/stdin`.
    #[serde(borrow)]
    pub stdin: Stdin<'a>,
    /// Where `wasi:cli/stdout` goes.
    #[serde(borrow)]
    pub stdout: Stdout<'a>,
    /// Where `wasi:cli/stderr` goes.
    #[serde(borrow)]
    pub stderr: Stdout<'a>,
    /// Whether `/dev/urandom` returns bytes of `wasi:random/random`. If not, reading it fails with `not-permitted`.
    pub random_device: bool,
    /// Whether these bytes come from the interface of WASI 0.3.
    pub random_p3: bool,
    /// The answers to HTTP requests; `None` if all requests are forwarded or refused.
    #[serde(borrow)]
    pub responses: Option<ResponsesConfig<'a>>,
}

impl Configuration for KernelConfig<'_> {
    const ADAPTER: &'static str = "kernel";
}

/// The input that the application reads from its standard input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stdin<'a> {
    /// The host's.
    Host(Terminal),
    /// No bytes: the stream is closed from the start.
    #[default]
    Closed,
    /// The host's, read to its end before the application gets any bytes. It is no terminal.
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
    /// Nowhere: all bytes are accepted and discarded.
    #[default]
    Discard,
    /// To the host, with this text in front of each line.
    Prefix(&'a str),
    /// The first write to each stream fails with `not-permitted`; then the stream is closed.
    Denied,
}

/// The answer of `wasi:cli/terminal-*` for a standard stream of the host.
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
    /// For a mount in memory, whether every change fails with `not-permitted`, as in a directory that Wasmtime opens
    /// read-only.
    pub read_only: bool,
    /// The files that the mount shows.
    #[serde(borrow)]
    pub source: Source<'a>,
}

/// The source of a mount's files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source<'a> {
    /// Files in memory. Parents come before their children.
    Memory(#[serde(borrow)] Vec<Node<'a>>),
    /// The host's preopen whose name is the mount's `path`. The `host-filesystem` filter below the kernel decides which
    /// part of a directory the preopen shows, and whether it is read-only.
    Host,
    /// Every preopen of the host, under its own name and in the host's order, in place of this mount: the filesystem is
    /// inherited. The mount's `path` is empty, and preopens whose names other mounts have are left out.
    HostPreopens,
    /// Files in memory over the host's preopen whose name is the mount's `path`, as in [`Source::Host`]. The
    /// application's changes stay in memory. The nodes hide the host's files of the same names; directories are merged.
    Overlay(#[serde(borrow)] Vec<Node<'a>>),
}

/// A file, directory, link or device that exists in a memory mount from the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node<'a> {
    /// The node's path relative to the mount: names with `/` between them, none of them `.` or `..`.
    pub path: String,
    /// The value of all three timestamps.
    pub modified: Timestamp,
    /// The type and the contents of the node.
    #[serde(borrow)]
    pub kind: NodeKind<'a>,
}

/// The type and the contents of a [`Node`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NodeKind<'a> {
    /// A directory, empty except for the later nodes in it.
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
