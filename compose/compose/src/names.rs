//! Renaming the imports of an encoded component.
//!
//! wac merges imports of compatible versions into one, under the highest version's name. A host that could run the
//! application may not know that version, so the imports get back the names that the application used.

use thiserror::Error;
use wasm_encoder::reencode::{ReencodeComponent, RoundtripReencoder};
use wasm_encoder::{ComponentExternName, ComponentImportSection};
use wasmparser::{ComponentImport, ComponentTypeRef, Payload};

use crate::sections::rewrite;
use crate::surface::Annotations;

/// The imports could not be renamed because the bytes are not a component.
#[derive(Debug, Error)]
#[error("the imports could not be renamed: {0:#}")]
pub struct RenameError(anyhow::Error);

/// Renames each outermost imported instance to the name that `rename` returns for the old one; `None` keeps the name.
/// The annotations of an import become those that `annotate` returns for its old name. Everything else stays the same,
/// byte for byte. Returns `None` if nothing changes.
///
/// # Errors
/// [`RenameError`] when the bytes are not a component.
pub fn rename_imports(
    component: &[u8],
    rename: impl Fn(&str) -> Option<String>,
    annotate: impl Fn(&str) -> Annotations,
) -> Result<Option<Vec<u8>>, RenameError> {
    let name = |import: &ComponentImport<'_>| {
        let old = import.name.name;
        // Versions belong to interfaces: a function with such a name has no other versions.
        let renamed = matches!(import.ty, ComponentTypeRef::Instance(_))
            .then(|| rename(old))
            .flatten();
        (renamed.unwrap_or_else(|| old.to_owned()), annotate(old))
    };
    let mut changes = false;
    let read = rewrite(component, |section, _| {
        if let Payload::ComponentImportSection(section) = section {
            for import in section.clone() {
                let import = import?;
                let old = (import.name.name.to_owned(), Annotations::of(&import.name));
                changes |= name(&import) != old;
            }
        }
        Ok(true)
    });
    read.map_err(RenameError)?;
    if !changes {
        return Ok(None);
    }
    let renamed = rewrite(component, |section, copy| {
        let Payload::ComponentImportSection(section) = section else {
            return Ok(false);
        };
        let mut imports = ComponentImportSection::new();
        for import in section.clone() {
            let import = import?;
            let (name, annotations) = name(&import);
            imports.import(
                ComponentExternName {
                    name: name.into(),
                    implements: annotations.implements.map(Into::into),
                    version_suffix: annotations.version_suffix.map(Into::into),
                    external_id: annotations.external_id.map(Into::into),
                },
                RoundtripReencoder.component_type_ref(import.ty)?,
            );
        }
        copy.section(&imports);
        Ok(true)
    });
    renamed.map(Some).map_err(RenameError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_outermost_imports_are_renamed() {
        let component = wat::parse_str(
            r#"(component
                (import "a:b/c@0.2.12" (instance (export "f" (func))))
                (component (import "a:b/c@0.2.12" (instance)))
                (core module (memory 1)))"#,
        )
        .unwrap();
        let renamed = rename_imports(
            &component,
            |name| (name == "a:b/c@0.2.12").then(|| "a:b/c@0.2.0".to_owned()),
            |_| Annotations::default(),
        )
        .unwrap()
        .expect("an import is renamed");
        let text = wasmprinter::print_bytes(&renamed).unwrap();
        assert_eq!(text.matches("a:b/c@0.2.0\"").count(), 1, "{text}");
        assert_eq!(text.matches("a:b/c@0.2.12\"").count(), 1, "{text}");
        wasmparser::validate(&renamed).unwrap();
    }

    #[test]
    fn keeping_every_name_changes_nothing() {
        let component =
            wat::parse_str(r#"(component (import "x" (func)) (export "y" (func 0)))"#).unwrap();
        let kept = rename_imports(&component, |_| None, |_| Annotations::default());
        assert_eq!(kept.unwrap(), None);
    }

    #[test]
    fn a_component_cut_short_is_an_error() {
        let component = wat::parse_str(r#"(component (core module (memory 1)))"#).unwrap();
        for length in 0..component.len() {
            let _ = rename_imports(&component[..length], |_| None, |_| Annotations::default());
        }
        let cut = &component[..component.len() - 1];
        assert!(rename_imports(cut, |_| None, |_| Annotations::default()).is_err());
    }
}
