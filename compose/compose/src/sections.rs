//! Rewriting the outermost sections of an encoded component. Also used by the build script.

use std::ops::Range;

use anyhow::{Context, bail};
use wasm_encoder::{Component, ComponentSectionId, RawSection};
use wasmparser::{Chunk, Parser, Payload};

/// Copies a component. `replace` is asked about each of its outermost sections: it answers `true` when it has put
/// something else, or nothing, into the copy; otherwise the section is copied byte for byte. What is nested is not
/// looked into.
///
/// # Errors
/// When the bytes are not a component, or `replace` fails.
pub fn rewrite(
    component: &[u8],
    mut replace: impl FnMut(&Payload<'_>, &mut Component) -> anyhow::Result<bool>,
) -> anyhow::Result<Vec<u8>> {
    let mut result = Component::new();
    let mut parser = Parser::new(0);
    let mut offset = 0usize;
    loop {
        // A nested component or module says how long it is, and may not be there as a whole.
        let rest = component
            .get(offset..)
            .context("the component is cut short")?;
        let Chunk::Parsed { payload, consumed } = parser.parse(rest, true)? else {
            bail!("the component is cut short");
        };
        offset += consumed;
        let (id, range) = match &payload {
            Payload::End(_) => return Ok(result.finish()),
            Payload::ModuleSection {
                unchecked_range, ..
            } => {
                offset += length(unchecked_range)?;
                (
                    ComponentSectionId::CoreModule as u8,
                    unchecked_range.clone(),
                )
            }
            Payload::ComponentSection {
                unchecked_range, ..
            } => {
                offset += length(unchecked_range)?;
                (ComponentSectionId::Component as u8, unchecked_range.clone())
            }
            other => match other.as_section() {
                Some(section) => section,
                None => continue,
            },
        };
        if !replace(&payload, &mut result)? {
            let range = usize::try_from(range.start)?..usize::try_from(range.end)?;
            let data = component
                .get(range)
                .context("a section is longer than the component")?;
            result.section(&RawSection { id, data });
        }
    }
}

fn length(range: &Range<u64>) -> anyhow::Result<usize> {
    Ok(usize::try_from(range.end - range.start)?)
}

/// Leaves out the names of a component's own definitions, a tenth of an adapter, and who made it.
///
/// # Errors
/// When the bytes are not a component.
pub fn strip(component: &[u8]) -> anyhow::Result<Vec<u8>> {
    rewrite(component, |section, _| {
        Ok(matches!(section, Payload::CustomSection(_)))
    })
}
