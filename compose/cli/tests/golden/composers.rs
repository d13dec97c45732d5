//! Composers that link in a certain way, whatever the suite does.

use std::sync::LazyLock;

use wasi_interpose::cache::CompilationCache;
use wasi_interpose::compose::Composer;
use wasi_interpose::link::Linking;
use wasi_interpose::link::fuse::glue::Memories;

use crate::support::tools::cache_directory;

/// Wires everything, as the library does unless it is told otherwise.
pub static WIRING: LazyLock<Composer> = LazyLock::new(|| composer(Linking::Wired));

/// Fuses what can be fused, as `interpose compose` does unless it is told otherwise.
pub static FUSING: LazyLock<Composer> =
    LazyLock::new(|| composer(Linking::Fused(Memories::Portable)));

fn composer(linking: Linking) -> Composer {
    let cache = CompilationCache::in_directory(cache_directory());
    let composer = Composer::new(&cache).expect("a composer");
    composer.linked(linking)
}
