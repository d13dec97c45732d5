//! The cache of compiled code in the user's cache directory.

use std::fmt;
use std::path::{Path, PathBuf};

use wasmtime::{Cache, CacheConfig, Config};

/// Where compiled code is kept between runs. Wasmtime keys it by what was compiled, the compiler and its settings,
/// and removes what has not been used for long.
#[derive(Clone, Default)]
pub struct CompilationCache {
    cache: Option<Cache>,
}

impl CompilationCache {
    /// No cache: everything is compiled anew.
    pub fn disabled() -> Self {
        Self::default()
    }

    /// The cache in the user's cache directory; none where there is no such directory or it cannot be written.
    pub fn of_user() -> Self {
        match user_directory() {
            Some(directory) => Self::in_directory(directory.join("compiled")),
            None => Self::disabled(),
        }
    }

    /// A cache in this directory, which is made if need be; none if it cannot be. A relative path counts from the
    /// current directory.
    pub fn in_directory(directory: PathBuf) -> Self {
        let open = || {
            std::fs::create_dir_all(&directory)?;
            let mut config = CacheConfig::new();
            config.with_directory(directory.canonicalize()?);
            Cache::new(config)
        };
        Self { cache: open().ok() }
    }

    /// The directory in which compiled code is kept, if it is.
    pub fn directory(&self) -> Option<&Path> {
        self.cache.as_ref().map(|cache| cache.directory().as_path())
    }

    /// Makes an engine with this configuration use the cache.
    pub(crate) fn apply(&self, config: &mut Config) {
        config.cache(self.cache.clone());
    }
}

impl fmt::Debug for CompilationCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompilationCache")
            .field("enabled", &self.cache.is_some())
            .finish()
    }
}

/// The tool's directory in the user's cache directory, if the user has one.
fn user_directory() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "wasi-interpose")
        .map(|directories| directories.cache_dir().to_owned())
}
