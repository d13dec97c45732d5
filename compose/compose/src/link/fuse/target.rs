//! A component while it is written, definition by definition.

use wasm_encoder::reencode::ReencodeComponent;
use wasm_encoder::{
    Alias, CanonicalFunctionSection, Component, ComponentAliasSection, ComponentExportSection,
    ComponentImportSection, ComponentInstanceSection, ComponentSectionId, ComponentTypeSection,
    CoreTypeSection, ExportKind, InstanceSection, ModuleArg, RawSection,
};

use super::items::{Definition, Space};
use super::reindex::{Reindex, encoded};

/// A component while it is written. Neighbouring definitions of one kind share a section.
#[derive(Default)]
pub struct Target {
    component: Component,
    open: Open,
    counts: [u32; Space::COUNT],
}

/// The section to which definitions are added.
#[derive(Default)]
enum Open {
    #[default]
    None,
    CoreTypes(CoreTypeSection),
    CoreInstances(InstanceSection),
    Types(ComponentTypeSection),
    Imports(ComponentImportSection),
    Exports(ComponentExportSection),
    Aliases(ComponentAliasSection),
    Canonical(CanonicalFunctionSection),
    Instances(ComponentInstanceSection),
}

/// Gives access to the open section of a kind, and opens one if another kind is open.
macro_rules! section {
    ($name:ident, $kind:ident, $section:ty) => {
        fn $name(&mut self) -> &mut $section {
            if !matches!(self.open, Open::$kind(_)) {
                self.close();
                self.open = Open::$kind(<$section>::new());
            }
            match &mut self.open {
                Open::$kind(section) => section,
                _ => unreachable!("it was opened"),
            }
        }
    };
}

impl Target {
    section!(core_types, CoreTypes, CoreTypeSection);
    section!(core_instances, CoreInstances, InstanceSection);
    section!(types, Types, ComponentTypeSection);
    section!(imports, Imports, ComponentImportSection);
    section!(exports, Exports, ComponentExportSection);
    section!(aliases, Aliases, ComponentAliasSection);
    section!(canonical, Canonical, CanonicalFunctionSection);
    section!(instances, Instances, ComponentInstanceSection);

    fn close(&mut self) {
        let component = &mut self.component;
        match std::mem::take(&mut self.open) {
            Open::None => component,
            Open::CoreTypes(section) => component.section(&section),
            Open::CoreInstances(section) => component.section(&section),
            Open::Types(section) => component.section(&section),
            Open::Imports(section) => component.section(&section),
            Open::Exports(section) => component.section(&section),
            Open::Aliases(section) => component.section(&section),
            Open::Canonical(section) => component.section(&section),
            Open::Instances(section) => component.section(&section),
        };
    }

    /// The bytes of the component.
    pub fn finish(mut self) -> Vec<u8> {
        self.close();
        self.component.finish()
    }

    /// The index of the next definition in a space.
    pub fn next(&self, space: Space) -> u32 {
        self.counts[space as usize]
    }

    fn count(&mut self, space: Space) -> u32 {
        let index = self.next(space);
        self.counts[space as usize] += 1;
        index
    }

    /// Adds a definition with other indices.
    ///
    /// # Errors
    /// An error when the definition cannot be encoded.
    pub fn add<F: FnMut(Space, u32) -> u32>(
        &mut self,
        definition: &Definition<'_>,
        reindex: &mut Reindex<F>,
    ) -> anyhow::Result<()> {
        match definition.clone() {
            Definition::Module(bytes) => {
                self.module(bytes);
                return Ok(());
            }
            Definition::Component(bytes) => {
                self.close();
                let id = ComponentSectionId::Component as u8;
                self.component.section(&RawSection { id, data: bytes });
            }
            Definition::CoreType(ty) => {
                encoded(reindex.parse_component_core_type(self.core_types().ty(), ty))?;
            }
            Definition::CoreInstance(instance) => {
                encoded(reindex.parse_instance(self.core_instances(), instance))?;
            }
            Definition::Type(ty) => {
                encoded(reindex.parse_component_type(self.types().ty(), ty))?;
            }
            Definition::Import(import) => {
                let ty = encoded(reindex.component_type_ref(import.ty))?;
                self.imports().import(import.name, ty);
            }
            Definition::Export(export) => {
                encoded(reindex.parse_component_export(self.exports(), export))?;
            }
            Definition::Alias(alias) => {
                let alias = encoded(reindex.component_alias(alias))?;
                self.aliases().alias(alias);
            }
            Definition::Canonical(function) => {
                encoded(reindex.parse_component_canonical(self.canonical(), function))?;
            }
            Definition::Instance(instance) => {
                encoded(reindex.parse_component_instance(self.instances(), instance))?;
            }
        }
        self.count(definition.space());
        Ok(())
    }

    /// Adds a type, and returns its index.
    pub fn ty(&mut self, encode: impl FnOnce(wasm_encoder::ComponentTypeEncoder<'_>)) -> u32 {
        encode(self.types().ty());
        self.count(Space::Type)
    }

    /// Adds a core module, and returns its index.
    pub fn module(&mut self, bytes: &[u8]) -> u32 {
        self.close();
        let id = ComponentSectionId::CoreModule as u8;
        self.component.section(&RawSection { id, data: bytes });
        self.count(Space::Module)
    }

    /// Instantiates a core module with these instances, and returns the instance.
    pub fn instantiate(&mut self, module: u32, arguments: &[(&str, u32)]) -> u32 {
        let arguments = arguments.iter();
        let arguments = arguments.map(|(name, instance)| (*name, ModuleArg::Instance(*instance)));
        self.core_instances().instantiate(module, arguments);
        self.count(Space::CoreInstance)
    }

    /// Makes an instance of core items.
    pub fn bag<'b>(&mut self, items: impl IntoIterator<Item = (&'b str, ExportKind, u32)>) -> u32 {
        let items: Vec<_> = items.into_iter().collect();
        self.core_instances().export_items(items);
        self.count(Space::CoreInstance)
    }

    /// The export of an instance of a core module, as an item of the component.
    pub fn core_export(&mut self, instance: u32, name: &str, kind: ExportKind) -> u32 {
        self.aliases().alias(Alias::CoreInstanceExport {
            instance,
            kind,
            name,
        });
        self.count(match kind {
            ExportKind::Func => Space::CoreFunction,
            ExportKind::Memory => Space::Memory,
            ExportKind::Table => Space::Table,
            ExportKind::Global => Space::Global,
            ExportKind::Tag => Space::Tag,
        })
    }
}
