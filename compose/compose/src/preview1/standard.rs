//! The standard adapter of Wasmtime.

use std::collections::BTreeSet;

use wasi_preview1_component_adapter_provider as preview1;
use wasmparser::{Encoding, Parser, Payload};
use wit_component::ComponentEncoder;

use super::error::StandardError;
use crate::foreign;

/// Turns a WASI preview 1 core module into a component with the standard adapter.
pub(crate) fn adapt(module: &[u8]) -> Result<Vec<u8>, StandardError> {
    let adapter = match preview1_kind(module)? {
        Preview1::Command => preview1::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
        Preview1::Reactor => preview1::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
    };
    foreign::check_packages(&[module, adapter])?;
    ComponentEncoder::default()
        .module(module)
        .and_then(|encoder| encoder.adapter(preview1::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, adapter))
        .and_then(|encoder| encoder.validate(true).encode())
        .map_err(|error| StandardError::Adapt {
            message: format!("{error:#}"),
        })
}

enum Preview1 {
    Command,
    Reactor,
}

fn preview1_kind(module: &[u8]) -> Result<Preview1, StandardError> {
    let refuse = |reason: String| Err(StandardError::NotPreview1 { reason });
    let mut imported = BTreeSet::new();
    let mut exported = BTreeSet::new();
    let mut has_component_type = false;
    let mut is_go = false;
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::Version {
                encoding: Encoding::Component,
                ..
            } => unreachable!("only called for core modules"),
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    imported.insert(import?.module);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    exported.insert(export?.name);
                }
            }
            Payload::CustomSection(section) => {
                has_component_type |= section.name().starts_with(foreign::SECTION);
                is_go |= section.name() == "go:buildid";
            }
            _ => {}
        }
    }
    let foreign = imported
        .iter()
        .find(|name| **name != preview1::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME)
        .filter(|_| !has_component_type);
    if let Some(name) = foreign {
        return refuse(format!(
            "it imports from `{name}`, not only from `{}`",
            preview1::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME
        ));
    }
    // The encoder asks `cabi_realloc` for the adapter's memory where there is one, and takes new pages otherwise. Go's
    // runtime believes all pages above its own to be its heap.
    if is_go && !exported.contains("cabi_realloc") {
        return Err(StandardError::OwnsItsMemory);
    }
    if exported.contains("_start") {
        Ok(Preview1::Command)
    } else if exported.contains("_initialize") || has_component_type || !imported.is_empty() {
        Ok(Preview1::Reactor)
    } else {
        refuse("it imports nothing from `wasi_snapshot_preview1` and exports no `_start`".into())
    }
}
