//! Reads the surface of a component from the types that the validator computes. wac's own types are not enough: they
//! cannot represent some valid components, including some that this crate has composed.

use std::collections::{BTreeSet, HashMap, HashSet};

use indexmap::{IndexMap, IndexSet};
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentEntityType, ComponentInstanceTypeId,
    ComponentItem, ComponentTypeId, ComponentValType, ResourceId,
};
use wasmparser::types::Types;
use wasmparser::{ComponentExternName, Parser, Payload, ValidPayload, Validator, WasmFeatures};

use super::{Annotations, Item, Kind, Surface, SurfaceError};
use crate::aliases::aliases;
use crate::foreign::{self, Limits, Owners, apart};

impl Surface {
    /// Reads the surface of a valid component.
    ///
    /// # Errors
    /// [`SurfaceError`] when the bytes are not a valid component or exceed a limit.
    pub fn of(component: &[u8]) -> Result<Self, SurfaceError> {
        foreign::check(component, Limits::COMPOSED)?;
        apart(|| read(component)).unwrap_or_else(|panic| {
            let message = format!("its types cannot be read ({panic})");
            Err(SurfaceError::new(message))
        })
    }
}

/// Reads the surface of a component that is within the limits.
///
/// # Errors
/// [`SurfaceError`] when the bytes are not a valid component. The bodies of functions are not validated.
fn read(component: &[u8]) -> Result<Surface, SurfaceError> {
    let failed = SurfaceError::new;
    if !Parser::is_component(component) {
        return Err(failed("this is no component".into()));
    }
    let (imports, exports, types) = names(component).map_err(|error| failed(error.to_string()))?;
    let aliases = aliases(component).map_err(|error| failed(error.to_string()))?;
    let imports: Vec<(ComponentExternName<'_>, &ComponentItem)> = imports
        .iter()
        .filter_map(|name| Some((*name, types.component_item_for_import(name.name)?)))
        .collect();
    let exports: Vec<(ComponentExternName<'_>, &ComponentItem)> = exports
        .iter()
        .filter_map(|name| Some((*name, types.component_item_for_export(name.name)?)))
        .collect();
    let owners = owners(&types, &imports);
    let mut origins = Origins::new(&types);
    let mut items = |list: &[(ComponentExternName<'_>, &ComponentItem)], own: bool| {
        let items = list.iter().map(|(name, entity)| {
            let mut item = item(&types, name.name, entity);
            if own {
                item.is_alias = aliases.contains(name.name);
                item.annotations = Annotations::of(name);
            }
            item.types_of = origins.of(name.name, entity).into_iter().collect();
            item.uses = used(&types, &owners, entity);
            item.uses.retain(|import| !own || import != name.name);
            item
        });
        items.collect()
    };
    Ok(Surface {
        imports: items(&imports, true),
        exports: items(&exports, false),
    })
}

/// The names of the imports, the names of the exports, and the types of the component.
type Names<'a> = (
    Vec<ComponentExternName<'a>>,
    Vec<ComponentExternName<'a>>,
    Types,
);

/// The names of the imports and of the exports of the outermost component, in its order, and its types.
fn names(component: &[u8]) -> wasmparser::Result<Names<'_>> {
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    let mut nested = 0u32;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload?;
        match validator.payload(&payload)? {
            ValidPayload::Ok if nested == 0 => match payload {
                Payload::ComponentImportSection(section) => {
                    for import in section {
                        imports.push(import?.name);
                    }
                }
                Payload::ComponentExportSection(section) => {
                    for export in section {
                        exports.push(export?.name);
                    }
                }
                _ => {}
            },
            ValidPayload::Ok | ValidPayload::Func(..) => {}
            ValidPayload::Parser(_) => nested += 1,
            ValidPayload::End(types) if nested == 0 => return Ok((imports, exports, types)),
            ValidPayload::End(_) => nested -= 1,
        }
    }
    // The parser reports an error if the end is missing.
    let types = Validator::new_with_features(WasmFeatures::all()).validate_all(component)?;
    Ok((imports, exports, types))
}

fn item(types: &Types, name: &str, item: &ComponentItem) -> Item {
    let kind = match item.ty {
        ComponentEntityType::Module(_) => Kind::Module,
        ComponentEntityType::Func(_) => Kind::Function,
        ComponentEntityType::Value(_) => Kind::Value,
        ComponentEntityType::Type { .. } => Kind::Type,
        ComponentEntityType::Instance(_) => Kind::Instance,
        ComponentEntityType::Component(_) => Kind::Component,
    };
    let mut found = Item {
        kind,
        ..Item::named(name)
    };
    if let ComponentEntityType::Instance(id) = item.ty {
        for (name, item) in &types[id].exports {
            match item.ty {
                ComponentEntityType::Type { .. } => found.types.push(name.clone()),
                _ => found.functions.push(name.clone()),
            }
        }
    }
    found
}

/// The import that each resource belongs to: the first import that has the resource.
fn owners<'a>(
    types: &Types,
    imports: &[(ComponentExternName<'a>, &ComponentItem)],
) -> IndexMap<ResourceId, &'a str> {
    let mut owners = IndexMap::new();
    for (name, item) in imports {
        let mut own = |item: &ComponentItem| {
            if let ComponentEntityType::Type {
                created: ComponentAnyTypeId::Resource(id),
                ..
            } = item.ty
            {
                owners.entry(id.resource()).or_insert(name.name);
            }
        };
        own(item);
        if let ComponentEntityType::Instance(id) = item.ty {
            types[id].exports.values().for_each(own);
        }
    }
    owners
}

/// The imports whose resources an item mentions, in the order of the imports.
fn used(types: &Types, owners: &IndexMap<ResourceId, &str>, item: &ComponentItem) -> Vec<String> {
    let mut mentions = Mentions {
        types,
        resources: HashSet::new(),
        seen: HashSet::new(),
    };
    mentions.entity(&item.ty);
    let found = mentions.resources.iter();
    let places: BTreeSet<usize> = found.filter_map(|id| owners.get_index_of(id)).collect();
    let names: IndexSet<&str> = places.into_iter().map(|place| owners[place]).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// Collects the resources that a type contains.
struct Mentions<'a> {
    types: &'a Types,
    resources: HashSet<ResourceId>,
    /// The types that were visited, because many others may contain the same type.
    seen: HashSet<ComponentAnyTypeId>,
}

impl Mentions<'_> {
    fn entity(&mut self, entity: &ComponentEntityType) {
        match entity {
            ComponentEntityType::Module(_) => {}
            ComponentEntityType::Func(id) => self.ty(ComponentAnyTypeId::Func(*id)),
            ComponentEntityType::Value(ty) => self.value(ty),
            ComponentEntityType::Type { created, .. } => self.ty(*created),
            ComponentEntityType::Instance(id) => self.ty(ComponentAnyTypeId::Instance(*id)),
            ComponentEntityType::Component(id) => self.ty(ComponentAnyTypeId::Component(*id)),
        }
    }

    fn value(&mut self, ty: &ComponentValType) {
        if let ComponentValType::Type(id) = ty {
            self.ty(ComponentAnyTypeId::Defined(*id));
        }
    }

    fn ty(&mut self, id: ComponentAnyTypeId) {
        let types = self.types;
        if let ComponentAnyTypeId::Resource(id) = id {
            self.resources.insert(id.resource());
        } else if self.seen.insert(id) {
            match id {
                ComponentAnyTypeId::Resource(_) => {}
                ComponentAnyTypeId::Defined(id) => self.defined(&types[id]),
                ComponentAnyTypeId::Func(id) => {
                    let function = &types[id];
                    let params = function.params.iter().map(|(_, ty)| ty);
                    params.chain(&function.result).for_each(|ty| self.value(ty));
                }
                ComponentAnyTypeId::Instance(id) => {
                    let exports = types[id].exports.values();
                    exports.for_each(|item| self.entity(&item.ty));
                }
                ComponentAnyTypeId::Component(id) => {
                    let (imports, exports) = (&types[id].imports, &types[id].exports);
                    let items = imports.values().chain(exports.values());
                    items.for_each(|item| self.entity(&item.ty));
                }
            }
        }
    }

    fn defined(&mut self, ty: &ComponentDefinedType) {
        match ty {
            ComponentDefinedType::Primitive(_)
            | ComponentDefinedType::Flags(_)
            | ComponentDefinedType::Enum(_) => {}
            ComponentDefinedType::Record(ty) => ty.fields.values().for_each(|ty| self.value(ty)),
            ComponentDefinedType::Variant(ty) => {
                let payloads = ty.cases.values().filter_map(|case| case.ty.as_ref());
                payloads.for_each(|ty| self.value(ty));
            }
            ComponentDefinedType::Tuple(ty) => ty.types.iter().for_each(|ty| self.value(ty)),
            ComponentDefinedType::List { element, .. }
            | ComponentDefinedType::FixedLengthList { element, .. } => self.value(element),
            ComponentDefinedType::Map { key, value, .. } => {
                self.value(key);
                self.value(value);
            }
            ComponentDefinedType::Option { ty, .. } => self.value(ty),
            ComponentDefinedType::Result { ok, err, .. } => {
                ok.iter().chain(err).for_each(|ty| self.value(ty));
            }
            ComponentDefinedType::Own(id) | ComponentDefinedType::Borrow(id) => {
                self.resources.insert(id.resource());
            }
            ComponentDefinedType::Future { ty, .. } | ComponentDefinedType::Stream { ty, .. } => {
                ty.iter().for_each(|ty| self.value(ty));
            }
        }
    }
}

/// Finds the owner of named types: the first instance that has a type.
struct Origins<'a> {
    types: &'a Types,
    owners: Owners<Owner>,
    /// The interfaces to which the types of instances belong.
    interfaces: HashMap<ComponentInstanceTypeId, String>,
    /// The interfaces that the types of instances use, once found.
    used: HashMap<ComponentInstanceTypeId, BTreeSet<String>>,
    components: HashSet<ComponentTypeId>,
}

/// An instance or component that exports named types.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Instance(ComponentInstanceTypeId),
    Component,
}

impl<'a> Origins<'a> {
    fn new(types: &'a Types) -> Self {
        Self {
            types,
            owners: Owners::default(),
            interfaces: HashMap::new(),
            used: HashMap::new(),
            components: HashSet::new(),
        }
    }

    /// The interfaces whose types an instance exports under a name.
    fn of(&mut self, name: &str, item: &ComponentItem) -> BTreeSet<String> {
        match item.ty {
            ComponentEntityType::Instance(id) => {
                self.of_instance(item.implements.as_deref().unwrap_or(name), id)
            }
            ComponentEntityType::Component(id) => {
                self.of_component(id);
                BTreeSet::new()
            }
            _ => BTreeSet::new(),
        }
    }

    fn of_instance(&mut self, name: &str, id: ComponentInstanceTypeId) -> BTreeSet<String> {
        if let Some(used) = self.used.get(&id) {
            return used.clone();
        }
        if name.contains(':') {
            self.interfaces.insert(id, name.to_owned());
        }
        let types = self.types;
        let mut used = BTreeSet::new();
        for (name, item) in &types[id].exports {
            self.of(name, item);
            let own = Owner::Instance(id);
            match self.owner_or(item, own) {
                Some(Owner::Instance(other)) if other != id => {
                    used.extend(self.interfaces.get(&other).cloned());
                }
                _ => {}
            }
        }
        self.used.insert(id, used.clone());
        used
    }

    fn of_component(&mut self, id: ComponentTypeId) {
        if !self.components.insert(id) {
            return;
        }
        let types = self.types;
        for (name, item) in &types[id].imports {
            self.of(name, item);
            self.owner_or(item, Owner::Component);
        }
        for (name, item) in &types[id].exports {
            self.of(name, item);
        }
    }

    /// The first owner of a type; `own` becomes the owner of a type without one.
    fn owner_or(&mut self, item: &ComponentItem, own: Owner) -> Option<Owner> {
        let ComponentEntityType::Type {
            referenced,
            created,
        } = item.ty
        else {
            return None;
        };
        let owner = self.owners.of(referenced, self.types);
        if owner.is_none() {
            self.owners.insert(created, own);
        }
        owner
    }
}
