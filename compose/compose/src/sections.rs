//! Rewrites the outermost sections of an encoded component. The build script uses this module too.

use std::ops::Range;

use anyhow::{Context, bail};
use wasm_encoder::{Component, ComponentSectionId, Module, RawSection};
use wasmparser::{Chunk, Parser, Payload};

/// Copies a component. `replace` is called for each outermost section: it returns `true` if it has written a
/// replacement (or nothing) to the copy, otherwise the section is copied byte for byte. Nested components and modules
/// are copied as a whole.
///
/// # Errors
/// An error when the bytes are not a component, and the errors of `replace`.
pub fn rewrite(
    component: &[u8],
    mut replace: impl FnMut(&Payload<'_>, &mut Component) -> anyhow::Result<bool>,
) -> anyhow::Result<Vec<u8>> {
    let mut result = Component::new();
    for payload in outermost(component)? {
        if replace(&payload, &mut result)? {
            continue;
        }
        let section = match &payload {
            Payload::ModuleSection {
                unchecked_range, ..
            } => Some((
                ComponentSectionId::CoreModule as u8,
                unchecked_range.clone(),
            )),
            Payload::ComponentSection {
                unchecked_range, ..
            } => Some((ComponentSectionId::Component as u8, unchecked_range.clone())),
            other => other.as_section(),
        };
        if let Some((id, range)) = section {
            let data = slice(component, &range)?;
            result.section(&RawSection { id, data });
        }
    }
    Ok(result.finish())
}

/// The outermost sections of a component, in order. A nested component or module is one of them.
///
/// # Errors
/// An error when the bytes are not a component.
pub fn outermost(component: &[u8]) -> anyhow::Result<Vec<Payload<'_>>> {
    let mut sections = Vec::new();
    let mut parser = Parser::new(0);
    let mut offset = 0usize;
    loop {
        // A nested component or module states its length, and the bytes may end before it does.
        let rest = component
            .get(offset..)
            .context("the component is cut short")?;
        let Chunk::Parsed { payload, consumed } = parser.parse(rest, true)? else {
            bail!("the component is cut short");
        };
        offset += consumed;
        match &payload {
            Payload::End(_) => return Ok(sections),
            Payload::ModuleSection {
                unchecked_range, ..
            }
            | Payload::ComponentSection {
                unchecked_range, ..
            } => offset += length(unchecked_range)?,
            Payload::Version { .. } => continue,
            _ => {}
        }
        sections.push(payload);
    }
}

/// The bytes of a range that a parser has found.
///
/// # Errors
/// An error when there are fewer bytes.
pub fn slice<'a>(bytes: &'a [u8], range: &Range<u64>) -> anyhow::Result<&'a [u8]> {
    let range = usize::try_from(range.start)?..usize::try_from(range.end)?;
    bytes
        .get(range)
        .context("a section is longer than what it is in")
}

/// Appends a section of a core module unchanged. What is no section is left out.
///
/// # Errors
/// An error when the section is not whole.
pub fn keep(module: &[u8], section: &Payload<'_>, copy: &mut Module) -> anyhow::Result<()> {
    if let Some((id, range)) = section.as_section() {
        let data = slice(module, &range)?;
        copy.section(&RawSection { id, data });
    }
    Ok(())
}

fn length(range: &Range<u64>) -> anyhow::Result<usize> {
    Ok(usize::try_from(range.end - range.start)?)
}

/// Removes the custom sections that name a component's own definitions, a tenth of an adapter, and its producers.
///
/// # Errors
/// An error when the bytes are not a component.
pub fn strip(component: &[u8]) -> anyhow::Result<Vec<u8>> {
    rewrite(component, |section, _| {
        Ok(matches!(section, Payload::CustomSection(_)))
    })
}
