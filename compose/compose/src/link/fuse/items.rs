//! The definitions of an encoded component, one by one.

use anyhow::bail;
use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentExport, ComponentExternalKind, ComponentImport,
    ComponentInstance, ComponentOuterAliasKind, ComponentType, CoreType, ExternalKind, Instance,
    Payload,
};

use crate::sections::{outermost, slice};

/// An index space of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Space {
    /// Core modules.
    Module,
    /// Components.
    Component,
    /// Types of core modules and their functions.
    CoreType,
    /// Instances of core modules.
    CoreInstance,
    /// Core functions.
    CoreFunction,
    /// Core memories.
    Memory,
    /// Core tables.
    Table,
    /// Core globals.
    Global,
    /// Core tags.
    Tag,
    /// Types of the component model.
    Type,
    /// Functions of the component model.
    Function,
    /// Instances of the component model.
    Instance,
    /// Values of the component model.
    Value,
}

impl Space {
    /// The number of index spaces.
    pub const COUNT: usize = 13;
}

impl From<ComponentExternalKind> for Space {
    fn from(kind: ComponentExternalKind) -> Self {
        match kind {
            ComponentExternalKind::Module => Self::Module,
            ComponentExternalKind::Func => Self::Function,
            ComponentExternalKind::Value => Self::Value,
            ComponentExternalKind::Type => Self::Type,
            ComponentExternalKind::Instance => Self::Instance,
            ComponentExternalKind::Component => Self::Component,
        }
    }
}

impl From<ExternalKind> for Space {
    fn from(kind: ExternalKind) -> Self {
        match kind {
            ExternalKind::Func | ExternalKind::FuncExact => Self::CoreFunction,
            ExternalKind::Table => Self::Table,
            ExternalKind::Memory => Self::Memory,
            ExternalKind::Global => Self::Global,
            ExternalKind::Tag => Self::Tag,
        }
    }
}

/// A definition.
#[derive(Clone, Debug)]
pub enum Definition<'a> {
    /// A core module.
    Module(&'a [u8]),
    /// A nested component.
    Component(&'a [u8]),
    /// The type of a core module or of something in one.
    CoreType(CoreType<'a>),
    /// An instance of a core module.
    CoreInstance(Instance<'a>),
    /// A type.
    Type(ComponentType<'a>),
    /// An import.
    Import(ComponentImport<'a>),
    /// An export. It also defines an item.
    Export(ComponentExport<'a>),
    /// Another name for something.
    Alias(ComponentAlias<'a>),
    /// A function that is lifted or lowered, or that the component model provides.
    Canonical(CanonicalFunction),
    /// An instance.
    Instance(ComponentInstance<'a>),
}

impl Definition<'_> {
    /// The index space in which the definition gets the next index.
    pub fn space(&self) -> Space {
        match self {
            Self::Module(_) => Space::Module,
            Self::Component(_) => Space::Component,
            Self::CoreType(_) => Space::CoreType,
            Self::CoreInstance(_) => Space::CoreInstance,
            Self::Type(_) => Space::Type,
            Self::Import(import) => import.ty.kind().into(),
            Self::Export(export) => export.kind.into(),
            Self::Alias(alias) => match alias {
                ComponentAlias::InstanceExport { kind, .. } => (*kind).into(),
                ComponentAlias::CoreInstanceExport { kind, .. } => (*kind).into(),
                ComponentAlias::Outer { kind, .. } => match kind {
                    ComponentOuterAliasKind::CoreModule => Space::Module,
                    ComponentOuterAliasKind::CoreType => Space::CoreType,
                    ComponentOuterAliasKind::Type => Space::Type,
                    ComponentOuterAliasKind::Component => Space::Component,
                },
            },
            Self::Canonical(CanonicalFunction::Lift { .. }) => Space::Function,
            Self::Canonical(_) => Space::CoreFunction,
            Self::Instance(_) => Space::Instance,
        }
    }
}

/// The definitions of the outermost sections of a component, in order. Custom sections are none.
pub struct Items<'a> {
    definitions: Vec<Definition<'a>>,
    /// For each space, the positions of its definitions.
    spaces: [Vec<usize>; Space::COUNT],
    /// For each definition, its index in its space.
    indices: Vec<u32>,
}

impl<'a> Items<'a> {
    /// Reads a component.
    ///
    /// # Errors
    /// An error when the bytes are not a component, and for a component with a start function.
    pub fn of(component: &'a [u8]) -> anyhow::Result<Self> {
        let mut items = Self {
            definitions: Vec::new(),
            spaces: Default::default(),
            indices: Vec::new(),
        };
        for section in outermost(component)? {
            match section {
                Payload::ModuleSection {
                    unchecked_range, ..
                } => items.add(Definition::Module(slice(component, &unchecked_range)?))?,
                Payload::ComponentSection {
                    unchecked_range, ..
                } => items.add(Definition::Component(slice(component, &unchecked_range)?))?,
                Payload::CoreTypeSection(section) => {
                    items.add_all(section, Definition::CoreType)?;
                }
                Payload::InstanceSection(section) => {
                    items.add_all(section, Definition::CoreInstance)?;
                }
                Payload::ComponentTypeSection(section) => {
                    items.add_all(section, Definition::Type)?;
                }
                Payload::ComponentImportSection(section) => {
                    items.add_all(section, Definition::Import)?;
                }
                Payload::ComponentExportSection(section) => {
                    items.add_all(section, Definition::Export)?;
                }
                Payload::ComponentAliasSection(section) => {
                    items.add_all(section, Definition::Alias)?;
                }
                Payload::ComponentCanonicalSection(section) => {
                    items.add_all(section, Definition::Canonical)?;
                }
                Payload::ComponentInstanceSection(section) => {
                    items.add_all(section, Definition::Instance)?;
                }
                Payload::CustomSection(_) => {}
                _ => bail!("it has a section of an unknown kind"),
            }
        }
        Ok(items)
    }

    fn add(&mut self, definition: Definition<'a>) -> anyhow::Result<()> {
        let positions = &mut self.spaces[definition.space() as usize];
        self.indices.push(u32::try_from(positions.len())?);
        positions.push(self.definitions.len());
        self.definitions.push(definition);
        Ok(())
    }

    fn add_all<T: wasmparser::FromReader<'a>>(
        &mut self,
        section: wasmparser::SectionLimited<'a, T>,
        definition: impl Fn(T) -> Definition<'a>,
    ) -> anyhow::Result<()> {
        for item in section {
            self.add(definition(item?))?;
        }
        Ok(())
    }

    /// The definitions in order, each with its index in its space.
    pub fn iter(
        &self,
    ) -> impl DoubleEndedIterator<Item = (u32, &Definition<'a>)> + ExactSizeIterator {
        self.indices.iter().copied().zip(&self.definitions)
    }

    /// The definition with this index.
    pub fn get(&self, space: Space, index: u32) -> Option<&Definition<'a>> {
        let position = self.spaces[space as usize].get(index as usize)?;
        self.definitions.get(*position)
    }

    /// Puts a definition of the same kind in the place of another one.
    pub fn replace(&mut self, space: Space, index: u32, definition: Definition<'a>) {
        if let Some(position) = self.spaces[space as usize].get(index as usize) {
            self.definitions[*position] = definition;
        }
    }

    /// The instance of a core module, and the name of its export, of which a core item is an alias.
    pub fn core_export(&self, space: Space, index: u32) -> Option<(u32, &'a str)> {
        match self.get(space, index)? {
            Definition::Alias(ComponentAlias::CoreInstanceExport {
                instance_index,
                name,
                ..
            }) => Some((*instance_index, name)),
            _ => None,
        }
    }
}
