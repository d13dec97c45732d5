//! What a definition refers to.

use wasm_encoder::reencode::ReencodeComponent;
use wasmparser::Parser;

use super::items::{Definition, Space};
use super::reindex::{Reindex, encoded};
use super::target::Target;

/// The items to which a definition refers.
///
/// # Errors
/// An error when the definition cannot be encoded.
pub fn references(definition: &Definition<'_>) -> anyhow::Result<Vec<(Space, u32)>> {
    let mut found = Vec::new();
    let mut record = Reindex::new(|space, index| {
        found.push((space, index));
        index
    });
    match definition {
        Definition::Module(_) => {}
        Definition::Component(bytes) => {
            record.push_depth();
            let mut copy = wasm_encoder::Component::new();
            encoded(record.parse_component(&mut copy, Parser::new(0), bytes))?;
        }
        other => Target::default().add(other, &mut record)?,
    }
    Ok(found)
}
