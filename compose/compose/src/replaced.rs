//! Replaces functions of an interface by an adapter's and passes the rest of the interface through.
//!
//! A filter that changes the headers of new requests replaces one function of `wasi:http/types`, the constructor of
//! `outgoing-request`, and one for sockets of WASI 0.3 those by which a socket reaches somebody. If it exported the whole
//! interface, it would have to wrap every resource of the interface, and every stream of them. Instead, a component without
//! code imports the interface and the filter's functions, and exports the former with the latter in place of its own.
//! Types and all other functions are those of the layer below, or of the host, at no cost.

use std::collections::BTreeSet;

use anyhow::{Context, bail};
use indexmap::IndexMap;
use thiserror::Error;
use wasm_encoder::reencode::{Reencode, ReencodeComponent, RoundtripReencoder};
use wasm_encoder::{
    Alias, Component, ComponentAliasSection, ComponentExportKind, ComponentExportSection,
    ComponentImportSection, ComponentInstanceSection, ComponentTypeRef, ComponentTypeSection,
    NestedComponentSection,
};
use wasmparser::{
    ComponentAlias, ComponentType, ComponentTypeDeclaration, InstanceTypeDeclaration, Parser,
    Payload,
};
use wit_component::{DecodedWasm, StringEncoding, metadata};
use wit_parser::{
    Function, FunctionKind, Interface, InterfaceId, LiveTypes, Package, PackageName, Resolve, Type,
    TypeDefKind, World, WorldId, WorldItem, WorldKey,
};

use crate::adapters::Adapter;
use crate::interface::InterfaceName;
use crate::surface::Surface;
use crate::wasi::{own, p2};

/// An interface of which an adapter replaces functions.
#[derive(Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The name of the component that exports the interface, in a composition.
    pub name: &'static str,
    /// The interface.
    pub interface: &'static str,
    /// The interface with the adapter's functions.
    pub own: &'static str,
    /// The name of the interface below, whose types and other functions are passed through. It need not have the functions
    /// that are replaced.
    pub below: &'static str,
    /// The functions of the interface, each with the adapter's function that replaces it. Their types are the same.
    functions: &'static [(&'static str, &'static str)],
    /// An adapter that has the whole interface.
    whole: Adapter,
}

/// The headers of requests are changed when a request is made.
const REQUESTS: Replaced = Replaced {
    name: "http-types",
    interface: p2!("wasi:http/types"),
    own: own!("requests"),
    below: p2!("wasi:http/types"),
    functions: &[("[constructor]outgoing-request", "new")],
    whole: Adapter::KernelNetwork,
};

/// Sockets of WASI 0.3.
const SOCKETS: Replaced = Replaced {
    name: "sockets-types",
    interface: "wasi:sockets/types@0.3.0",
    own: "wasi-interpose:p3/sockets@0.1.0",
    below: "wasi:sockets/types@0.3.0",
    functions: &[
        ("[static]tcp-socket.create", "tcp-create"),
        ("[method]tcp-socket.bind", "tcp-bind"),
        ("[method]tcp-socket.connect", "tcp-connect"),
        ("[method]tcp-socket.listen", "tcp-listen"),
        ("[static]udp-socket.create", "udp-create"),
        ("[method]udp-socket.bind", "udp-bind"),
        ("[method]udp-socket.connect", "udp-connect"),
        ("[method]udp-socket.send", "udp-send"),
        ("[method]udp-socket.receive", "udp-receive"),
    ],
    whole: Adapter::NetworkDeniedP3,
};

/// Files of the kernel for WASI 0.3. There the functions that give streams are asynchronous.
const FILES: Replaced = Replaced {
    name: "filesystem-types",
    interface: "wasi:filesystem/types@0.3.0",
    own: "wasi-interpose:p3/file-streams@0.1.0",
    below: "wasi-interpose:p3/files@0.1.0",
    functions: &[
        ("[method]descriptor.read-via-stream", "read-via-stream"),
        ("[method]descriptor.write-via-stream", "write-via-stream"),
        ("[method]descriptor.append-via-stream", "append-via-stream"),
        ("[method]descriptor.read-directory", "read-directory"),
    ],
    whole: Adapter::FilesystemDeniedP3,
};

impl Adapter {
    /// The interface of which the adapter replaces functions.
    pub(crate) fn replaced(self) -> Option<&'static Replaced> {
        match self {
            Self::HttpHeaders => Some(&REQUESTS),
            Self::NetworkP3 => Some(&SOCKETS),
            Self::StreamsP3 => Some(&FILES),
            _ => None,
        }
    }
}

/// The component could not be made because an adapter is damaged or has an unknown shape.
#[derive(Debug, Error)]
#[error("the filter's functions could not be put into `{interface}`: {error:#}")]
pub struct ReplaceError {
    interface: &'static str,
    error: anyhow::Error,
}

impl Replaced {
    /// All functions and types of the interface.
    ///
    /// # Errors
    /// [`ReplaceError`] when an embedded adapter is damaged.
    pub(crate) fn everything(&self) -> Result<BTreeSet<String>, ReplaceError> {
        let whole = Surface::of(self.whole.component()).map_err(|error| ReplaceError {
            interface: self.interface,
            error: error.into(),
        })?;
        let items = whole.exports.into_iter();
        let own = items.filter(|item| item.name == self.interface);
        let names = own.flat_map(|item| [item.functions, item.types]);
        Ok(names.flatten().collect())
    }

    /// Makes the component with the types and functions of the interface in `asked`, and with the types that these
    /// contain.
    ///
    /// # Errors
    /// [`ReplaceError`] when an embedded adapter is damaged.
    pub(crate) fn component(&self, asked: &BTreeSet<String>) -> Result<Vec<u8>, ReplaceError> {
        self.make(asked).map_err(|error| ReplaceError {
            interface: self.interface,
            error,
        })
    }

    fn make(&self, asked: &BTreeSet<String>) -> anyhow::Result<Vec<u8>> {
        let DecodedWasm::Component(mut resolve, decoded) =
            wit_component::decode(self.whole.component())?
        else {
            bail!("not a component");
        };
        let id = self.interface_of(&resolve, decoded)?;
        let functions = &mut resolve.interfaces[id].functions;
        functions.retain(|name, _| asked.contains(name));
        if self.below != self.interface {
            self_contained(&mut resolve, id);
        }
        let own = self.own_interface(&mut resolve, id)?;
        let world = importing(&mut resolve, decoded, id, own, asked);
        let bytes = metadata::encode(&resolve, world, StringEncoding::UTF8, None)?;
        let mut inner = Shim::default();
        let declarations = inner.declare_all(&bytes, self)?;
        let inner = inner.export(declarations, self)?;
        let mut outer = Shim::default();
        outer.declare_all(&bytes, self)?;
        outer.instantiate(&inner, self)
    }

    /// The interface in a decoded adapter.
    fn interface_of(&self, resolve: &Resolve, world: WorldId) -> anyhow::Result<InterfaceId> {
        let world = &resolve.worlds[world];
        let mut keys = world.imports.keys().chain(world.exports.keys());
        let key = keys.find(|key| resolve.name_world_key(key) == self.interface);
        match key {
            Some(WorldKey::Interface(id)) => Ok(*id),
            _ => bail!("the adapter `{}` does not have it", self.whole),
        }
    }

    /// Whether the interface below has no such function.
    fn lacks(&self, name: &str) -> bool {
        self.below != self.interface && self.function(name).is_some()
    }

    /// The adapter's function in place of one of the interface.
    fn function(&self, name: &str) -> Option<&'static str> {
        let mut functions = self.functions.iter();
        functions.find_map(|(replaced, own)| (*replaced == name).then_some(*own))
    }

    /// Adds the interface with the adapter's functions for the functions that the interface still has; `None` if there are
    /// none.
    fn own_interface(
        &self,
        resolve: &mut Resolve,
        interface: InterfaceId,
    ) -> anyhow::Result<Option<InterfaceId>> {
        let functions = resolve.interfaces[interface].functions.values();
        let own: IndexMap<String, Function> = functions
            .filter_map(|function| {
                let name = self.function(&function.name)?.to_owned();
                let kind = match function.kind.is_async() {
                    true => FunctionKind::AsyncFreestanding,
                    false => FunctionKind::Freestanding,
                };
                let function = Function {
                    name: name.clone(),
                    kind,
                    ..function.clone()
                };
                Some((name, function))
            })
            .collect();
        if own.is_empty() {
            return Ok(None);
        }
        let name = InterfaceName::parse(self.own).context("its own interface has no name")?;
        let (namespace, package) = name.package.split_once(':').unwrap_or_default();
        let package = resolve.packages.alloc(Package {
            name: PackageName {
                namespace: namespace.into(),
                name: package.into(),
                version: name.version,
            },
            docs: Default::default(),
            interfaces: IndexMap::default(),
            worlds: IndexMap::default(),
        });
        let id = resolve.interfaces.alloc(Interface {
            name: Some(name.interface.clone()),
            types: IndexMap::default(),
            functions: own,
            package: Some(package),
            ..resolve.interfaces[interface].clone()
        });
        let interfaces = &mut resolve.packages[package].interfaces;
        interfaces.insert(name.interface, id);
        Ok(Some(id))
    }
}

/// Gives an interface types of its own in place of those that it uses of other interfaces. They must not contain resources.
fn self_contained(resolve: &mut Resolve, interface: InterfaceId) {
    for ty in resolve.interfaces[interface].types.values() {
        if let TypeDefKind::Type(Type::Id(used)) = resolve.types[*ty].kind {
            resolve.types[*ty].kind = resolve.types[used].kind.clone();
        }
    }
}

/// A world that imports an interface, the used types of the interfaces that it uses, and the adapter's own interface.
fn importing(
    resolve: &mut Resolve,
    decoded: WorldId,
    id: InterfaceId,
    own: Option<InterfaceId>,
    asked: &BTreeSet<String>,
) -> WorldId {
    let mut live = LiveTypes::default();
    let interface = &resolve.interfaces[id];
    for function in interface.functions.values() {
        live.add_func(resolve, function);
    }
    for (name, ty) in &interface.types {
        if asked.contains(name) {
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
        .chain(own)
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
    /// of the type of the interface among them.
    fn declare_all<'a>(
        &mut self,
        bytes: &'a [u8],
        replaced: &Replaced,
    ) -> anyhow::Result<Vec<InstanceTypeDeclaration<'a>>> {
        let (mut last, mut found) = (Vec::new(), Vec::new());
        for declaration in declarations(bytes)? {
            match declaration {
                ComponentTypeDeclaration::Type(ComponentType::Instance(declarations)) => {
                    let declarations = declarations.into_vec();
                    let imported = declarations.iter().filter(|declaration| {
                        !matches!(declaration, InstanceTypeDeclaration::Export { name, .. }
                            if replaced.lacks(name.name))
                    });
                    let imported = ComponentType::Instance(imported.cloned().collect());
                    self.declare(imported)?;
                    // The import of an interface stands behind its type.
                    last = declarations;
                }
                ComponentTypeDeclaration::Type(ty) => self.declare(ty)?,
                ComponentTypeDeclaration::Alias(alias) => {
                    let mut section = ComponentAliasSection::new();
                    section.alias(RoundtripReencoder.component_alias(alias)?);
                    self.component.section(&section);
                    self.types += 1;
                }
                ComponentTypeDeclaration::Import(import) => {
                    let ty = RoundtripReencoder.component_type_ref(import.ty)?;
                    if import.name.name == replaced.interface {
                        found = std::mem::take(&mut last);
                        self.import(replaced.below, ty);
                    } else {
                        self.import(import.name.name, ty);
                    }
                }
                _ => bail!("a world that only imports declares something else"),
            }
        }
        Ok(found)
    }

    fn declare(&mut self, ty: ComponentType<'_>) -> anyhow::Result<()> {
        let mut section = ComponentTypeSection::new();
        RoundtripReencoder.parse_component_type(section.ty(), ty)?;
        self.component.section(&section);
        self.types += 1;
        Ok(())
    }

    fn import(&mut self, name: &str, ty: ComponentTypeRef) {
        let mut section = ComponentImportSection::new();
        section.import(name, ty);
        self.component.section(&section);
        self.imports.push(name.to_owned());
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

    /// The position of an interface among the imported instances.
    fn position(&self, interface: &str) -> anyhow::Result<u32> {
        let position = self.imports.iter().position(|name| name == interface);
        let position = position.with_context(|| format!("`{interface}` is not imported"))?;
        Ok(u32::try_from(position)?)
    }

    /// Adds the inner component. It exports the items of the interface as the interface's type declares them, but with
    /// the exported types. An instance of functions alone could not have methods, because the resources of methods must
    /// be exported first.
    fn export(
        mut self,
        declarations: Vec<InstanceTypeDeclaration<'_>>,
        replaced: &Replaced,
    ) -> anyhow::Result<Component> {
        let below = self.position(replaced.below)?;
        let mut inlined = Inlined::default();
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
                        self.types += 1;
                    }
                    wasmparser::ComponentTypeRef::Func(ty) => {
                        let ty = inlined.component_type_index(ty);
                        let (instance, function) = match replaced.function(name.name) {
                            Some(own) => (self.position(replaced.own)?, own),
                            None => (below, name.name),
                        };
                        let index = self.alias(instance, ComponentExportKind::Func, function);
                        self.export_function(name.name, index, ty);
                    }
                    _ => bail!("the interface has more than types and functions"),
                },
                _ => bail!("the type of the interface is of an unknown form"),
            }
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
    fn instantiate(mut self, inner: &Component, replaced: &Replaced) -> anyhow::Result<Vec<u8>> {
        self.component.section(&NestedComponentSection(inner));
        let arguments = (0..)
            .zip(&self.imports)
            .map(|(index, name)| (name.as_str(), ComponentExportKind::Instance, index));
        let mut section = ComponentInstanceSection::new();
        section.instantiate(0, arguments.collect::<Vec<_>>());
        self.component.section(&section);
        let instance = u32::try_from(self.imports.len())?;
        self.export_item(
            replaced.interface,
            ComponentExportKind::Instance,
            instance,
            None,
        );
        Ok(self.component.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERFACE: &str = REQUESTS.interface;
    const CONSTRUCTOR: &str = REQUESTS.functions[0].0;

    fn made(asked: &[&str]) -> Surface {
        made_of(&REQUESTS, asked.iter().map(|name| (*name).to_owned()))
    }

    fn made_of(replaced: &Replaced, asked: impl Iterator<Item = String>) -> Surface {
        let component = replaced.component(&asked.collect()).unwrap();
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
                CONSTRUCTOR,
                "[method]outgoing-request.body",
                "[method]outgoing-body.write"
            ]
        );
        let requests = surface.import(REQUESTS.own).unwrap();
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
        assert_eq!(names, [INTERFACE, REQUESTS.own]);
        let surface = made(&["[method]outgoing-request.method"]);
        assert!(surface.import(REQUESTS.own).is_none());
    }

    #[test]
    fn files_are_the_kernels_and_get_their_streams_from_an_adapter() {
        let surface = made_of(&FILES, FILES.everything().unwrap().into_iter());
        let imports = surface.imports.iter().map(|item| item.name.as_str());
        assert_eq!(imports.collect::<Vec<_>>(), [FILES.below, FILES.own]);
        let [exported] = &surface.exports[..] else {
            panic!("{surface:?}");
        };
        assert_eq!(exported.name, FILES.interface);
        let below = surface.import(FILES.below).unwrap();
        assert_eq!(
            exported.functions.len(),
            below.functions.len() + FILES.functions.len()
        );
        let kernel = Surface::of(Adapter::KernelP3.component()).unwrap();
        let mut offered = kernel.exports.iter();
        let offered = offered.find(|item| item.name == FILES.below).unwrap();
        assert_eq!(offered.functions.len(), exported.functions.len());
    }

    #[test]
    fn sockets_are_the_hosts_but_for_what_reaches_somebody() {
        let surface = made_of(&SOCKETS, SOCKETS.everything().unwrap().into_iter());
        let [exported] = &surface.exports[..] else {
            panic!("{surface:?}");
        };
        assert_eq!(exported.name, SOCKETS.interface);
        assert!(exported.functions.len() == 40, "{exported:?}");
        let own = surface.import(SOCKETS.own).unwrap();
        assert_eq!(own.functions.len(), SOCKETS.functions.len());
        let adapter = Surface::of(Adapter::NetworkP3.component()).unwrap();
        let mut offered = adapter.exports.iter();
        let offered = offered.find(|item| item.name == SOCKETS.own).unwrap();
        assert_eq!(offered.functions.len(), own.functions.len());
    }
}
