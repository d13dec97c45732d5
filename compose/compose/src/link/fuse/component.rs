//! A component that is to be fused: its definitions and their types.

use std::collections::BTreeMap;

use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentEntityType, ComponentInstanceTypeId, ResourceId,
};
use wasmparser::types::{Types, TypesRef};
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentExternalKind,
    ComponentOuterAliasKind, Parser, ValidPayload, Validator, WasmFeatures,
};

use super::items::{Definition, Items, Space};
use super::references::references;
use super::refusal::{Refusal, Side};
use crate::interface::InterfaceName;

/// An export of an instance of a core module, by the index of the instance and the export's name.
pub type CoreExport<'a> = (u32, &'a str);

/// A component that is to be fused.
pub struct Component<'a> {
    /// The definitions.
    pub items: Items<'a>,
    /// Their types.
    types: Types,
    /// Which of the two it is.
    side: Side,
}

impl<'a> Component<'a> {
    /// Reads a component whose functions were validated before.
    ///
    /// # Errors
    /// [`Refusal`] when it is composed of components, or has a form that is not known.
    pub fn of(bytes: &'a [u8], side: Side) -> Result<Self, Refusal> {
        let items = Items::of(bytes)?;
        for (_, definition) in items.iter() {
            match definition {
                Definition::Component(nested) if !is_plain(nested)? => {
                    return Err(Refusal::Composition { side });
                }
                Definition::Canonical(function) if !is_synchronous(function) => {
                    return Err(Refusal::Asynchronous { side });
                }
                _ => {}
            }
        }
        Ok(Self {
            items,
            types: types_of(bytes)?,
            side,
        })
    }

    /// The types of all definitions.
    pub fn types(&self) -> TypesRef<'_> {
        self.types.as_ref()
    }

    /// The type of an instance that is imported or exported under this name.
    pub fn interface(&self, name: &str, imported: bool) -> Option<ComponentInstanceTypeId> {
        let item = match imported {
            true => self.types.component_item_for_import(name)?,
            false => self.types.component_item_for_export(name)?,
        };
        match item.ty {
            ComponentEntityType::Instance(id) => Some(id),
            _ => None,
        }
    }

    /// The names of the imports, each with its index if it is an instance.
    pub fn imports(&self) -> impl Iterator<Item = (&'a str, Option<u32>)> + '_ {
        self.items.iter().filter_map(|(index, definition)| {
            let Definition::Import(import) = definition else {
                return None;
            };
            let instance = definition.space() == Space::Instance;
            Some((import.name.name, instance.then_some(index)))
        })
    }

    /// The types of resources that these imports define, each with the interface, without its version, and its name
    /// there.
    pub fn imported_resources(
        &self,
        imports: impl Iterator<Item = &'a str>,
    ) -> BTreeMap<(String, String), ResourceId> {
        let mut found = BTreeMap::new();
        for import in imports {
            let Some(id) = self.interface(import, true) else {
                continue;
            };
            let path = InterfaceName::parse(import).map(|name| name.path());
            let path = path.unwrap_or_else(|| import.to_owned());
            for (name, item) in &self.types()[id].exports {
                if let ComponentEntityType::Type {
                    created: ComponentAnyTypeId::Resource(resource),
                    ..
                } = item.ty
                {
                    found.insert((path.clone(), name.clone()), resource.resource());
                }
            }
        }
        found
    }

    /// The memory and the function that allocates in it, of the options of a function.
    ///
    /// # Errors
    /// [`Refusal`] for options that are not known here.
    pub fn options(&self, options: &[CanonicalOption]) -> Result<Options<'a>, Refusal> {
        let side = self.side;
        let mut found = Options::default();
        for option in options {
            match option {
                CanonicalOption::UTF8 => {}
                CanonicalOption::UTF16 | CanonicalOption::CompactUTF16 => {
                    return Err(Refusal::Encoding { side });
                }
                CanonicalOption::Memory(index) => {
                    let memory = self.types().memory_at(*index);
                    if memory.memory64 || memory.shared {
                        return Err(Refusal::Memory { side });
                    }
                    found.memory = Some(self.core_export(Space::Memory, *index)?);
                }
                CanonicalOption::Realloc(index) => {
                    found.realloc = Some(self.core_export(Space::CoreFunction, *index)?);
                }
                CanonicalOption::PostReturn(index) => {
                    found.post_return = Some(self.core_export(Space::CoreFunction, *index)?);
                }
                CanonicalOption::Async | CanonicalOption::Callback(_) => {
                    return Err(Refusal::Asynchronous { side });
                }
                CanonicalOption::CoreType(_) | CanonicalOption::Gc => {
                    return Err(Refusal::Form("it uses another ABI".into()));
                }
            }
        }
        Ok(found)
    }

    /// The export of which a core item is an alias.
    ///
    /// # Errors
    /// [`Refusal`] when it is another thing.
    pub fn core_export(&self, space: Space, index: u32) -> Result<CoreExport<'a>, Refusal> {
        let export = self.items.core_export(space, index);
        export.ok_or_else(|| Refusal::Form("a function that is no module's is called".into()))
    }

    /// The definitions that are the instances `imports`, and what is taken out of these.
    pub fn imported(&self, imports: impl Fn(&str) -> bool) -> Imported<'a> {
        let mut found = Imported::default();
        for (index, definition) in self.items.iter() {
            match definition {
                Definition::Import(import)
                    if definition.space() == Space::Instance && imports(import.name.name) =>
                {
                    found.instances.insert(index, import.name.name);
                }
                Definition::Alias(ComponentAlias::InstanceExport {
                    kind,
                    instance_index,
                    name,
                }) => {
                    let Some(import) = found.instances.get(instance_index) else {
                        continue;
                    };
                    match kind {
                        ComponentExternalKind::Func => {
                            found.functions.insert(index, (*import, *name));
                        }
                        ComponentExternalKind::Type => {
                            found.types.insert(index, *import);
                        }
                        _ => {}
                    }
                }
                Definition::Alias(ComponentAlias::Outer {
                    kind: ComponentOuterAliasKind::Type,
                    count: 0,
                    index: aliased,
                }) => {
                    if let Some(import) = found.types.get(aliased).copied() {
                        found.types.insert(index, import);
                    }
                }
                _ => {}
            }
        }
        found
    }
}

/// The definitions of a component that are some imported instances, or come from these.
#[derive(Default)]
pub struct Imported<'a> {
    /// The instances, by their indices, with the names of the imports.
    pub instances: BTreeMap<u32, &'a str>,
    /// The functions, by their indices, with the import and the function's name in it.
    pub functions: BTreeMap<u32, (&'a str, &'a str)>,
    /// The types, by their indices, with the import.
    pub types: BTreeMap<u32, &'a str>,
}

impl<'a> Imported<'a> {
    /// Whether a definition is one of these.
    pub fn contains(&self, space: Space, index: u32) -> bool {
        self.import(space, index).is_some()
    }

    /// The import from which a definition comes.
    pub fn import(&self, space: Space, index: u32) -> Option<&'a str> {
        match space {
            Space::Instance => self.instances.get(&index).copied(),
            Space::Function => self.functions.get(&index).map(|(import, _)| *import),
            Space::Type => self.types.get(&index).copied(),
            _ => None,
        }
    }

    /// The import and the name of the function that a canonical function lowers, if it is one of these.
    pub fn lowered(&self, function: &CanonicalFunction) -> Option<(&'a str, &'a str)> {
        match function {
            CanonicalFunction::Lower { func_index, .. } => self.functions.get(func_index).copied(),
            _ => None,
        }
    }

    /// The type whose handles a canonical function drops, if it is one of these.
    pub fn dropped(&self, function: &CanonicalFunction) -> Option<u32> {
        match function {
            CanonicalFunction::ResourceDrop { resource } => {
                self.types.contains_key(resource).then_some(*resource)
            }
            _ => None,
        }
    }
}

/// The options of a function that is lifted or lowered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options<'a> {
    /// The memory in which arguments and results lie.
    pub memory: Option<CoreExport<'a>>,
    /// The function that allocates in it.
    pub realloc: Option<CoreExport<'a>>,
    /// The function to call when the result was read.
    pub post_return: Option<CoreExport<'a>>,
}

/// Whether a nested component only gives types to what is exported, as toolchains make them: it contains no code, and
/// refers to nothing around it.
fn is_plain(nested: &[u8]) -> anyhow::Result<bool> {
    let items = Items::of(nested)?;
    let has_code = items.iter().any(|(_, definition)| {
        matches!(definition, Definition::Module(_) | Definition::Component(_))
    });
    Ok(!has_code && references(&Definition::Component(nested))?.is_empty())
}

fn is_synchronous(function: &CanonicalFunction) -> bool {
    match function {
        CanonicalFunction::Lift { options, .. } | CanonicalFunction::Lower { options, .. } => {
            !options.contains(&CanonicalOption::Async)
        }
        CanonicalFunction::ResourceNew { .. }
        | CanonicalFunction::ResourceRep { .. }
        | CanonicalFunction::ResourceDrop { .. } => true,
        _ => false,
    }
}

fn types_of(bytes: &[u8]) -> anyhow::Result<Types> {
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    let mut types = None;
    for payload in Parser::new(0).parse_all(bytes) {
        if let ValidPayload::End(end) = validator.payload(&payload?)? {
            types = Some(end);
        }
    }
    types.ok_or_else(|| anyhow::anyhow!("it has no end"))
}
