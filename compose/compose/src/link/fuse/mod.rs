//! Puts an application and what answers its imports into one component, with generated core functions between them in
//! place of the runtime's.
//!
//! | Module | Does |
//! | --- | --- |
//! | `items` | the definitions of a component, one by one |
//! | `references` | what a definition refers to |
//! | `target`, `reindex` | writes definitions into another component, where they have other indices |
//! | `component`, `callee`, `uses` | what is there on both sides, and what one uses of the other |
//! | `agree`, `signatures`, `structure` | types: whether both sides agree, their layout, writing them out |
//! | [`glue`] | generates the modules that stand between |
//! | `stand_ins` | functions in place of what the component model gave to an adapter |
//! | `trim` | removes from an adapter what nobody calls any more |
//! | `copy`, `merge` | puts all into one component |
//! | `parts` | chooses the parts of a composition that are fused |
//! | `refusal` | why something stays a component of its own |

mod agree;
mod callee;
mod component;
mod copy;
pub mod glue;
mod items;
mod merge;
mod parts;
mod references;
mod refusal;
mod reindex;
mod signatures;
mod stand_ins;
mod structure;
mod target;
mod trim;
mod uses;

use std::collections::{BTreeMap, BTreeSet};

use callee::Callee;
use component::Component;
use glue::Memories;
use merge::Merge;
pub use parts::{Fate, Fused, fuse_parts};
pub use refusal::{Refusal, Side};
use trim::trim;
use uses::Uses;

/// What is fused.
pub struct Fusion<'a> {
    /// The component that imports.
    pub application: &'a [u8],
    /// The component that answers.
    pub callee: &'a [u8],
    /// The imports of the application that the callee answers, with the names of its exports.
    pub links: &'a BTreeMap<String, String>,
    /// The imports of the callee that it does not use: calling them traps.
    pub unused: &'a BTreeSet<String>,
    /// New names for imports of the callee whose names the application's imports have, too.
    pub renamed: &'a BTreeMap<String, String>,
}

/// Fuses two components. The result imports what both import, except for what is linked or not used, and exports what the
/// application exports. The caller has to validate it.
///
/// # Errors
/// [`Refusal`] when they have to stay components of their own.
pub fn fuse(fusion: &Fusion<'_>, memories: Memories) -> Result<Vec<u8>, Refusal> {
    // The callee refers to it in the end.
    let trimmed;
    let mut callee = Callee::of(fusion.callee)?;
    let application = Component::of(fusion.application, Side::Application)?;
    let unused = callee
        .component
        .imported(|import| fusion.unused.contains(import));
    let uses = Uses::of(&application, &callee, fusion.links)?;
    let left = |import: &&str| !fusion.links.contains_key(*import);
    let imports = || application.imports().map(|(name, _)| name).filter(left);
    let used = |import: &&str| !fusion.unused.contains(*import);
    let of_callee = || {
        callee
            .component
            .imports()
            .map(|(name, _)| name)
            .filter(used)
    };
    let known: BTreeSet<&str> = imports().collect();
    let is_shared = |import: &&str| {
        // Resources are known by the names of imports.
        let of_import = || {
            callee
                .component
                .imported_resources(std::iter::once(*import))
        };
        let is_renamed = fusion.renamed.contains_key(*import) && of_import().is_empty();
        known.contains(import) && !is_renamed
    };
    if let Some(import) = of_callee().find(is_shared) {
        return Err(Refusal::SharedImport {
            import: import.to_owned(),
        });
    }
    let own = application.imported_resources(imports());
    let of_callee = callee.component.imported_resources(of_callee());
    if let Some((interface, resource)) = own.into_keys().find(|key| of_callee.contains_key(key)) {
        return Err(Refusal::SharedResource {
            interface,
            resource,
        });
    }
    let merge = Merge {
        unused: &unused,
        renamed: fusion.renamed,
        application: &application,
        uses: &uses,
        memories,
    };
    if let Some(module) = callee.module() {
        let used = merge.used_exports(&callee)?;
        trimmed = trim(module, |export| used.contains(export))?;
        callee.replace_module(&trimmed);
    }
    merge.encode(&callee)
}

#[cfg(test)]
mod tests;
