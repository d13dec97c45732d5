//! Makes adapters that ask their host for their configuration when they are instantiated.
//!
//! Such an adapter has a start function that imports the configuration and calls `configure`. The parts that depend on
//! the adapter are instantiated after it, so it is configured before any code of the application runs. The component is
//! the same for every configuration.
//!
//! The start function is part of the adapter's component: the host's bytes are copied directly to the place where
//! `configure` reads them, and no other part of a composition can see them.

use anyhow::{Context, bail};
use thiserror::Error;
use wasm_encoder::{
    Alias, CanonicalFunctionSection, CanonicalOption, Component, ComponentAliasSection,
    ComponentExportKind, ComponentImportSection, ComponentSectionId, ComponentTypeRef,
    ComponentTypeSection, ComponentValType, ExportKind, InstanceSection, InstanceType, ModuleArg,
    PrimitiveValType, RawSection,
};
use wasmparser::{CanonicalFunction, ComponentExternalKind, Payload};

use crate::configurations::{DONE, GET};
use crate::indices::Indices;
use crate::sections::rewrite;

/// The start function could not be added because the bytes are not an adapter.
#[derive(Debug, Error)]
#[error("the adapter could not be made to ask for its configuration: {0:#}")]
pub struct StarterError(anyhow::Error);

/// The export of an adapter that configures it.
const CONFIGURE: &str = "configure";

/// Asks for the configuration, calls `configure`, and reports the result. Both results lie in memory, in which the
/// adapter allocates room for the host's.
const MODULE: &str = r#"(module
  (import "adapter" "memory" (memory 0))
  (import "adapter" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
  (import "adapter" "configure" (func $configure (param i32 i32) (result i32)))
  (import "host" "get" (func $get (param i32)))
  (import "host" "done" (func $done (param i32 i32 i32)))
  (func $start (local $result i32)
    (local.set $result (call $realloc (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 8)))
    (call $get (local.get $result))
    (local.set $result (call $configure
      (i32.load (local.get $result))
      (i32.load offset=4 (local.get $result))))
    (call $done
      (i32.load8_u (local.get $result))
      (i32.load offset=4 (local.get $result))
      (i32.load offset=8 (local.get $result))))
  (start $start))"#;

/// Adds to the adapter a start function that imports the configuration from the instance `import`. The result still
/// exports `configure`, which a composition leaves out.
///
/// # Errors
/// [`StarterError`] when the bytes are no adapter.
pub fn with_starter(adapter: &[u8], import: &str) -> Result<Vec<u8>, StarterError> {
    started(adapter, import).map_err(StarterError)
}

/// The core function behind `configure`, and the options with which it is called.
struct Configure {
    function: u32,
    memory: u32,
    realloc: u32,
}

fn started(adapter: &[u8], import: &str) -> anyhow::Result<Vec<u8>> {
    let mut indices = Indices::default();
    // The entries are in the order of the component's functions, so that a function's index finds its entry.
    let mut lifted = Vec::new();
    let mut configure = None;
    let mut result = rewrite(adapter, |section, _| {
        match section {
            Payload::ComponentCanonicalSection(functions) => {
                let mut number = indices.functions;
                for function in functions.clone() {
                    if let CanonicalFunction::Lift {
                        core_func_index,
                        options,
                        ..
                    } = function?
                    {
                        lifted.push((number, core_func_index, options));
                        number += 1;
                    }
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports.clone() {
                    let export = export?;
                    if export.name.name == CONFIGURE && export.kind == ComponentExternalKind::Func {
                        configure = Some(export.index);
                    }
                }
            }
            _ => {}
        }
        indices.add(section)?;
        Ok(false)
    })?;
    let configure = configure.context("it has no `configure`")?;
    let lift = lifted.into_iter().find(|(number, ..)| *number == configure);
    let (_, function, options) = lift.context("`configure` is not its own")?;
    let (mut memory, mut realloc) = (None, None);
    for option in &options {
        match option {
            wasmparser::CanonicalOption::Memory(index) => memory = Some(*index),
            wasmparser::CanonicalOption::Realloc(index) => realloc = Some(*index),
            wasmparser::CanonicalOption::UTF8 | wasmparser::CanonicalOption::PostReturn(_) => {}
            other => bail!("`configure` is called with {other:?}"),
        }
    }
    let configure = Configure {
        function,
        memory: memory.context("`configure` has no memory")?,
        realloc: realloc.context("`configure` gives no space")?,
    };
    let mut added = Component::new();
    let header = added.as_slice().len();
    add(&mut added, &indices, &configure, import)?;
    result.extend_from_slice(&added.as_slice()[header..]);
    Ok(result)
}

/// Adds the import and the start function behind the sections of an adapter.
fn add(
    component: &mut Component,
    indices: &Indices,
    configure: &Configure,
    import: &str,
) -> anyhow::Result<()> {
    let mut types = ComponentTypeSection::new();
    types.instance(&interface());
    component.section(&types);

    let mut imports = ComponentImportSection::new();
    imports.import(import, ComponentTypeRef::Instance(indices.types));
    component.section(&imports);

    let mut aliases = ComponentAliasSection::new();
    for name in [GET, DONE] {
        aliases.alias(Alias::InstanceExport {
            instance: indices.instances,
            kind: ComponentExportKind::Func,
            name,
        });
    }
    component.section(&aliases);

    let mut functions = CanonicalFunctionSection::new();
    let memory = CanonicalOption::Memory(configure.memory);
    let realloc = CanonicalOption::Realloc(configure.realloc);
    functions.lower(indices.functions, [memory, realloc]);
    functions.lower(indices.functions + 1, [CanonicalOption::UTF8, memory]);
    component.section(&functions);

    component.section(&RawSection {
        id: ComponentSectionId::CoreModule as u8,
        data: &wat::parse_str(MODULE)?,
    });

    let mut instances = InstanceSection::new();
    instances.export_items([
        (GET, ExportKind::Func, indices.core_functions),
        (DONE, ExportKind::Func, indices.core_functions + 1),
    ]);
    instances.export_items([
        ("memory", ExportKind::Memory, configure.memory),
        ("realloc", ExportKind::Func, configure.realloc),
        (CONFIGURE, ExportKind::Func, configure.function),
    ]);
    let host = indices.core_instances;
    instances.instantiate(
        indices.modules,
        [
            ("host", ModuleArg::Instance(host)),
            ("adapter", ModuleArg::Instance(host + 1)),
        ],
    );
    component.section(&instances);
    Ok(())
}

/// `get: func() -> list<u8>` and `done: func(result: result<_, string>)`.
fn interface() -> InstanceType {
    let mut interface = InstanceType::new();
    interface
        .ty()
        .defined_type()
        .list(ComponentValType::Primitive(PrimitiveValType::U8));
    interface
        .ty()
        .function()
        .params::<[(&str, ComponentValType); 0], ComponentValType>([])
        .result(Some(ComponentValType::Type(0)));
    interface.export(GET, ComponentTypeRef::Func(1));
    interface.ty().defined_type().result(
        None,
        Some(ComponentValType::Primitive(PrimitiveValType::String)),
    );
    interface
        .ty()
        .function()
        .params([("result", ComponentValType::Type(2))])
        .result(None);
    interface.export(DONE, ComponentTypeRef::Func(3));
    interface
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::Adapter;
    use crate::surface::Surface;

    #[test]
    fn every_adapter_can_ask_for_its_configuration() {
        const IMPORT: &str = "wasi-interpose:configuration/adapter0";
        for adapter in Adapter::ALL {
            let started = with_starter(adapter.component(), IMPORT)
                .unwrap_or_else(|error| panic!("{adapter}: {error}"));
            wasmparser::Validator::new()
                .validate_all(&started)
                .unwrap_or_else(|error| panic!("{adapter}: {error}"));
            let (before, after) = (adapter.component(), started.as_slice());
            assert!(after.starts_with(before), "{adapter}");
            let [before, after] =
                [before, after].map(|bytes| Surface::of(bytes).expect("a surface"));
            let import = after.import(IMPORT).expect("the import");
            assert_eq!(import.functions, [GET, DONE]);
            assert_eq!(after.imports.len(), before.imports.len() + 1);
        }
    }

    #[test]
    fn what_is_no_adapter_is_refused() {
        for text in [
            "(component)",
            "(component (import \"f\" (func $f)) (export \"configure\" (func $f)))",
            "(component (core module $m (func (export \"f\"))) (core instance $i (instantiate $m))
                (func (export \"configure\") (canon lift (core func $i \"f\"))))",
        ] {
            let bytes = wat::parse_str(text).expect("a component");
            assert!(with_starter(&bytes, "a:b/c").is_err(), "{text}");
        }
    }
}
