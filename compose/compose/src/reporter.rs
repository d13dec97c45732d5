//! Makes adapters that tell their host what the policy refuses.
//!
//! An adapter's module keeps a reference to a function that it calls with each refusal, and has none at first. The tool
//! puts a small module beside it, whose start function puts a function of the host into the adapter's table and tells
//! the adapter where. So the adapter itself imports nothing for this, and a composition for any host stays as it is.

use anyhow::Context;
use thiserror::Error;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    Alias, CanonicalFunctionSection, CanonicalOption, Component, ComponentAliasSection,
    ComponentExportKind, ComponentImportSection, ComponentSectionId, ComponentTypeRef,
    ComponentTypeSection, ComponentValType, ExportKind, ExportSection, InstanceSection,
    InstanceType, Module, ModuleArg, PrimitiveValType, RawSection, TableSection,
};
use wasmparser::{
    CanonicalFunction, CanonicalOption as Canonical, ComponentAlias, ExternalKind, Parser, Payload,
};

use crate::functions::Functions;
use crate::indices::Indices;
use crate::reports::REFUSED;
use crate::sections::{keep, rewrite, slice};

/// The adapter could not be made to tell of refusals because the bytes are not an adapter.
#[derive(Debug, Error)]
#[error("the adapter could not be made to tell what the policy refuses: {0:#}")]
pub struct ReporterError(anyhow::Error);

/// The export of an adapter's module that takes the function to call with each refusal.
pub const REPORT_TO: &str = "interpose-report-to";

/// The export of an adapter's module that calls that function.
pub const TELL: &str = "interpose-refused";

/// An export of an adapter's module that is called with a memory for its arguments.
const CONFIGURE: &str = "configure";

/// Puts the host's function into the adapter's table.
const MODULE: &str = r#"(module
  (import "adapter" "interpose-table" (table $table 0 funcref))
  (import "adapter" "interpose-report-to" (func $report_to (param i32)))
  (import "host" "refused" (func $refused (param i32 i32 i32 i32 i32)))
  (elem declare func $refused)
  (func $start
    (call $report_to (table.grow $table (ref.func $refused) (i32.const 1))))
  (start $start))"#;

/// Makes an adapter tell the instance `import` what the policy refuses.
///
/// # Errors
/// [`ReporterError`] when the bytes are no adapter.
pub fn with_reporter(adapter: &[u8], import: &str) -> Result<Vec<u8>, ReporterError> {
    reporting(adapter, import).map_err(ReporterError)
}

fn reporting(adapter: &[u8], import: &str) -> anyhow::Result<Vec<u8>> {
    let mut indices = Indices::default();
    let mut instance = None;
    let mut memory = None;
    let mut result = rewrite(adapter, |section, copy| {
        indices.add(section)?;
        match section {
            Payload::ModuleSection {
                unchecked_range, ..
            } => {
                let module = slice(adapter, unchecked_range)?;
                if !Functions::of(module)?.exports(REPORT_TO) {
                    return Ok(false);
                }
                copy.section(&RawSection {
                    id: ComponentSectionId::CoreModule as u8,
                    data: &with_table(module)?,
                });
                return Ok(true);
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases.clone() {
                    if let ComponentAlias::CoreInstanceExport {
                        kind: ExternalKind::Func,
                        instance_index,
                        name: CONFIGURE,
                    } = alias?
                    {
                        instance = Some(instance_index);
                    }
                }
            }
            Payload::ComponentCanonicalSection(functions) => {
                for function in functions.clone() {
                    if let CanonicalFunction::Lift { options, .. } = function? {
                        memory = memory.or(options.iter().find_map(|option| match option {
                            Canonical::Memory(index) => Some(*index),
                            _ => None,
                        }));
                    }
                }
            }
            _ => {}
        }
        Ok(false)
    })?;
    let instance = instance.context("it has no `configure`")?;
    let memory = memory.context("it has no memory")?;
    let mut added = Component::new();
    let header = added.as_slice().len();
    add(&mut added, &indices, (instance, memory), import)?;
    result.extend_from_slice(&added.as_slice()[header..]);
    Ok(result)
}

/// The module of an adapter, with a table that it exports and that can grow.
fn with_table(module: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut changed = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::TableSection(section) => {
                let mut tables = TableSection::new();
                for table in section {
                    let mut ty = RoundtripReencoder.table_type(table?.ty)?;
                    ty.maximum = None;
                    tables.table(ty);
                }
                changed.section(&tables);
            }
            Payload::ExportSection(section) => {
                let mut exports = ExportSection::new();
                RoundtripReencoder.parse_export_section(&mut exports, section)?;
                exports.export("interpose-table", ExportKind::Table, 0);
                changed.section(&exports);
            }
            // The section in which the functions are.
            Payload::CodeSectionStart { range, .. } => {
                changed.section(&RawSection {
                    id: wasm_encoder::SectionId::Code as u8,
                    data: slice(module, &range)?,
                });
            }
            Payload::CodeSectionEntry(_) => {}
            other => keep(module, &other, &mut changed)?,
        }
    }
    Ok(changed.finish())
}

/// Adds the import and the module behind the sections of an adapter. `main` has the instance of its module and the
/// memory.
fn add(
    component: &mut Component,
    indices: &Indices,
    (main, memory): (u32, u32),
    import: &str,
) -> anyhow::Result<()> {
    let mut types = ComponentTypeSection::new();
    types.instance(&interface());
    component.section(&types);

    let mut imports = ComponentImportSection::new();
    imports.import(import, ComponentTypeRef::Instance(indices.types));
    component.section(&imports);

    let mut aliases = ComponentAliasSection::new();
    aliases.alias(Alias::InstanceExport {
        instance: indices.instances,
        kind: ComponentExportKind::Func,
        name: REFUSED,
    });
    component.section(&aliases);

    let mut functions = CanonicalFunctionSection::new();
    let memory = CanonicalOption::Memory(memory);
    functions.lower(indices.functions, [CanonicalOption::UTF8, memory]);
    component.section(&functions);

    component.section(&RawSection {
        id: ComponentSectionId::CoreModule as u8,
        data: &wat::parse_str(MODULE)?,
    });

    let mut instances = InstanceSection::new();
    instances.export_items([(REFUSED, ExportKind::Func, indices.core_functions)]);
    let host = indices.core_instances;
    instances.instantiate(
        indices.modules,
        [
            ("host", ModuleArg::Instance(host)),
            ("adapter", ModuleArg::Instance(main)),
        ],
    );
    component.section(&instances);
    Ok(())
}

/// `refused: func(reason: u8, function: string, subject: string)`.
fn interface() -> InstanceType {
    let text = ComponentValType::Primitive(PrimitiveValType::String);
    let mut interface = InstanceType::new();
    interface
        .ty()
        .function()
        .params([
            ("reason", ComponentValType::Primitive(PrimitiveValType::U8)),
            ("function", text),
            ("subject", text),
        ])
        .result(None);
    interface.export(REFUSED, ComponentTypeRef::Func(0));
    interface
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::Adapter;
    use crate::starter::with_starter;
    use crate::surface::Surface;

    #[test]
    fn every_adapter_can_tell_of_refusals() {
        const IMPORT: &str = "wasi-interpose:denials/adapter0";
        for adapter in Adapter::ALL {
            let reporting = with_reporter(adapter.component(), IMPORT)
                .unwrap_or_else(|error| panic!("{adapter}: {error}"));
            let started = with_starter(&reporting, "wasi-interpose:configuration/adapter0")
                .unwrap_or_else(|error| panic!("{adapter}: {error}"));
            for bytes in [&reporting, &started] {
                wasmparser::Validator::new()
                    .validate_all(bytes)
                    .unwrap_or_else(|error| panic!("{adapter}: {error}"));
            }
            let [before, after] = [adapter.component(), &reporting]
                .map(|bytes| Surface::of(bytes).expect("a surface"));
            assert_eq!(
                after.import(IMPORT).expect("the import").functions,
                [REFUSED]
            );
            assert_eq!(after.imports.len(), before.imports.len() + 1);
        }
    }

    #[test]
    fn what_is_no_adapter_is_refused() {
        for text in [
            "(component)",
            "(component (core module $m (func (export \"f\"))) (core instance $i (instantiate $m))
                (func (export \"configure\") (canon lift (core func $i \"f\"))))",
        ] {
            let bytes = wat::parse_str(text).expect("a component");
            assert!(with_reporter(&bytes, "a:b/c").is_err(), "{text}");
        }
    }
}
