//! The cache of compiled code in the user's cache directory.

use std::fmt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use wasm_encoder::{ComponentExportKind, ComponentExportSection, ComponentInstanceSection};
use wasmparser::{ComponentAlias, ComponentExternalKind, ComponentTypeRef, Payload};
use wasmtime::component::Component;
use wasmtime::{Cache, CacheConfig, Config, Engine};

use crate::sections::rewrite;

/// Where compiled code is kept between runs. Wasmtime keys it by what was compiled, the compiler and its settings,
/// and removes what has not been used for long.
///
/// Wasmtime names a file by that key and does not look into it, so each component is compiled with an export whose name is
/// the digest of the component. Code that was compiled from another component is not used, even if its file has the right
/// name. Code that was made by hand is used: a program that can write to the directory decides what runs.
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
        Self::directory_of_user().map_or_else(Self::disabled, Self::in_directory)
    }

    /// Where the cache in the user's cache directory is, or would be; none if the user has no such directory.
    pub fn directory_of_user() -> Option<PathBuf> {
        let directories = directories::ProjectDirs::from("", "", "wasi-interpose")?;
        Some(directories.cache_dir().join("compiled"))
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
    pub fn apply(&self, config: &mut Config) {
        config.cache(self.cache.clone());
    }
}

/// How many entries of other components are skipped; each attempt uses another key.
const ATTEMPTS: u8 = 4;

/// Compiles a component, or takes it from the engine's cache if the cached code was compiled from this component.
///
/// # Errors
/// When the runtime does not take the component.
pub fn compile(engine: &Engine, component: &[u8]) -> wasmtime::Result<Component> {
    let digest = Sha256::digest(component);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    for attempt in 0..ATTEMPTS {
        let name = format!("compiled-from-x{digest}-x{attempt}");
        let marked = match marked(component, &name) {
            Ok(marked) => marked,
            // What is damaged is refused in the runtime's own words.
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

/// The component with an empty instance exported under this name, too.
fn marked(component: &[u8], name: &str) -> anyhow::Result<Vec<u8>> {
    let mut instances = 0;
    let mut marked = rewrite(component, |section, _| {
        let count = match section {
            Payload::ComponentImportSection(imports) => count(imports.clone(), |import| {
                matches!(import.ty, ComponentTypeRef::Instance(_))
            }),
            Payload::ComponentInstanceSection(instances) => Ok(instances.count()),
            Payload::ComponentAliasSection(aliases) => count(aliases.clone(), |alias| {
                matches!(
                    alias,
                    ComponentAlias::InstanceExport {
                        kind: ComponentExternalKind::Instance,
                        ..
                    }
                )
            }),
            Payload::ComponentExportSection(exports) => count(exports.clone(), |export| {
                export.kind == ComponentExternalKind::Instance
            }),
            _ => Ok(0),
        };
        instances += count?;
        Ok(false)
    })?;
    let mut added = wasm_encoder::Component::new();
    let header = added.as_slice().len();
    let mut empty = ComponentInstanceSection::new();
    empty.export_items::<&str, [(&str, ComponentExportKind, u32); 0]>([]);
    added.section(&empty);
    let mut export = ComponentExportSection::new();
    export.export(name, ComponentExportKind::Instance, instances, None);
    added.section(&export);
    marked.extend_from_slice(&added.as_slice()[header..]);
    Ok(marked)
}

/// How many items of a section are of a kind.
fn count<'a, T: wasmparser::FromReader<'a>>(
    section: wasmparser::SectionLimited<'a, T>,
    is_counted: impl Fn(&T) -> bool,
) -> Result<u32, wasmparser::BinaryReaderError> {
    let mut count = 0;
    for item in section {
        count += u32::from(is_counted(&item?));
    }
    Ok(count)
}

impl fmt::Debug for CompilationCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompilationCache")
            .field("enabled", &self.cache.is_some())
            .finish()
    }
}
