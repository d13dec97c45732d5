//! Configuration of the `host-filesystem` filter.

use alloc::{string::String, vec::Vec};

use interpose_rules::Glob;
use serde::{Deserialize, Serialize};

use crate::Configuration;

/// The host's directories that the application sees. The default shows none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostFilesystemConfig {
    /// The preopens in the order in which the application sees them. Where the last is [`HostMount::all_others`], the build
    /// of the filter with the feature `inherit` shows the host's other preopens too; other builds show nothing for it.
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

impl HostMount {
    /// What stands for every preopen of the host whose name is the path of no other mount: it has no path itself.
    pub fn all_others() -> Self {
        Self::default()
    }
}
