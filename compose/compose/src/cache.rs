//! The cache of compiled code in the user's cache directory.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};
use wasm_encoder::{ComponentExportKind, ComponentExportSection, ComponentInstanceSection};
use wasmtime::component::Component;
use wasmtime::{Cache, CacheConfig, Config, Engine};

use crate::indices::Indices;
use crate::sections::rewrite;

/// The directory that keeps compiled code between runs. Wasmtime keys the code by the component, the compiler and its
/// settings, and removes code that has not been used for long.
///
/// Wasmtime names a file by that key and does not check its contents, so each component is compiled with an additional
/// export whose name is the component's digest. The cache does not use code that was compiled from another component,
/// even if its file has the right name. It cannot detect code that was made by hand: a program that can write to the
/// directory decides what runs.
#[derive(Clone, Default)]
pub struct CompilationCache {
    cache: Option<Cache>,
}

impl CompilationCache {
    /// No cache: every component is compiled anew.
    pub fn disabled() -> Self {
        Self::default()
    }

    /// The cache in the user's cache directory; [`CompilationCache::disabled`] if there is no such directory or it is
    /// not writable.
    pub fn of_user() -> Self {
        Self::directory_of_user().map_or_else(Self::disabled, Self::in_directory)
    }

    /// The path of the cache in the user's cache directory, whether it exists or not; `None` if the user has no cache
    /// directory.
    pub fn directory_of_user() -> Option<PathBuf> {
        let directories = directories::ProjectDirs::from("", "", "wasi-interpose")?;
        Some(directories.cache_dir().join("compiled"))
    }

    /// A cache in this directory, which is created if necessary; [`CompilationCache::disabled`] if that fails. A
    /// relative path counts from the current directory. If the code exceeds [`LIMIT`], the least recently used code is
    /// removed first.
    pub fn in_directory(directory: PathBuf) -> Self {
        Self::limited(directory, LIMIT)
    }

    /// Like [`CompilationCache::in_directory`], with another limit in bytes. Code that this process adds beyond the
    /// limit is removed by later processes, or by this one within hours.
    pub fn limited(directory: PathBuf, limit: u64) -> Self {
        let open = || {
            std::fs::create_dir_all(&directory)?;
            let directory = directory.canonicalize()?;
            // Wasmtime removes excess code once in an hour, and only if the process lives long enough.
            if let Ok(stored) = Stored::in_directory(&directory) {
                stored.shrink(limit);
            }
            let mut config = CacheConfig::new();
            config.with_directory(directory);
            config.with_files_total_size_soft_limit(limit);
            Cache::new(config)
        };
        Self { cache: open().ok() }
    }

    /// The directory of the cache; `None` if it is disabled.
    pub fn directory(&self) -> Option<&Path> {
        self.cache.as_ref().map(|cache| cache.directory().as_path())
    }

    /// Makes engines with this configuration use the cache.
    pub fn apply(&self, config: &mut Config) {
        config.cache(self.cache.clone());
    }
}

/// The limit of the compiled code in bytes: 512 MiB.
pub const LIMIT: u64 = 512 << 20;

/// The compiled code in the directory of a cache.
#[derive(Debug)]
pub struct Stored {
    entries: Vec<Entry>,
}

/// The compiled code of a component.
#[derive(Debug)]
struct Entry {
    /// The file of the code, and Wasmtime's notes about it.
    files: Vec<PathBuf>,
    bytes: u64,
    /// The time of the last use.
    used: SystemTime,
}

impl Stored {
    /// Lists the compiled code in a directory; a directory that does not exist is empty.
    ///
    /// # Errors
    /// The error of the system.
    pub fn in_directory(directory: &Path) -> io::Result<Self> {
        let mut entries = BTreeMap::new();
        // Wasmtime makes a folder for each of its versions there.
        for folder in list(&directory.join("modules"))? {
            if folder.file_type()?.is_dir() {
                for file in list(&folder.path())? {
                    add(&mut entries, &file);
                }
            }
        }
        Ok(Self {
            entries: entries.into_values().collect(),
        })
    }

    /// The number of compiled components.
    pub fn entries(&self) -> usize {
        self.entries.len()
    }

    /// The size of their code in bytes.
    pub fn bytes(&self) -> u64 {
        self.entries.iter().map(|entry| entry.bytes).sum()
    }

    /// Removes all compiled code. Running programs keep the code that they have loaded.
    ///
    /// # Errors
    /// The first error of the system; the other files are removed nevertheless.
    pub fn clear(self) -> io::Result<()> {
        let files = self.entries.iter().flat_map(|entry| &entry.files);
        // One file that cannot be removed must not save the others.
        let mut result = Ok(());
        for file in files {
            let removed = remove(file);
            result = result.and(removed);
        }
        result
    }

    /// If the code exceeds `limit`, removes the least recently used code until a quarter of the limit is free.
    fn shrink(mut self, limit: u64) {
        let mut bytes = self.bytes();
        if bytes <= limit {
            return;
        }
        self.entries.sort_by_key(|entry| entry.used);
        for entry in &self.entries {
            if bytes <= limit - limit / 4 {
                return;
            }
            // The next process tries again to remove a file that could not be removed.
            if entry.files.iter().all(|file| remove(file).is_ok()) {
                bytes -= entry.bytes;
            }
        }
    }
}

/// The entries of a directory; none if the directory does not exist.
fn list(directory: &Path) -> io::Result<Vec<DirEntry>> {
    match fs::read_dir(directory) {
        Ok(entries) => entries.collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Adds a file to its entry, unless another process has just removed the file.
fn add(entries: &mut BTreeMap<PathBuf, Entry>, file: &DirEntry) {
    let Ok(metadata) = file.metadata() else {
        return;
    };
    if !metadata.is_file() {
        return;
    }
    let path = file.path();
    let entry = entries.entry(path.with_extension("")).or_insert(Entry {
        files: Vec::new(),
        bytes: 0,
        used: UNIX_EPOCH,
    });
    entry.files.push(path);
    entry.bytes += metadata.len();
    // Wasmtime rewrites the notes of code when it uses the code.
    entry.used = entry.used.max(metadata.modified().unwrap_or(UNIX_EPOCH));
}

/// Removes a file; another process may have removed it in the meantime.
fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The number of cached entries of other components that are skipped; each attempt uses another key.
const ATTEMPTS: u8 = 4;

/// Compiles a component, or takes it from the engine's cache if the cached code was compiled from this component.
///
/// # Errors
/// The error of the runtime when it refuses the component, and an error when the cache has code of other components
/// under all names that are tried.
pub fn compile(engine: &Engine, component: &[u8]) -> wasmtime::Result<Component> {
    let digest = Sha256::digest(component);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    for attempt in 0..ATTEMPTS {
        let name = format!("compiled-from-x{digest}-x{attempt}");
        let marked = match marked(component, &name) {
            Ok(marked) => marked,
            // The runtime explains itself why it refuses a damaged component.
            Err(error) => {
                let reason =
                    wasmtime::format_err!("it cannot be given a name in the cache: {error}");
                return Component::new(engine, component).and_then(|_| Err(reason));
            }
        };
        let compiled = Component::new(engine, &marked)?;
        if compiled.get_export_index(None, &name).is_some() {
            return Ok(compiled);
        }
    }
    Err(wasmtime::format_err!(
        "the directory of compiled code holds code of other components under this one's names"
    ))
}

/// The component with an additional export of this name, an empty instance.
fn marked(component: &[u8], name: &str) -> anyhow::Result<Vec<u8>> {
    let mut indices = Indices::default();
    let mut marked = rewrite(component, |section, _| {
        indices.add(section)?;
        Ok(false)
    })?;
    let mut added = wasm_encoder::Component::new();
    let header = added.as_slice().len();
    let mut empty = ComponentInstanceSection::new();
    empty.export_items::<&str, [(&str, ComponentExportKind, u32); 0]>([]);
    added.section(&empty);
    let mut export = ComponentExportSection::new();
    export.export(name, ComponentExportKind::Instance, indices.instances, None);
    added.section(&export);
    marked.extend_from_slice(&added.as_slice()[header..]);
    Ok(marked)
}

impl fmt::Debug for CompilationCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompilationCache")
            .field("enabled", &self.cache.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A cache whose entries have ten bytes each, the first used longest ago, and notes that say so.
    fn filled(count: u32) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        let folder = directory.path().join("modules/version");
        fs::create_dir_all(&folder).unwrap();
        for number in 0..count {
            fs::write(folder.join(format!("entry{number}")), "12345678").unwrap();
            let notes = fs::File::create(folder.join(format!("entry{number}.stats"))).unwrap();
            notes.set_len(2).unwrap();
            let used = SystemTime::now() + Duration::from_secs(u64::from(number));
            notes.set_modified(used).unwrap();
        }
        directory
    }

    fn stored(directory: &Path) -> (usize, u64) {
        let stored = Stored::in_directory(directory).unwrap();
        (stored.entries(), stored.bytes())
    }

    #[test]
    fn what_is_too_much_is_removed_the_least_recently_used_first() {
        let directory = filled(10);
        assert_eq!(stored(directory.path()), (10, 100));
        CompilationCache::limited(directory.path().into(), 100);
        assert_eq!(stored(directory.path()), (10, 100));
        CompilationCache::limited(directory.path().into(), 80);
        assert_eq!(stored(directory.path()), (6, 60));
        let folder = directory.path().join("modules/version");
        for number in 0..10 {
            for name in [format!("entry{number}"), format!("entry{number}.stats")] {
                assert_eq!(folder.join(&name).exists(), number >= 4, "{name}");
            }
        }
    }

    #[test]
    fn a_cache_is_cleared() {
        let directory = filled(3);
        fs::write(directory.path().join("other"), "x").unwrap();
        let all = Stored::in_directory(directory.path()).unwrap();
        all.clear().unwrap();
        assert_eq!(stored(directory.path()), (0, 0));
        assert!(directory.path().join("other").exists());
        assert_eq!(stored(&directory.path().join("missing")), (0, 0));
    }
}
