//! What a component imports and exports.

use std::collections::{HashMap, HashSet};
use std::fmt;

use indexmap::IndexMap;
use serde::Serialize;
use thiserror::Error;
use wac_types::{
    DefinedType, DefinedTypeId, FuncTypeId, ItemKind, Package, ResourceId, Type, Types, ValueType,
};
use wasmparser::{ComponentExternName, Payload};

use crate::aliases::aliases;
use crate::guard::guard;
use crate::interface::InterfaceName;
use crate::sections::rewrite;

/// Why a surface could not be read.
#[derive(Debug, Error)]
#[error("the component's imports and exports cannot be read: {message}")]
pub struct SurfaceError {
    message: String,
}

/// What a component imports and exports, in the component's order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Surface {
    /// What it asks its host for.
    pub imports: Vec<Item>,
    /// What it offers.
    pub exports: Vec<Item>,
}

/// Something imported or exported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Its full name, `wasi:io/streams@0.2.0` or a plain one.
    pub name: String,
    /// What sort of thing it is.
    pub kind: Kind,
    /// Whether it is a type of another import under a name of its own, as `use` in a world makes one.
    #[serde(skip)]
    pub is_alias: bool,
    /// What an import says of itself beside its name.
    #[serde(skip)]
    pub annotations: Annotations,
    /// For an instance, the functions that it has, and whatever else is no type, in its order. Empty if only its types are
    /// used.
    pub functions: Vec<String>,
    /// For an instance, the types that it has under a name.
    #[serde(skip)]
    pub types: Vec<String>,
    /// The imports, other than itself, whose resources it mentions, in the component's order.
    pub uses: Vec<String>,
    /// The imports whose types, of whatever sort, an instance has under a name.
    pub types_of: Vec<String>,
}

impl Item {
    /// An instance about which no more is known than its name.
    pub(crate) fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            kind: Kind::Instance,
            is_alias: false,
            annotations: Annotations::default(),
            functions: Vec::new(),
            types: Vec::new(),
            uses: Vec::new(),
            types_of: Vec::new(),
        }
    }

    /// The name taken apart, if this is an instance of an interface and says so by its name alone. A function, module or
    /// component that is named like an interface is none.
    pub fn interface(&self) -> Option<InterfaceName> {
        let is_plain = self.kind == Kind::Instance && self.annotations == Annotations::default();
        is_plain.then(|| InterfaceName::parse(&self.name)).flatten()
    }

    /// Whether a component that imports this can do anything with it. Types alone, resources among them, carry no
    /// authority: there is nothing to call, and no handle to be had.
    pub fn can_be_called(&self) -> bool {
        match self.kind {
            Kind::Instance => !self.functions.is_empty(),
            Kind::Type => false,
            Kind::Function | Kind::Component | Kind::Module | Kind::Value => true,
        }
    }
}

/// What an import says of itself beside its name, in the newer form of names of the component model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotations {
    /// The interface that an instance under a plain name implements.
    pub implements: Option<String>,
    /// The rest of its version, where the name holds no more than the part that must agree: `.3` behind `@0.2`.
    pub version_suffix: Option<String>,
    /// What the host is to know it by.
    pub external_id: Option<String>,
}

impl Annotations {
    /// Those of a name in a component.
    pub(crate) fn of(name: &ComponentExternName<'_>) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Self {
            implements: owned(name.implements),
            version_suffix: owned(name.version_suffix),
            external_id: owned(name.external_id),
        }
    }
}

/// What sort of thing is imported or exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An instance of an interface.
    Instance,
    /// A function.
    Function,
    /// A component.
    Component,
    /// A core module.
    Module,
    /// A type.
    Type,
    /// A value.
    Value,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Instance => "instance",
            Self::Function => "function",
            Self::Component => "component",
            Self::Module => "module",
            Self::Type => "type",
            Self::Value => "value",
        })
    }
}

impl Surface {
    /// Reads the surface of a valid component.
    ///
    /// # Errors
    /// [`SurfaceError`] when the bytes are not a component, or use a type that the composer does not know.
    pub fn of(component: &[u8]) -> Result<Self, SurfaceError> {
        guard(|| Self::read(component)).unwrap_or_else(|panic| {
            Err(SurfaceError {
                message: format!("it has types that cannot be composed ({panic})"),
            })
        })
    }

    fn read(component: &[u8]) -> Result<Self, SurfaceError> {
        let mut types = Types::new();
        let package = Package::from_bytes("application", None, component.to_vec(), &mut types)
            .map_err(|error| SurfaceError {
                message: format!("{error:#}"),
            })?;
        let world = &types[package.ty()];
        let annotations = annotations(component)?;
        let aliases = aliases(component).map_err(|error| SurfaceError {
            message: error.to_string(),
        })?;
        let owners = owners(&types, &world.imports);
        let items = |list: &IndexMap<String, ItemKind>, own: bool| {
            list.iter()
                .map(|(name, kind)| {
                    let mut item = item(&types, name, *kind);
                    if own {
                        item.is_alias = aliases.contains(name);
                        item.annotations = annotations.get(name).cloned().unwrap_or_default();
                    }
                    item.uses = used(&types, &owners, *kind);
                    item.uses.retain(|import| !own || import != name);
                    item
                })
                .collect()
        };
        Ok(Self {
            imports: items(&world.imports, true),
            exports: items(&world.exports, false),
        })
    }

    /// The import with exactly this name.
    pub fn import(&self, name: &str) -> Option<&Item> {
        self.imports.iter().find(|item| item.name == name)
    }

    /// The name of an exported instance of a WASI interface, given without version, in whichever version of 0.2 it is.
    pub fn wasi_0_2_export(&self, path: &str) -> Option<&str> {
        self.exports.iter().find_map(|export| {
            let name = InterfaceName::parse(&export.name)?;
            let found = export.kind == Kind::Instance && name.path() == path && name.is_wasi_0_2();
            found.then_some(export.name.as_str())
        })
    }

    /// Whether it is a command of WASI 0.2, which can be run.
    pub fn is_command(&self) -> bool {
        self.wasi_0_2_export("wasi:cli/run").is_some()
    }

    /// The name of its export that handles HTTP requests as WASI 0.2 has it.
    pub fn handler(&self) -> Option<&str> {
        self.wasi_0_2_export("wasi:http/incoming-handler")
    }

    /// Whether it handles HTTP requests as WASI 0.2 has it, so that it can be served.
    pub fn handles_requests(&self) -> bool {
        self.handler().is_some()
    }

    /// The imports compatible with this interface, whatever their version in its track.
    pub fn imports_of(&self, interface: &InterfaceName) -> impl Iterator<Item = &Item> {
        self.imports.iter().filter(move |item| {
            item.interface()
                .is_some_and(|name| name.is_compatible(interface))
        })
    }

    /// The highest of the names under which an interface is imported in compatible versions: the one that imports
    /// merged with it get. Names under which there is something to call go before those of types alone, which no policy
    /// had to allow.
    pub fn highest_import_of(&self, interface: &InterfaceName) -> Option<String> {
        self.imports_of(interface)
            .filter_map(|item| Some((item.can_be_called(), item.interface()?)))
            .max()
            .map(|(_, name)| name.to_string())
    }
}

/// What imports say of themselves beside their names, for those that do.
fn annotations(component: &[u8]) -> Result<HashMap<String, Annotations>, SurfaceError> {
    let mut found = HashMap::new();
    let read = rewrite(component, |section, _| {
        if let Payload::ComponentImportSection(section) = section {
            for import in section.clone() {
                let name = import?.name;
                let annotations = Annotations::of(&name);
                if annotations != Annotations::default() {
                    found.insert(name.name.to_owned(), annotations);
                }
            }
        }
        Ok(true)
    });
    match read {
        Ok(_) => Ok(found),
        Err(error) => Err(SurfaceError {
            message: format!("{error:#}"),
        }),
    }
}

fn item(types: &Types, name: &str, kind: ItemKind) -> Item {
    let mut types_of = Vec::new();
    let mut named = Vec::new();
    let (kind, functions) = match kind {
        ItemKind::Instance(id) => {
            for used in types[id].uses.values() {
                types_of.extend(types[used.interface].id.clone());
            }
            types_of.sort();
            types_of.dedup();
            let exports = types[id].exports.iter();
            named.extend(
                exports
                    .filter(|(_, kind)| matches!(kind, ItemKind::Type(_)))
                    .map(|(name, _)| name.clone()),
            );
            let functions = types[id]
                .exports
                .iter()
                .filter(|(_, kind)| !matches!(kind, ItemKind::Type(_)))
                .map(|(name, _)| name.clone())
                .collect();
            (Kind::Instance, functions)
        }
        ItemKind::Func(_) => (Kind::Function, Vec::new()),
        ItemKind::Component(_) => (Kind::Component, Vec::new()),
        ItemKind::Module(_) => (Kind::Module, Vec::new()),
        ItemKind::Type(_) => (Kind::Type, Vec::new()),
        ItemKind::Value(_) => (Kind::Value, Vec::new()),
    };
    Item {
        name: name.into(),
        kind,
        is_alias: false,
        annotations: Annotations::default(),
        functions,
        types: named,
        uses: Vec::new(),
        types_of,
    }
}

/// The import that each resource comes from: the first that has it.
fn owners<'a>(
    types: &Types,
    imports: &'a IndexMap<String, ItemKind>,
) -> IndexMap<ResourceId, &'a str> {
    let mut owners = IndexMap::new();
    for (name, kind) in imports {
        let mut own = |kind: &ItemKind| {
            if let ItemKind::Type(Type::Resource(id)) = kind {
                owners
                    .entry(types.resolve_resource(*id))
                    .or_insert(name.as_str());
            }
        };
        own(kind);
        if let ItemKind::Instance(id) = kind {
            types[*id].exports.values().for_each(own);
        }
    }
    owners
}

/// The imports whose resources an item mentions.
fn used(types: &Types, owners: &IndexMap<ResourceId, &str>, kind: ItemKind) -> Vec<String> {
    let mut mentions = Mentions {
        types,
        resources: HashSet::new(),
        seen: HashSet::new(),
    };
    mentions.kind(kind);
    let mut names: Vec<String> = Vec::new();
    for (resource, owner) in owners {
        if mentions.resources.contains(resource) && names.iter().all(|name| name != owner) {
            names.push((*owner).to_owned());
        }
    }
    names
}

/// Collects the resources that a type is made of.
struct Mentions<'a> {
    types: &'a Types,
    resources: HashSet<ResourceId>,
    /// Types that were looked at: one may be part of many others.
    seen: HashSet<DefinedTypeId>,
}

impl Mentions<'_> {
    fn kind(&mut self, kind: ItemKind) {
        let types = self.types;
        match kind {
            ItemKind::Type(Type::Resource(id)) => self.resource(id),
            ItemKind::Type(Type::Value(ty)) | ItemKind::Value(ty) => self.value(ty),
            ItemKind::Type(Type::Func(id)) | ItemKind::Func(id) => self.function(id),
            ItemKind::Type(Type::Interface(id)) | ItemKind::Instance(id) => {
                types[id].exports.values().for_each(|kind| self.kind(*kind));
            }
            ItemKind::Type(Type::World(id)) | ItemKind::Component(id) => {
                let (imports, exports) = (&types[id].imports, &types[id].exports);
                imports
                    .values()
                    .chain(exports.values())
                    .for_each(|kind| self.kind(*kind));
            }
            ItemKind::Type(Type::Module(_)) | ItemKind::Module(_) => {}
        }
    }

    fn function(&mut self, id: FuncTypeId) {
        let function = &self.types[id];
        function.params.values().for_each(|ty| self.value(*ty));
        function.result.iter().for_each(|ty| self.value(*ty));
    }

    fn resource(&mut self, id: ResourceId) {
        self.resources.insert(self.types.resolve_resource(id));
    }

    fn value(&mut self, ty: ValueType) {
        let id = match ty {
            ValueType::Primitive(_) => return,
            ValueType::Borrow(id) | ValueType::Own(id) => return self.resource(id),
            ValueType::Defined(id) => id,
        };
        if !self.seen.insert(id) {
            return;
        }
        match &self.types[id] {
            DefinedType::Tuple(list) => list.iter().for_each(|ty| self.value(*ty)),
            DefinedType::List(ty)
            | DefinedType::FixedSizeList(ty, _)
            | DefinedType::Option(ty)
            | DefinedType::Alias(ty) => self.value(*ty),
            DefinedType::Map(key, value) => {
                self.value(*key);
                self.value(*value);
            }
            DefinedType::Result { ok, err } => {
                ok.iter().chain(err).for_each(|ty| self.value(*ty));
            }
            DefinedType::Variant(variant) => {
                let payloads = variant.cases.values().flatten();
                payloads.for_each(|ty| self.value(*ty));
            }
            DefinedType::Record(record) => record.fields.values().for_each(|ty| self.value(*ty)),
            DefinedType::Flags(_) | DefinedType::Enum(_) => {}
            DefinedType::Stream(ty) | DefinedType::Future(ty) => {
                ty.iter().for_each(|ty| self.value(*ty));
            }
        }
    }
}
