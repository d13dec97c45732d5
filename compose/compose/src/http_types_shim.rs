//! Replaces one function of an interface by an adapter's and passes the rest of the interface through.
//!
//! A filter that changes the headers of new requests replaces one function of `wasi:http/types`, the constructor of
//! `outgoing-request`. If it exported the whole interface, it would have to wrap every resource of the interface.
//! Instead, a component without code imports `wasi:http/types` and the filter's function, and exports the former with
//! the latter in place of the constructor. Types and all other functions are those of the layer below, or of the host,
//! at no cost.

use std::collections::BTreeSet;

use anyhow::{Context, bail};
use indexmap::IndexMap;
use thiserror::Error;
use wasm_encoder::reencode::{Reencode, ReencodeComponent, RoundtripReencoder};
use wasm_encoder::{
    Alias, Component, ComponentAliasSection, ComponentExportKind, ComponentExportSection,
    ComponentImportSection, ComponentInstanceSection, ComponentOuterAliasKind, ComponentTypeRef,
    ComponentTypeSection, ComponentValType, InstanceType, NestedComponentSection,
};
use wasmparser::{
    ComponentAlias, ComponentType, ComponentTypeDeclaration, InstanceTypeDeclaration, Parser,
    Payload,
};
use wit_component::{DecodedWasm, StringEncoding, metadata};
use wit_parser::{InterfaceId, LiveTypes, Resolve, World, WorldId, WorldItem, WorldKey};

use crate::adapters::Adapter;
use crate::wasi::{own, p2};

/// The name of the shim in a composition.
pub const NAME: &str = "http-types";

/// The interface that the shim exports.
pub const INTERFACE: &str = p2!("wasi:http/types");

/// The interface with the filter's function.
pub const REQUESTS: &str = own!("requests");

/// The function of [`INTERFACE`] that the filter's function replaces.
const CONSTRUCTOR: &str = "[constructor]outgoing-request";

/// The shim could not be made because an adapter is damaged or has an unknown shape.
#[derive(Debug, Error)]
#[error("the filter's constructor could not be put into `wasi:http/types`: {0:#}")]
pub struct ShimError(anyhow::Error);

/// Makes the shim with the types and functions of [`INTERFACE`] in `asked`, and with the types that these contain.
///
/// # Errors
/// [`ShimError`] when an embedded adapter is damaged.
pub fn http_types_shim(asked: &BTreeSet<String>) -> Result<Vec<u8>, ShimError> {
    make(asked).map_err(ShimError)
}

fn make(asked: &BTreeSet<String>) -> anyhow::Result<Vec<u8>> {
    // This adapter is one that has the whole interface.
    let DecodedWasm::Component(mut resolve, decoded) =
        wit_component::decode(Adapter::KernelNetwork.component())?
    else {
        bail!("not a component");
    };
    let id = interface(&resolve, decoded)?;
    let functions = keep_functions(&mut resolve, id, asked);
    let world = importing(&mut resolve, decoded, id, asked);
    let bytes = metadata::encode(&resolve, world, StringEncoding::UTF8, None)?;
    let mut inner = Shim::default();
    let declarations = inner.declare_all(&bytes)?;
    let inner = inner.export(declarations, functions.contains(&CONSTRUCTOR.to_owned()))?;
    let mut outer = Shim::default();
    outer.declare_all(&bytes)?;
    outer.instantiate(&inner, functions.contains(&CONSTRUCTOR.to_owned()))
}

/// The interface in a decoded adapter.
fn interface(resolve: &Resolve, world: WorldId) -> anyhow::Result<InterfaceId> {
    let world = &resolve.worlds[world];
    let mut keys = world.imports.keys().chain(world.exports.keys());
    let key = keys.find(|key| resolve.name_world_key(key) == INTERFACE);
    match key {
        Some(WorldKey::Interface(id)) => Ok(*id),
        _ => bail!("the kernel does not have `{INTERFACE}`"),
    }
}

/// Removes from an interface the constructor and all functions that are not in `asked`. Returns the names of the
/// functions that are in `asked`, including the constructor.
fn keep_functions(resolve: &mut Resolve, id: InterfaceId, asked: &BTreeSet<String>) -> Vec<String> {
    let functions = &mut resolve.interfaces[id].functions;
    functions.retain(|name, _| asked.contains(name));
    let names = functions.keys().cloned().collect();
    functions.shift_remove(CONSTRUCTOR);
    names
}

/// A world that imports an interface and the used types of the interfaces that it uses.
fn importing(
    resolve: &mut Resolve,
    decoded: WorldId,
    id: InterfaceId,
    asked: &BTreeSet<String>,
) -> WorldId {
    let mut live = LiveTypes::default();
    let interface = &resolve.interfaces[id];
    for function in interface.functions.values() {
        live.add_func(resolve, function);
    }
    for (name, ty) in &interface.types {
        if asked.contains(name) || ["fields", "outgoing-request"].contains(&name.as_str()) {
            live.add_type_id(resolve, *ty);
        }
    }
    let mut order = Vec::new();
    dependencies(resolve, id, &mut order);
    for used in &order {
        let interface = &mut resolve.interfaces[*used];
        interface.types.retain(|_, ty| live.contains(*ty));
        if *used != id {
            interface.functions.clear();
        }
    }
    let imports: IndexMap<_, _> = order
        .into_iter()
        .filter(|used| !resolve.interfaces[*used].types.is_empty())
        .map(|id| {
            let item = WorldItem::Interface {
                id,
                stability: Default::default(),
                external_id: None,
                docs: Default::default(),
                span: Default::default(),
            };
            (WorldKey::Interface(id), item)
        })
        .collect();
    let world = World {
        name: "glue".into(),
        imports,
        exports: IndexMap::default(),
        ..resolve.worlds[decoded].clone()
    };
    let package = world.package;
    let id = resolve.worlds.alloc(world);
    if let Some(package) = package {
        resolve.packages[package].worlds.insert("glue".into(), id);
    }
    id
}

/// Adds an interface to `order`, behind those that it uses.
fn dependencies(resolve: &Resolve, id: InterfaceId, order: &mut Vec<InterfaceId>) {
    if order.contains(&id) {
        return;
    }
    for used in resolve.interface_direct_deps(id) {
        dependencies(resolve, used, order);
    }
    order.push(id);
}

/// The declarations of a world that is encoded as WIT.
fn declarations(bytes: &[u8]) -> anyhow::Result<Vec<ComponentTypeDeclaration<'_>>> {
    for payload in Parser::new(0).parse_all(bytes) {
        let Payload::ComponentTypeSection(section) = payload? else {
            continue;
        };
        for ty in section {
            let ComponentType::Component(outer) = ty? else {
                continue;
            };
            for declaration in outer.into_vec() {
                if let ComponentTypeDeclaration::Type(ComponentType::Component(world)) = declaration
                {
                    return Ok(world.into_vec());
                }
            }
        }
    }
    bail!("a world was encoded without its type")
}

/// Re-encodes the declarations of an instance type with the type indices of the surrounding component.
#[derive(Default)]
struct Inlined {
    /// The component's type index for each type index of the instance type.
    types: Vec<u32>,
}

impl Reencode for Inlined {
    type Error = std::convert::Infallible;
}

impl ReencodeComponent for Inlined {
    fn component_type_index(&mut self, ty: u32) -> u32 {
        self.types.get(ty as usize).copied().unwrap_or(ty)
    }
}

/// A component under construction: its sections, and the size of its index spaces.
#[derive(Default)]
struct Shim {
    component: Component,
    types: u32,
    functions: u32,
    /// The names of the imported instances, in order.
    imports: Vec<String>,
}

impl Shim {
    /// Imports the imports of a world; the world's type indices become those of the component. Returns the declarations
    /// of the interface's type.
    fn declare_all<'a>(
        &mut self,
        bytes: &'a [u8],
    ) -> anyhow::Result<Vec<InstanceTypeDeclaration<'a>>> {
        let mut last = Vec::new();
        for declaration in declarations(bytes)? {
            match declaration {
                ComponentTypeDeclaration::Type(ty) => {
                    let mut section = ComponentTypeSection::new();
                    RoundtripReencoder.parse_component_type(section.ty(), ty.clone())?;
                    self.component.section(&section);
                    self.types += 1;
                    // The interface is the last import.
                    if let ComponentType::Instance(declarations) = ty {
                        last = declarations.into_vec();
                    }
                }
                ComponentTypeDeclaration::Alias(alias) => {
                    let mut section = ComponentAliasSection::new();
                    section.alias(RoundtripReencoder.component_alias(alias)?);
                    self.component.section(&section);
                    self.types += 1;
                }
                ComponentTypeDeclaration::Import(import) => {
                    let ty = RoundtripReencoder.component_type_ref(import.ty)?;
                    self.import(import.name.name, ty);
                }
                _ => bail!("a world that only imports declares something else"),
            }
        }
        Ok(last)
    }

    fn import(&mut self, name: &str, ty: ComponentTypeRef) -> u32 {
        let mut section = ComponentImportSection::new();
        section.import(name, ty);
        self.component.section(&section);
        self.imports.push(name.to_owned());
        self.imports.len() as u32 - 1
    }

    fn alias(&mut self, instance: u32, kind: ComponentExportKind, name: &str) -> u32 {
        let mut section = ComponentAliasSection::new();
        section.alias(Alias::InstanceExport {
            instance,
            kind,
            name,
        });
        self.component.section(&section);
        let count = match kind {
            ComponentExportKind::Type => &mut self.types,
            _ => &mut self.functions,
        };
        *count += 1;
        *count - 1
    }

    /// The position of the interface among the imported instances.
    fn below(&self) -> anyhow::Result<u32> {
        let position = self.imports.iter().position(|name| name == INTERFACE);
        Ok(u32::try_from(
            position.context("the interface is not imported")?,
        )?)
    }

    /// Imports the filter's function, with the types of the interface that `below` imports.
    fn import_requests(&mut self, below: u32) -> u32 {
        let types = ["fields", "outgoing-request"]
            .map(|name| self.alias(below, ComponentExportKind::Type, name));
        let mut instance = InstanceType::new();
        for index in types {
            instance.alias(Alias::Outer {
                kind: ComponentOuterAliasKind::Type,
                count: 1,
                index,
            });
        }
        instance.ty().defined_type().own(0);
        instance.ty().defined_type().own(1);
        instance
            .ty()
            .function()
            .params([("headers", ComponentValType::Type(2))])
            .result(Some(ComponentValType::Type(3)));
        instance.export("new", ComponentTypeRef::Func(4));
        let mut section = ComponentTypeSection::new();
        section.ty().instance(&instance);
        self.component.section(&section);
        self.types += 1;
        self.import(REQUESTS, ComponentTypeRef::Instance(self.types - 1))
    }

    /// Adds the inner component. It exports the items of the interface as the interface's type declares them, but with
    /// the exported types. An instance of functions alone could not have methods, because the resources of methods must
    /// be exported first.
    fn export(
        mut self,
        declarations: Vec<InstanceTypeDeclaration<'_>>,
        with_requests: bool,
    ) -> anyhow::Result<Component> {
        let below = self.below()?;
        let mut inlined = Inlined::default();
        let (mut fields, mut request) = (None, None);
        for declaration in declarations {
            match declaration {
                InstanceTypeDeclaration::Type(ty) => {
                    let mut section = ComponentTypeSection::new();
                    inlined.parse_component_type(section.ty(), ty)?;
                    self.component.section(&section);
                    inlined.types.push(self.types);
                    self.types += 1;
                }
                // Outside the instance type is this component.
                InstanceTypeDeclaration::Alias(ComponentAlias::Outer { index, .. }) => {
                    inlined.types.push(index);
                }
                InstanceTypeDeclaration::Export { name, ty } => match ty {
                    wasmparser::ComponentTypeRef::Type(_) => {
                        let index = self.alias(below, ComponentExportKind::Type, name.name);
                        self.export_item(name.name, ComponentExportKind::Type, index, None);
                        // An export defines a new type.
                        inlined.types.push(self.types);
                        match name.name {
                            "fields" => fields = Some(self.types),
                            "outgoing-request" => request = Some(self.types),
                            _ => {}
                        }
                        self.types += 1;
                    }
                    wasmparser::ComponentTypeRef::Func(ty) => {
                        let ty = inlined.component_type_index(ty);
                        let index = self.alias(below, ComponentExportKind::Func, name.name);
                        self.export_function(name.name, index, ty);
                    }
                    _ => bail!("the interface has more than types and functions"),
                },
                _ => bail!("the type of the interface is of an unknown form"),
            }
        }
        if with_requests {
            let requests = self.import_requests(below);
            let index = self.alias(requests, ComponentExportKind::Func, "new");
            let mut section = ComponentTypeSection::new();
            let missing = "the interface lacks the types of a request";
            let [headers, request] = [fields, request].map(|ty| ty.context(missing));
            section.ty().defined_type().own(headers?);
            section.ty().defined_type().own(request?);
            section
                .ty()
                .function()
                .params([("headers", ComponentValType::Type(self.types))])
                .result(Some(ComponentValType::Type(self.types + 1)));
            self.component.section(&section);
            self.types += 3;
            self.export_function(CONSTRUCTOR, index, self.types - 1);
        }
        Ok(self.component)
    }

    fn export_function(&mut self, name: &str, index: u32, ty: u32) {
        let ty = Some(ComponentTypeRef::Func(ty));
        self.export_item(name, ComponentExportKind::Func, index, ty);
        self.functions += 1;
    }

    fn export_item(
        &mut self,
        name: &str,
        kind: ComponentExportKind,
        index: u32,
        ty: Option<ComponentTypeRef>,
    ) {
        let mut section = ComponentExportSection::new();
        section.export(name, kind, index, ty);
        self.component.section(&section);
    }

    /// Completes the outer component, which exports an instance of the inner one.
    fn instantiate(mut self, inner: &Component, with_requests: bool) -> anyhow::Result<Vec<u8>> {
        if with_requests {
            let below = self.below()?;
            self.import_requests(below);
        }
        self.component.section(&NestedComponentSection(inner));
        let arguments = (0..)
            .zip(&self.imports)
            .map(|(index, name)| (name.as_str(), ComponentExportKind::Instance, index));
        let mut section = ComponentInstanceSection::new();
        section.instantiate(0, arguments.collect::<Vec<_>>());
        self.component.section(&section);
        let instance = u32::try_from(self.imports.len())?;
        self.export_item(INTERFACE, ComponentExportKind::Instance, instance, None);
        Ok(self.component.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surface::Surface;

    fn made(asked: &[&str]) -> Surface {
        let asked = asked.iter().map(|name| (*name).to_owned()).collect();
        let component = http_types_shim(&asked).unwrap();
        wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
            .validate_all(&component)
            .unwrap();
        Surface::of(&component).unwrap()
    }

    #[test]
    fn what_is_asked_for_is_passed_through_and_the_constructor_is_the_filters() {
        let surface = made(&[
            CONSTRUCTOR,
            "[method]fields.set",
            "[method]outgoing-request.body",
            "[method]outgoing-body.write",
        ]);
        let imported = surface.import(INTERFACE).unwrap();
        assert_eq!(
            imported.functions,
            [
                "[method]fields.set",
                "[method]outgoing-request.body",
                "[method]outgoing-body.write"
            ]
        );
        let requests = surface.import(REQUESTS).unwrap();
        assert_eq!(requests.functions, ["new"]);
        assert!(
            surface
                .imports
                .iter()
                .all(|item| !item.name.starts_with("wasi:io/") || item.functions.is_empty())
        );
        let [exported] = &surface.exports[..] else {
            panic!("{surface:?}");
        };
        assert_eq!(exported.name, INTERFACE);
        assert_eq!(exported.functions.len(), 4);
        assert!(
            exported.uses.iter().any(|name| name == INTERFACE),
            "the resources are those below"
        );
    }

    #[test]
    fn what_nothing_asks_for_is_not_imported() {
        let surface = made(&[CONSTRUCTOR]);
        let names: Vec<&str> = surface
            .imports
            .iter()
            .map(|item| item.name.as_str())
            .collect();
        assert_eq!(names, [INTERFACE, REQUESTS]);
        let surface = made(&["[method]outgoing-request.method"]);
        assert!(surface.import(REQUESTS).is_none());
    }
}
