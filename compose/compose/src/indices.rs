//! The index spaces of an encoded component.

use wasmparser::{
    BinaryReaderError, CanonicalFunction, ComponentAlias, ComponentExternalKind,
    ComponentOuterAliasKind, ComponentTypeRef, ExternalKind, FromReader, Payload, SectionLimited,
};

/// The number of items that the outermost sections of a component have defined so far, for the index spaces that this
/// crate needs. The next definition gets this number as its index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Indices {
    /// Core modules.
    pub modules: u32,
    /// Instances of core modules.
    pub core_instances: u32,
    /// Core functions.
    pub core_functions: u32,
    /// Types.
    pub types: u32,
    /// Functions of the component model.
    pub functions: u32,
    /// Instances of the component model.
    pub instances: u32,
}

impl Indices {
    /// Counts the definitions of a section.
    ///
    /// # Errors
    /// [`BinaryReaderError`] when the section cannot be read.
    pub fn add(&mut self, section: &Payload<'_>) -> Result<(), BinaryReaderError> {
        match section {
            Payload::ModuleSection { .. } => self.modules += 1,
            Payload::InstanceSection(section) => self.core_instances += section.count(),
            Payload::ComponentTypeSection(section) => self.types += section.count(),
            Payload::ComponentInstanceSection(section) => self.instances += section.count(),
            Payload::ComponentCanonicalSection(section) => {
                each(section, |function| match function {
                    CanonicalFunction::Lift { .. } => self.functions += 1,
                    _ => self.core_functions += 1,
                })?;
            }
            Payload::ComponentImportSection(section) => {
                each(section, |import| match import.ty {
                    ComponentTypeRef::Module(_) => self.modules += 1,
                    ComponentTypeRef::Func(_) => self.functions += 1,
                    ComponentTypeRef::Type(_) => self.types += 1,
                    ComponentTypeRef::Instance(_) => self.instances += 1,
                    ComponentTypeRef::Value(_) | ComponentTypeRef::Component(_) => {}
                })?;
            }
            Payload::ComponentAliasSection(section) => each(section, |alias| match alias {
                ComponentAlias::InstanceExport { kind, .. } => self.define(kind),
                ComponentAlias::CoreInstanceExport {
                    kind: ExternalKind::Func | ExternalKind::FuncExact,
                    ..
                } => self.core_functions += 1,
                ComponentAlias::CoreInstanceExport { .. } => {}
                ComponentAlias::Outer { kind, .. } => match kind {
                    ComponentOuterAliasKind::CoreModule => self.modules += 1,
                    ComponentOuterAliasKind::Type => self.types += 1,
                    ComponentOuterAliasKind::CoreType | ComponentOuterAliasKind::Component => {}
                },
            })?,
            // An export defines an item of its own.
            Payload::ComponentExportSection(section) => {
                each(section, |export| self.define(export.kind))?;
            }
            _ => {}
        }
        Ok(())
    }

    fn define(&mut self, kind: ComponentExternalKind) {
        match kind {
            ComponentExternalKind::Module => self.modules += 1,
            ComponentExternalKind::Func => self.functions += 1,
            ComponentExternalKind::Type => self.types += 1,
            ComponentExternalKind::Instance => self.instances += 1,
            ComponentExternalKind::Value | ComponentExternalKind::Component => {}
        }
    }
}

fn each<'a, T: FromReader<'a>>(
    section: &SectionLimited<'a, T>,
    mut see: impl FnMut(T),
) -> Result<(), BinaryReaderError> {
    for item in section.clone() {
        see(item?);
    }
    Ok(())
}
