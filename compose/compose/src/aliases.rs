//! Types that a component imports a second time, beside the interface that defines them.
//!
//! A world that says `use wasi:io/streams.{output-stream}` imports the interface and also the type `output-stream`,
//! which has to equal the interface's. An importer does not have to provide that type, because the provider of the
//! interface already has. But if an adapter answers the interface, the host cannot provide the adapter's type. So this
//! module replaces such an import by an alias of the interface's type inside the component.

use std::collections::BTreeSet;

use bytes::Bytes;
use thiserror::Error;
use wasm_encoder::reencode::{ReencodeComponent, RoundtripReencoder};
use wasm_encoder::{
    Alias, Component, ComponentAliasSection, ComponentImportSection, ComponentOuterAliasKind,
};
use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentImport, ComponentTypeRef, Payload, TypeBounds,
};

use crate::sections::rewrite;

/// The imports could not be replaced because the bytes are not a component.
#[derive(Debug, Error)]
#[error("the types that it uses of its imports could not be read: {0:#}")]
pub struct AliasError(anyhow::Error);

/// The names of those outermost imports of a component that are types of other imported interfaces.
///
/// # Errors
/// [`AliasError`] when the bytes are not a component.
pub fn aliases(component: &[u8]) -> Result<BTreeSet<String>, AliasError> {
    let mut names = BTreeSet::new();
    let mut types = Types::default();
    let read = rewrite(component, |section, _| {
        if let Payload::ComponentImportSection(section) = section {
            for import in section.clone() {
                let import = import?;
                if types.import(&import).is_some() {
                    names.insert(import.name.name.to_owned());
                }
            }
        } else {
            types.section(section)?;
        }
        Ok(true)
    });
    read.map(|_| names).map_err(AliasError)
}

/// Replaces these imports by aliases. Everything else stays as it is, including the index of every type.
///
/// # Errors
/// [`AliasError`] when the bytes are not a component.
pub fn inline_aliases(component: &Bytes) -> Result<Bytes, AliasError> {
    if aliases(component)?.is_empty() {
        return Ok(component.clone());
    }
    let mut types = Types::default();
    let inlined = rewrite(component, |section, copy| {
        let Payload::ComponentImportSection(section) = section else {
            types.section(section)?;
            return Ok(false);
        };
        let mut imports = ComponentImportSection::new();
        for import in section.clone() {
            let import = import?;
            let Some(index) = types.import(&import) else {
                let ty = RoundtripReencoder.component_type_ref(import.ty)?;
                imports.import(import.name, ty);
                continue;
            };
            flush(&mut imports, copy);
            let mut alias = ComponentAliasSection::new();
            alias.alias(Alias::Outer {
                kind: ComponentOuterAliasKind::Type,
                // The count for the component itself.
                count: 0,
                index,
            });
            copy.section(&alias);
        }
        flush(&mut imports, copy);
        Ok(true)
    });
    inlined.map(Bytes::from).map_err(AliasError)
}

fn flush(imports: &mut ComponentImportSection, copy: &mut Component) {
    if !imports.is_empty() {
        copy.section(&*imports);
    }
    *imports = ComponentImportSection::new();
}

/// The types and instances of a component, by their indices.
#[derive(Default)]
struct Types {
    /// For each type, whether it comes from an imported instance.
    types: Vec<bool>,
    /// For each instance, whether it is imported.
    instances: Vec<bool>,
}

impl Types {
    /// Counts an import. If the import is a type that equals a type of another import, returns the index of that type.
    fn import(&mut self, import: &ComponentImport<'_>) -> Option<u32> {
        let equals = match import.ty {
            ComponentTypeRef::Type(TypeBounds::Eq(index)) => Some(index),
            _ => None,
        };
        let equals = equals.filter(|index| self.types.get(*index as usize) == Some(&true));
        match import.ty {
            ComponentTypeRef::Type(_) => self.types.push(equals.is_some()),
            ComponentTypeRef::Instance(_) => self.instances.push(true),
            _ => {}
        }
        equals
    }

    /// Counts the definitions of a section.
    fn section(&mut self, section: &Payload<'_>) -> anyhow::Result<()> {
        match section {
            Payload::ComponentTypeSection(section) => {
                let count = self.types.len() + section.count() as usize;
                self.types.resize(count, false);
            }
            Payload::ComponentInstanceSection(section) => {
                let count = self.instances.len() + section.count() as usize;
                self.instances.resize(count, false);
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section.clone() {
                    match alias? {
                        ComponentAlias::InstanceExport {
                            kind,
                            instance_index,
                            ..
                        } => {
                            let instance = self.instances.get(instance_index as usize);
                            self.add(kind, instance == Some(&true));
                        }
                        ComponentAlias::Outer {
                            kind: wasmparser::ComponentOuterAliasKind::Type,
                            ..
                        } => self.types.push(false),
                        _ => {}
                    }
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section.clone() {
                    self.add(export?.kind, false);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn add(&mut self, kind: ComponentExternalKind, of_import: bool) {
        match kind {
            ComponentExternalKind::Type => self.types.push(of_import),
            ComponentExternalKind::Instance => self.instances.push(of_import),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surface::Surface;

    const COMPONENT: &str = r#"(component
        (type $own (record (field "x" u32)))
        (import "own" (type $own-again (eq $own)))
        (import "acme:a/shop" (instance $shop
            (type $t (record (field "id" u32)))
            (export "item" (type (eq $t)))
            (export "cart" (type (sub resource)))))
        (alias export $shop "item" (type $item))
        (alias export $shop "cart" (type $cart))
        (import "item" (type $item-again (eq $item)))
        (import "cart" (type $cart-again (eq $cart)))
        (import "cart-by-another-name" (type $third (eq $cart-again)))
        (import "fresh" (type $fresh (sub resource)))
        (import "buy" (func (param "item" $item-again) (param "cart" (borrow $third)) (param "own" $own-again)
            (param "fresh" (borrow $fresh)))))"#;

    #[test]
    fn types_of_other_imports_are_not_imported_again() {
        let component = wat::parse_str(COMPONENT).unwrap();
        let found: Vec<String> = aliases(&component).unwrap().into_iter().collect();
        assert_eq!(found, ["cart", "cart-by-another-name", "item"]);
        let inlined = inline_aliases(&component.into()).unwrap();
        wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
            .validate_all(&inlined)
            .unwrap();
        let imports = Surface::of(&inlined).unwrap().imports;
        let names: Vec<&str> = imports.iter().map(|item| item.name.as_str()).collect();
        assert_eq!(names, ["own", "acme:a/shop", "fresh", "buy"]);
        assert_eq!(imports[3].uses, ["acme:a/shop", "fresh"]);
        assert_eq!(inline_aliases(&inlined).unwrap(), inlined);
        // The check also covers a nested module whose end is missing.
        let nested = wat::parse_str(r#"(component (core module (memory 1)))"#).unwrap();
        for length in 9..nested.len() {
            assert!(aliases(&nested[..length]).is_err(), "{length}");
        }
    }
}
