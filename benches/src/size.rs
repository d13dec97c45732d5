//! Measures how much adapters add to the size of a component.

use anyhow::Result;
use wasi_interpose::adapters::Adapter;

use crate::guest;
use crate::table::{Table, Value};

/// The sizes of all adapters and of the parts of a composed program.
///
/// # Errors
/// An error when the program cannot be composed.
pub fn measure() -> Result<Vec<Table>> {
    let mut adapters = Table::new("Size of the adapters, not configured", &[]);
    for adapter in Adapter::ALL {
        let size = adapter.component().len() as u64;
        adapters.row(adapter.name(), [("size", Value::Bytes(size))]);
    }
    Ok(vec![adapters, composed()?])
}

fn composed() -> Result<Table> {
    let program = guest::build(guest::Target::Wasip2)?;
    let [wired, fused, portable] = guest::LINKINGS.map(|linking| guest::compose(&program, linking));
    let composition = wired?;
    let application = program.len() as u64;
    let whole = composition.component.len() as u64;
    let mut table = Table::new("Size of a program composed under memory-filesystem", &[]);
    let mut add = |name: &str, size: u64| table.row(name, [("size", Value::Bytes(size))]);
    let mut parts = 0;
    for part in &composition.parts {
        let size = part.component.len() as u64;
        add(&part.name, size);
        parts += size;
    }
    add("wiring", whole.saturating_sub(parts));
    add("composed", whole);
    add("added", whole.saturating_sub(application));
    for (name, composition) in [("added, fused", fused?), ("added, portable", portable?)] {
        let whole = composition.component.len() as u64;
        add(name, whole.saturating_sub(application));
    }
    Ok(table)
}
