//! Reduces imports of an encoded component to their types.
//!
//! An interface that is left to the host may use types of an interface that an adapter answers. wac then imports the
//! latter as well, with all its functions, although nothing can call them. This module removes the functions, so that
//! the composition does not import them.

use std::collections::BTreeSet;

use anyhow::Context;
use thiserror::Error;
use wasm_encoder::reencode::{ReencodeComponent, RoundtripReencoder};
use wasm_encoder::{ComponentTypeEncoder, ComponentTypeSection};
use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentType, ComponentTypeRef,
    InstanceTypeDeclaration, Payload,
};

use crate::sections::rewrite;

/// The imports could not be reduced because the bytes are not a component as the composer makes it.
#[derive(Debug, Error)]
#[error("the imports could not be reduced to their types: {0:#}")]
pub struct PruneError(anyhow::Error);

/// Removes the functions from those outermost imports of a component for which `only_types` holds. Everything else
/// stays as it is. A component that uses one of these functions becomes invalid. Returns `None` if nothing changes.
///
/// # Errors
/// [`PruneError`] when the bytes are not a component.
pub fn prune_imports(
    component: &[u8],
    only_types: impl Fn(&str) -> bool,
) -> Result<Option<Vec<u8>>, PruneError> {
    let types = pruned_types(component, only_types).map_err(PruneError)?;
    if types.is_empty() {
        return Ok(None);
    }
    let mut defined = 0;
    let pruned = rewrite(component, |section, copy| {
        if let Payload::ComponentTypeSection(section) = section {
            let mut changed = ComponentTypeSection::new();
            for ty in section.clone() {
                write_type(ty?, types.contains(&defined), changed.ty())?;
                defined += 1;
            }
            copy.section(&changed);
            return Ok(true);
        }
        defined += other_types(section)?;
        Ok(false)
    });
    pruned.map(Some).map_err(PruneError)
}

fn write_type(
    ty: ComponentType<'_>,
    only_types: bool,
    encoder: ComponentTypeEncoder<'_>,
) -> anyhow::Result<()> {
    let ty = match ty {
        ComponentType::Instance(declarations) if only_types => {
            let is_function = |declaration: &InstanceTypeDeclaration| {
                let ty = match declaration {
                    InstanceTypeDeclaration::Export { ty, .. } => Some(ty),
                    _ => None,
                };
                matches!(ty, Some(ComponentTypeRef::Func(_)))
            };
            let kept = declarations.into_vec().into_iter();
            ComponentType::Instance(kept.filter(|one| !is_function(one)).collect())
        }
        other => other,
    };
    RoundtripReencoder.parse_component_type(encoder, ty)?;
    Ok(())
}

/// The indices of the types of these imports, except types that other imports share.
fn pruned_types(
    component: &[u8],
    only_types: impl Fn(&str) -> bool,
) -> anyhow::Result<BTreeSet<u32>> {
    let (mut pruned, mut whole) = (BTreeSet::new(), BTreeSet::new());
    rewrite(component, |section, _| {
        if let Payload::ComponentImportSection(section) = section {
            for import in section.clone() {
                let import = import?;
                if let ComponentTypeRef::Instance(index) = import.ty {
                    let types = if only_types(import.name.name) {
                        &mut pruned
                    } else {
                        &mut whole
                    };
                    types.insert(index);
                }
            }
        }
        Ok(true)
    })?;
    Ok(pruned.difference(&whole).copied().collect())
}

/// The number of types that a section adds by imports, exports and aliases.
fn other_types(section: &Payload<'_>) -> anyhow::Result<u32> {
    let mut types = 0usize;
    match section {
        Payload::ComponentImportSection(section) => {
            for import in section.clone() {
                types += usize::from(matches!(import?.ty, ComponentTypeRef::Type(_)));
            }
        }
        Payload::ComponentAliasSection(section) => {
            for alias in section.clone() {
                types += usize::from(matches!(
                    alias?,
                    ComponentAlias::InstanceExport {
                        kind: ComponentExternalKind::Type,
                        ..
                    } | ComponentAlias::Outer {
                        kind: wasmparser::ComponentOuterAliasKind::Type,
                        ..
                    }
                ));
            }
        }
        Payload::ComponentExportSection(section) => {
            for export in section.clone() {
                types += usize::from(export?.kind == ComponentExternalKind::Type);
            }
        }
        _ => {}
    }
    u32::try_from(types).context("more types than a component can have")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surface::Surface;

    const COMPONENT: &str = r#"(component
        (import "first" (instance (export "f" (func))))
        (import "acme:a/times" (instance $times
            (type $time (record (field "s" u64)))
            (export "time" (type (eq $time)))
            (export "r" (type $r (sub resource)))
            (export "now" (func (result u64)))))
        (alias export $times "r" (type $row))
        (import "acme:a/files" (instance (export "r" (type $s (eq $row))) (export "open" (func (param "r" (borrow $s))))))
        (type $unused (record (field "a" u8)))
        (import "last" (instance (export "g" (func)))))"#;

    fn functions(component: &[u8]) -> Vec<(String, usize)> {
        wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
            .validate_all(component)
            .unwrap();
        let imports = Surface::of(component).unwrap().imports;
        imports
            .into_iter()
            .map(|item| (item.name, item.functions.len()))
            .collect()
    }

    #[test]
    fn one_import_is_reduced_and_the_others_are_not() {
        let component = wat::parse_str(COMPONENT).unwrap();
        let pruned = prune_imports(&component, |name| name == "acme:a/times").unwrap();
        let pruned = pruned.expect("an import is reduced");
        let counts: Vec<usize> = functions(&pruned).iter().map(|(_, count)| *count).collect();
        assert_eq!(counts, [1, 0, 1, 1]);
        assert_eq!(functions(&component).len(), functions(&pruned).len());
    }

    #[test]
    fn nothing_to_reduce_changes_nothing() {
        let component =
            wat::parse_str(r#"(component (import "x" (instance (export "f" (func)))))"#).unwrap();
        assert_eq!(prune_imports(&component, |_| false).unwrap(), None);
        assert!(prune_imports(&component[..component.len() - 1], |_| true).is_err());
    }
}
