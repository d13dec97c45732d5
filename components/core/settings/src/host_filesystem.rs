//! Configuration of the `host-filesystem` filter.

use alloc::{string::String, vec::Vec};

use interpose_rules::Glob;
use serde::{Deserialize, Serialize};

use crate::Configuration;

/// The host's directories that the application sees. The default shows none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostFilesystemConfig {
    /// The preopens in the order in which the application sees them.
    pub mounts: Vec<HostMount>,
}

impl Configuration for HostFilesystemConfig {
    const ADAPTER: &'static str = "host-filesystem";
}

/// A preopen that shows a directory of the host, or a part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostMount {
    /// The name under which the application sees it, an absolute path.
    pub path: String,
    /// The name of the host's preopen.
    pub preopen: String,
    /// The directory below it that the mount shows; empty for the preopen itself.
    pub subtree: String,
    /// Whether every change fails with `not-permitted`, as in a directory that Wasmtime opens read-only.
    pub read_only: bool,
    /// Paths, relative to the shown directory, that do not exist for the application. Nothing below them exists either.
    pub hide: Vec<Glob>,
}
