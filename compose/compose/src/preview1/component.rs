//! The component of the adapter, with the program and what links the two behind it.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::Context;
use wasm_encoder::{
    Alias, CanonicalFunctionSection, ComponentAliasSection, ComponentExportKind,
    ComponentExportSection, ComponentSection, ComponentTypeSection, ComponentValType, ExportKind,
    ExportSection, InstanceSection, MemorySection, Module, ModuleArg,
};
use wasmparser::{ExternalKind, Instance, Payload};

use super::adapter::Encoded;
use super::copy::{ADAPTER, PROGRAM};
use super::error::Preview1Error;
use super::export::Exported;
use super::link::COPY;
use super::module::Module as ReadModule;
use super::program::{Entry, ImportedMemory, MEMORY, Program, REVISIONS};
use super::target::Target;
use super::{copy, link};
use crate::indices::Indices;
use crate::sections::{rewrite, slice};

/// Puts the program and the adapter into one component.
///
/// # Errors
/// [`Preview1Error::Encode`], which would be a fault of this crate.
pub fn assemble(
    encoded: &Encoded,
    program: &Program,
    target: Target,
    listeners: &[SocketAddr],
) -> Result<Vec<u8>, Preview1Error> {
    let (indices, adapter) = outline(&encoded.component)?;
    let mut writer = Writer {
        component: encoded.component.clone(),
        indices,
    };
    let mut arguments = Vec::new();
    for (module, _) in REVISIONS {
        let imports = program
            .imports
            .iter()
            .filter(|import| import.module == module);
        let functions: Vec<(&str, &str)> = imports
            .map(|import| (import.name.as_str(), import.export.as_str()))
            .collect();
        if !functions.is_empty() {
            arguments.push((module, writer.functions(adapter, &functions)));
        }
    }
    let memory = program.imported_memory.as_ref();
    if let Some(memory) = memory {
        let instance = writer.memory(memory);
        arguments.push((memory.module.as_str(), instance));
    }
    let running = writer.instance(&program.module, &arguments);
    // A program without a memory has an empty one, so that every pointer leads out of it.
    let seen = if program.has_memory {
        running
    } else {
        writer.instance(&memory_module(&copy::memory(0), MEMORY), &[])
    };
    let copying = writer.instance(
        &copy::module(target),
        &[(PROGRAM, seen), (ADAPTER, adapter)],
    );
    writer.instance(
        &link::module(
            &encoded.slots,
            encoded.base,
            &program.entry,
            target,
            listeners,
        ),
        &[(PROGRAM, running), (ADAPTER, adapter), (COPY, copying)],
    );
    if let Entry::Reactor { exports, .. } = &program.entry {
        writer.exports(running, exports);
    }
    Ok(writer.component)
}

/// What the adapter's component defines, and the instance of the adapter's module in it.
fn outline(component: &[u8]) -> anyhow::Result<(Indices, u32)> {
    let mut indices = Indices::default();
    let mut main = None;
    let mut instance = None;
    rewrite(component, |section, _| {
        match section {
            Payload::ModuleSection {
                unchecked_range, ..
            } if main.is_none() => {
                let module = ReadModule::read(slice(component, unchecked_range)?)?;
                let mut exports = module.exports.iter();
                if exports.any(|(name, kind, _)| {
                    *name == super::linked::TABLE && *kind == ExternalKind::Table
                }) {
                    main = Some(indices.modules);
                }
            }
            Payload::InstanceSection(instances) => {
                for (number, one) in (indices.core_instances..).zip(instances.clone()) {
                    if let Instance::Instantiate { module_index, .. } = one?
                        && Some(module_index) == main
                    {
                        instance = Some(number);
                    }
                }
            }
            _ => {}
        }
        indices.add(section)?;
        Ok(true)
    })?;
    Ok((
        indices,
        instance.context("the adapter is not instantiated")?,
    ))
}

/// A module that exports a memory and nothing else.
fn memory_module(ty: &wasm_encoder::MemoryType, name: &str) -> Vec<u8> {
    let (mut memories, mut exports) = (MemorySection::new(), ExportSection::new());
    memories.memory(*ty);
    exports.export(name, ExportKind::Memory, 0);
    let mut module = Module::new();
    module.section(&memories).section(&exports);
    module.finish()
}

/// A component that grows at its end.
struct Writer {
    component: Vec<u8>,
    indices: Indices,
}

impl Writer {
    fn section(&mut self, section: &impl ComponentSection) {
        section.append_to_component(&mut self.component);
    }

    /// An instance of some functions of another one: each with its new and its old name.
    fn functions(&mut self, instance: u32, functions: &[(&str, &str)]) -> u32 {
        let mut aliases = ComponentAliasSection::new();
        let mut indices = BTreeMap::new();
        for (_, name) in functions {
            indices.entry(*name).or_insert_with(|| {
                aliases.alias(Alias::CoreInstanceExport {
                    instance,
                    kind: ExportKind::Func,
                    name,
                });
                self.indices.core_functions + aliases.len() - 1
            });
        }
        self.section(&aliases);
        self.indices.core_functions += aliases.len();
        let mut instances = InstanceSection::new();
        let exports: Vec<_> = functions
            .iter()
            .map(|(name, old)| (*name, ExportKind::Func, indices[old]))
            .collect();
        instances.export_items(exports);
        self.add_instances(&instances)
    }

    /// An instance of a module.
    fn instance(&mut self, module: &[u8], arguments: &[(&str, u32)]) -> u32 {
        self.section(&wasm_encoder::RawSection {
            id: wasm_encoder::ComponentSectionId::CoreModule as u8,
            data: module,
        });
        let index = self.indices.modules;
        self.indices.modules += 1;
        let mut instances = InstanceSection::new();
        let arguments = arguments
            .iter()
            .map(|(name, instance)| (*name, ModuleArg::Instance(*instance)));
        instances.instantiate(index, arguments);
        self.add_instances(&instances)
    }

    fn add_instances(&mut self, instances: &InstanceSection) -> u32 {
        self.section(instances);
        let first = self.indices.core_instances;
        self.indices.core_instances += instances.len();
        first
    }

    /// An instance with the memory that the program imports.
    fn memory(&mut self, memory: &ImportedMemory) -> u32 {
        self.instance(&memory_module(&memory.ty, &memory.name), &[])
    }

    /// Exports functions of the program.
    fn exports(&mut self, program: u32, functions: &[Exported]) {
        let (mut aliases, mut types) = (ComponentAliasSection::new(), ComponentTypeSection::new());
        let mut lifts = CanonicalFunctionSection::new();
        let mut exports = ComponentExportSection::new();
        for (number, function) in (0..).zip(functions) {
            aliases.alias(Alias::CoreInstanceExport {
                instance: program,
                kind: ExportKind::Func,
                name: &function.function,
            });
            let names = (0..function.parameters.len()).map(|parameter| format!("p{parameter}"));
            let names: Vec<String> = names.collect();
            let values = function
                .parameters
                .iter()
                .copied()
                .map(ComponentValType::from);
            types
                .function()
                .params(names.iter().map(String::as_str).zip(values))
                .result(function.result.map(ComponentValType::from));
            lifts.lift(
                self.indices.core_functions + number,
                self.indices.types + number,
                [],
            );
            exports.export(
                &function.name,
                ComponentExportKind::Func,
                self.indices.functions + number,
                None,
            );
        }
        self.section(&aliases);
        self.section(&types);
        self.section(&lifts);
        self.section(&exports);
    }
}
