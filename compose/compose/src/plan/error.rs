//! Why an application cannot be planned under a policy.

use std::fmt;
use std::io;
use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

use super::bake::BakeError;
use crate::adapters::Adapter;
use crate::resolved::Refused;
use crate::wasi::Capability;

/// Why an application cannot be planned under a policy.
#[derive(Debug, Error, Diagnostic)]
pub enum PlanError {
    /// The policy refuses imports of the application or does not decide about them.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Refused(#[from] Refused),
    /// The policy asks for something that no adapter of this version can do.
    #[error("{what} is not available yet: {reason}")]
    #[diagnostic(code("plan::unavailable"))]
    Unavailable {
        /// The policy's request.
        what: String,
        /// The reason.
        reason: String,
    },
    /// A fault takes time, and time is not virtual.
    #[error("`{key}` in a rule of `[faults]` needs virtual time")]
    #[diagnostic(
        code("plan::fault-in-real-time"),
        help("write `mode = \"virtual\"` in `[clocks]`, or extend `deterministic`")
    )]
    FaultInRealTime {
        /// The key.
        key: &'static str,
    },
    /// The policy asks for virtual time, and the application reaches peers whose answers take real time.
    #[error(
        "virtual time cannot go together with {what} that reaches the host: a peer's answer takes real time"
    )]
    #[diagnostic(
        code("plan::real-time"),
        help("choose another mode of clocks, or deny it with an empty table `[{table}]`")
    )]
    RealTime {
        /// The way to the peers: the network or HTTP.
        what: &'static str,
        /// The table that can deny this way.
        table: Capability,
    },
    /// The files of a mount could not be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Bake(#[from] BakeError),
    /// A baked entry is in the place of a directory, a file, a link or a device that the policy asks for.
    #[error("the mount `{mount}` cannot have {wanted}: the baked {found} is in its place")]
    #[diagnostic(code("plan::obstructed"), help("{}", .wanted.instead()))]
    Obstructed {
        /// The mount's path.
        mount: String,
        /// The entry that the policy asks for.
        wanted: Wanted,
        /// The baked entry: its kind, and its path in the mount.
        found: String,
    },
    /// The mounts start with more entries than the policy's limit.
    #[error(
        "the memory mounts begin with {entries} files, directories and links, and `max-entries` is {limit}"
    )]
    #[diagnostic(
        code("plan::too-many-entries"),
        help(
            "raise `max-entries` under `[filesystem]`; each mount, and each of its devices, counts as one"
        )
    )]
    TooManyEntries {
        /// The number of entries.
        entries: u64,
        /// The limit.
        limit: u64,
    },
    /// The file for standard input could not be read.
    #[error("standard input cannot be read from `{}`: {source}", path.display())]
    #[diagnostic(code("plan::stdin"), help("check the path and its permissions"))]
    Stdin {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file that is the body of a response could not be read.
    #[error("the body of a response cannot be read from `{}`: {source}", path.display())]
    #[diagnostic(
        code("plan::response-body"),
        help("check the path and its permissions")
    )]
    ResponseBody {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// An adapter needs an interface of the host that the application does not import.
    #[error(
        "the policy needs `{interface}` of the host, which the application does not import, for the adapter `{adapter}`"
    )]
    #[diagnostic(code("plan::widens"))]
    Widens {
        /// The interface.
        interface: String,
        /// The adapter that needs it.
        adapter: Adapter,
    },
    /// An export of the application uses types that an adapter defines, so that no importer could use the export.
    #[error(
        "the export `{export}` uses types of `{interface}`, which under this policy belong to the adapter `{adapter}` and mean nothing outside"
    )]
    #[diagnostic(
        code("plan::leaks"),
        help(
            "inherit what needs the adapter, so that the application shares these types with its host"
        )
    )]
    Leaks {
        /// The export.
        export: String,
        /// The interface that has the types.
        interface: String,
        /// The adapter that defines them.
        adapter: Adapter,
    },
    /// An import that is left to the host uses types that an adapter defines and the host therefore does not know.
    #[error(
        "the import `{import}` is left to the host but uses types of `{interface}`, which under this policy belong to the adapter `{adapter}`"
    )]
    #[diagnostic(
        code("plan::foreign"),
        help(
            "inherit what needs the adapter, so that the application shares these types with its host"
        )
    )]
    Foreign {
        /// The import.
        import: String,
        /// The interface that has the types.
        interface: String,
        /// The adapter that defines them.
        adapter: Adapter,
    },
    /// An import that another component answers uses types that an adapter defines, so that the other component has
    /// different types of the same name.
    #[error(
        "the import `{import}` is answered by another component but uses types of `{interface}`, which under this policy belong to the adapter `{adapter}`"
    )]
    #[diagnostic(
        code("plan::not-shared"),
        help("inherit what needs the adapter, so that both components share the host's types")
    )]
    NotShared {
        /// The import.
        import: String,
        /// The interface that has the types.
        interface: String,
        /// The adapter that defines them.
        adapter: Adapter,
    },
    /// An embedded adapter is damaged.
    #[error("the adapter `{adapter}` cannot be read: {message}")]
    #[diagnostic(code("plan::adapter"))]
    Adapter {
        /// The adapter.
        adapter: Adapter,
        /// The error.
        message: String,
    },
}

/// An entry of a mount that a policy asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A directory in `directories`, relative to the mount.
    Directory(String),
    /// The absolute path of another mount, for which this mount needs a directory.
    MountPoint(String),
    /// A file in `files`, relative to the mount.
    File(String),
    /// A link in `links`, relative to the mount.
    Link(String),
    /// A device or the directory of the devices, relative to the mount.
    Device(String),
}

impl Wanted {
    /// The hint what to do about the entry in its place.
    fn instead(&self) -> &'static str {
        match self {
            Self::Directory(_) => {
                "leave it out of `from` with `exclude`, or the directory out of `directories`"
            }
            Self::File(_) => "leave it out of `from` with `exclude`, or the file out of `files`",
            Self::Link(_) => "leave it out of `from` with `exclude`, or the link out of `links`",
            Self::MountPoint(_) => {
                "leave it out of `from` with `exclude` or out of `files` and `links`, or mount elsewhere"
            }
            Self::Device(_) => {
                "leave it out of `from` with `exclude` or out of `files` and `links`, or set `devices = false`"
            }
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => write!(f, "the directory `{path}`"),
            Self::File(path) => write!(f, "the file `{path}`"),
            Self::Link(path) => write!(f, "the link `{path}`"),
            Self::MountPoint(path) => write!(f, "the mount `{path}` in it"),
            Self::Device(path) => write!(f, "the device `{path}`"),
        }
    }
}
