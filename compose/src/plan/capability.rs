//! Which capability of a policy decides about an interface.

use std::fmt;

use serde::Serialize;

use crate::interface::InterfaceName;

/// What a policy decides about, each by a table of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Capability {
    /// `wasi:io`: it follows whatever makes streams and pollables, no policy speaks of it.
    Io,
    /// `wasi:cli/environment`: `[environment]` and `[arguments]`.
    Environment,
    /// `wasi:cli/exit`.
    Exit,
    /// `wasi:cli/{stdin,stdout,stderr,terminal-*}`.
    Stdio,
    /// `wasi:filesystem`.
    Filesystem,
    /// `wasi:sockets`.
    Network,
    /// `wasi:http`.
    Http,
    /// `wasi:clocks`.
    Clocks,
    /// `wasi:random`.
    Random,
    /// `wasi:config`.
    Config,
    /// Everything else.
    Interfaces,
}

impl Capability {
    /// The capability that an interface belongs to: where there can be an adapter for it, which is in WASI 0.2 and for
    /// `wasi:config`.
    pub fn of(name: &InterfaceName) -> Self {
        if name.is_wasi_0_2() || name.package == "wasi:config" {
            Self::of_any_version(name)
        } else {
            Self::Interfaces
        }
    }

    /// The capability that an interface is about, whatever its version.
    pub fn of_any_version(name: &InterfaceName) -> Self {
        match (name.package.as_str(), name.interface.as_str()) {
            ("wasi:io", _) => Self::Io,
            ("wasi:cli", "environment") => Self::Environment,
            ("wasi:cli", "exit") => Self::Exit,
            ("wasi:cli", interface) if is_stdio(interface) => Self::Stdio,
            ("wasi:filesystem", _) => Self::Filesystem,
            ("wasi:sockets", _) => Self::Network,
            ("wasi:http", _) => Self::Http,
            ("wasi:clocks", _) => Self::Clocks,
            ("wasi:random", _) => Self::Random,
            ("wasi:config", _) => Self::Config,
            _ => Self::Interfaces,
        }
    }

    /// The policy's table.
    pub fn table(self) -> &'static str {
        match self {
            Self::Io => "wasi:io",
            Self::Environment => "environment",
            Self::Exit => "exit",
            Self::Stdio => "stdio",
            Self::Filesystem => "filesystem",
            Self::Network => "network",
            Self::Http => "http",
            Self::Clocks => "clocks",
            Self::Random => "random",
            Self::Config => "config",
            Self::Interfaces => "interfaces",
        }
    }

    /// The tables, or the keys of a table, that decide about it completely, as a sentence names them.
    pub fn tables(self) -> String {
        match self {
            Self::Environment => "the tables `[environment]` and `[arguments]`".into(),
            Self::Stdio => "`stdin`, `stdout` and `stderr` to the table `[stdio]`".into(),
            other => format!("a table `[{other}]`"),
        }
    }
}

fn is_stdio(interface: &str) -> bool {
    matches!(interface, "stdin" | "stdout" | "stderr") || interface.starts_with("terminal-")
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.table())
    }
}
