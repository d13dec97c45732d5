//! The configurations that the adapters of an open composition get when it is instantiated.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::adapters::Adapter;
use crate::surface::Surface;

/// The prefix of the names of all imports of configurations. Applications must not be given such an import.
const PACKAGE: &str = "wasi-interpose:configuration/";

/// The function of such an import that returns the encoded configuration: `func() -> list<u8>`.
pub const GET: &str = "get";

/// The function of such an import that tells the host the adapter's result: `func(result: result<_, string>)`.
pub const DONE: &str = "done";

/// The configuration of one adapter, given to the instance that the adapter imports it from.
#[derive(Clone)]
pub struct Configuration {
    /// The name of the import.
    pub import: String,
    /// The adapter.
    pub adapter: Adapter,
    bytes: Source,
}

#[derive(Clone)]
enum Source {
    /// For any number of instances.
    Shared(Arc<Vec<u8>>),
    /// For one instance, so that the bytes are not kept beside the adapter's copy.
    Once(Arc<Mutex<Option<Arc<Vec<u8>>>>>),
}

impl Configuration {
    /// The configuration of the adapter with this number in a composition.
    pub(crate) fn new(number: usize, adapter: Adapter, bytes: Vec<u8>) -> Self {
        Self {
            import: format!("{PACKAGE}adapter{number}"),
            adapter,
            bytes: Source::Shared(Arc::new(bytes)),
        }
    }

    /// The encoded configuration for an instance; `None` if it was for one instance that has taken it.
    pub fn take(&self) -> Option<Arc<Vec<u8>>> {
        match &self.bytes {
            Source::Shared(bytes) => Some(Arc::clone(bytes)),
            Source::Once(bytes) => bytes.lock().unwrap_or_else(PoisonError::into_inner).take(),
        }
    }

    /// The same configuration for a single instance, which frees the memory when it takes the bytes.
    pub fn once(self) -> Self {
        let bytes = match self.bytes {
            Source::Shared(bytes) => Arc::new(Mutex::new(Some(bytes))),
            Source::Once(bytes) => bytes,
        };
        Self {
            bytes: Source::Once(bytes),
            ..self
        }
    }
}

impl fmt::Debug for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Configuration")
            .field("import", &self.import)
            .field("adapter", &self.adapter)
            .finish_non_exhaustive()
    }
}

/// Whether a component imports a name that is reserved for adapters.
pub(crate) fn imports_configuration(surface: &Surface) -> bool {
    let mut imports = surface.imports.iter();
    imports.any(|import| import.name.starts_with(PACKAGE))
}
