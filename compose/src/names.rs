//! Renaming the imports of an encoded component.
//!
//! wac merges imports of compatible versions into one, under the highest version's name. A host that could run the
//! application may not know that version, so the imports get back the names that the application used.

use std::ops::Range;

use thiserror::Error;
use wasm_encoder::reencode::{ReencodeComponent, RoundtripReencoder};
use wasm_encoder::{ComponentImportSection, ComponentSectionId, RawSection};
use wasmparser::{Chunk, Parser, Payload};

/// Why the imports could not be renamed: the bytes are no component.
#[derive(Debug, Error)]
#[error("the imports could not be renamed: {message}")]
pub struct RenameError {
    message: String,
}

/// Gives each outermost import of a component the name that `rename` answers; `None` keeps it. Everything else stays
/// as it is, byte for byte.
///
/// # Errors
/// [`RenameError`] when the bytes are not a component.
pub fn rename_imports(
    component: &[u8],
    rename: impl Fn(&str) -> Option<String>,
) -> Result<Vec<u8>, RenameError> {
    let failed = |message: &dyn ToString| RenameError {
        message: message.to_string(),
    };
    let mut renamed = wasm_encoder::Component::new();
    let mut parser = Parser::new(0);
    let mut offset = 0usize;
    loop {
        let (payload, consumed) = match parser
            .parse(&component[offset..], true)
            .map_err(|error| failed(&error))?
        {
            Chunk::Parsed { payload, consumed } => (payload, consumed),
            Chunk::NeedMoreData(_) => return Err(failed(&"the component is cut short")),
        };
        offset += consumed;
        match payload {
            Payload::ComponentImportSection(section) => {
                let mut imports = ComponentImportSection::new();
                for import in section {
                    let import = import.map_err(|error| failed(&error))?;
                    let name =
                        rename(import.name.name).unwrap_or_else(|| import.name.name.to_owned());
                    let ty = RoundtripReencoder
                        .component_type_ref(import.ty)
                        .map_err(|error| failed(&error))?;
                    imports.import(name.as_str(), ty);
                }
                renamed.section(&imports);
            }
            Payload::ModuleSection {
                unchecked_range, ..
            } => {
                copy(
                    &mut renamed,
                    ComponentSectionId::CoreModule as u8,
                    component,
                    &unchecked_range,
                )?;
                offset += length(&unchecked_range)?;
            }
            Payload::ComponentSection {
                unchecked_range, ..
            } => {
                copy(
                    &mut renamed,
                    ComponentSectionId::Component as u8,
                    component,
                    &unchecked_range,
                )?;
                offset += length(&unchecked_range)?;
            }
            Payload::End(_) => break,
            other => {
                if let Some((id, range)) = other.as_section() {
                    copy(&mut renamed, id, component, &range)?;
                }
            }
        }
    }
    Ok(renamed.finish())
}

fn copy(
    to: &mut wasm_encoder::Component,
    id: u8,
    component: &[u8],
    range: &Range<u64>,
) -> Result<(), RenameError> {
    let start = usize::try_from(range.start).ok();
    let data = start
        .zip(usize::try_from(range.end).ok())
        .and_then(|(start, end)| component.get(start..end))
        .ok_or_else(|| RenameError {
            message: "a section is longer than the component".into(),
        })?;
    to.section(&RawSection { id, data });
    Ok(())
}

fn length(range: &Range<u64>) -> Result<usize, RenameError> {
    usize::try_from(range.end - range.start).map_err(|error| RenameError {
        message: error.to_string(),
    })
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
        let renamed = rename_imports(&component, |name| {
            (name == "a:b/c@0.2.12").then(|| "a:b/c@0.2.0".to_owned())
        })
        .unwrap();
        let text = wasmprinter::print_bytes(&renamed).unwrap();
        assert_eq!(text.matches("a:b/c@0.2.0\"").count(), 1, "{text}");
        assert_eq!(text.matches("a:b/c@0.2.12\"").count(), 1, "{text}");
        wasmparser::validate(&renamed).unwrap();
    }

    #[test]
    fn keeping_every_name_keeps_every_byte() {
        let component =
            wat::parse_str(r#"(component (import "x" (func)) (export "y" (func 0)))"#).unwrap();
        assert_eq!(rename_imports(&component, |_| None).unwrap(), component);
    }

    #[test]
    fn a_component_cut_short_is_an_error() {
        let component = wat::parse_str(r#"(component (core module (memory 1)))"#).unwrap();
        for length in 0..component.len() {
            let _ = rename_imports(&component[..length], |_| None);
        }
        assert!(rename_imports(&component[..component.len() - 1], |_| None).is_err());
    }
}
