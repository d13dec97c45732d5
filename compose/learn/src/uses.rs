//! What an application used of each capability.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use interpose_rules::Protocol;

/// How often something was used.
pub type Count = u64;

/// A name that nobody has (RFC 2606). A policy that lets it be looked up lets nothing be found, but has lookups fail as they
/// do on a host.
pub const NOBODY: &str = "invalid";

/// What an application used of each capability, and how often. It holds only what an application needs again to get the
/// same answers: a call that was refused is no use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// How often it was given arguments.
    pub arguments: Count,
    /// The working directory that it was given.
    pub cwd: Option<String>,
    /// The environment variables that it was given.
    pub variables: BTreeMap<String, Count>,
    /// How often it read standard input, waited for it, or was told that it is a terminal.
    pub stdin: Count,
    /// The same for writing to standard output.
    pub stdout: Count,
    /// The same for writing to standard error.
    pub stderr: Count,
    /// What it used of each preopen, by the preopen's name.
    pub preopens: BTreeMap<String, Files>,
    /// The peers that it connected to or sent to.
    pub connects: BTreeMap<Peer, Count>,
    /// The addresses that it bound sockets to.
    pub binds: BTreeMap<Local, Count>,
    /// The sockets that it made.
    pub sockets: BTreeMap<Protocol, Count>,
    /// The names and addresses that it looked up.
    pub lookups: BTreeMap<LookedUp, Count>,
    /// The HTTP requests that it made.
    pub requests: BTreeMap<Request, Count>,
    /// How often it used clocks.
    pub clocks: Count,
    /// How often it used random numbers.
    pub random: Count,
    /// How often it called `exit`: once, as that does not return.
    pub exit: Count,
    /// The configuration values that it was given, by their keys.
    pub config: BTreeMap<String, Count>,
    /// How often it called each interface, by the interface's name.
    pub calls: BTreeMap<String, Count>,
    /// What was refused.
    pub refusals: BTreeMap<Refusal, Count>,
    /// What it did that no rule of a policy can name, as part of a sentence: a lookup or request in an odd spelling.
    pub unnameable: BTreeMap<String, Count>,
}

/// What an application used of the files of a preopen. Paths are relative to it; the empty path is the preopen itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// Files that it opened for reading or whose attributes it read, with the largest size that they were seen to have.
    pub reads: BTreeMap<String, Read>,
    /// Directories that it opened.
    pub directories: BTreeMap<String, Count>,
    /// Directories that it listed.
    pub listings: BTreeMap<String, Count>,
    /// What it looked up and did not find.
    pub absent: BTreeMap<String, Count>,
    /// What it wrote, made, renamed, removed or opened for writing.
    pub changes: BTreeMap<String, Count>,
    /// How often an answer depended on more than which files there are and what they hold: paths with `..`, symbolic and
    /// hard links, attributes of directories, unusual errors.
    pub unusual: Count,
    /// How often times of files were read.
    pub times: Count,
}

/// What an application read of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// How often.
    pub count: Count,
    /// The largest number of bytes that the file was seen to have.
    pub size: u64,
}

impl Files {
    /// Whether the application did nothing with the preopen.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// How often the application did something that leaves the files as they are.
    pub fn looked(&self) -> Count {
        let reads = self.reads.values().map(|read| read.count);
        let others = [&self.directories, &self.listings, &self.absent];
        let others = others.into_iter().flat_map(BTreeMap::values).copied();
        reads.chain(others).sum()
    }

    /// How often the application changed something.
    pub fn changed(&self) -> Count {
        self.changes.values().sum()
    }
}

/// A peer of a socket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Peer {
    /// The transport protocol.
    pub protocol: Protocol,
    /// The peer's address, or the name whose lookup returned it.
    pub host: LookedUp,
    /// The peer's port.
    pub port: u16,
}

/// A name or an address, in canonical form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LookedUp {
    /// A name.
    Name(String),
    /// An address.
    Address(IpAddr),
}

/// An address of this host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Local {
    /// The transport protocol.
    pub protocol: Protocol,
    /// The address and the port; port 0 is one that the host chose.
    pub address: SocketAddr,
}

/// An HTTP request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Request {
    /// The URL without its query, as rules have it.
    pub url: String,
    /// The method.
    pub method: String,
}

/// A call that was refused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal {
    /// The interface and the function, such as `wasi:filesystem/types.descriptor.open-at`.
    pub function: String,
    /// What it was about: a path, an address, a name, a URL.
    pub subject: String,
    /// The error.
    pub error: String,
}
