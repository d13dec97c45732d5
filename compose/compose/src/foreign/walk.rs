//! Walks through a binary once, without recursion, and measures what recursive parsers would recurse into.

use thiserror::Error;
use wasmparser::{
    BinaryReader, BinaryReaderError, CanonicalFunction, ComponentAlias, ComponentDefinedType,
    ComponentExternalKind, ComponentImport, ComponentInstance, ComponentOuterAliasKind,
    ComponentType, ComponentTypeRef, ComponentValType, CoreType, Encoding, InstanceTypeDeclaration,
    Parser, Payload, TypeBounds, WasmFeatures,
};

use super::{Limit, Limits, check_length};

/// Why bytes are refused.
#[derive(Debug, Error)]
pub(crate) enum Fault {
    /// The bytes exceed a limit.
    #[error("{0}")]
    Limit(Limit),
    /// The bytes are not WebAssembly.
    #[error("{0}")]
    Damaged(#[from] BinaryReaderError),
}

impl From<Limit> for Fault {
    fn from(limit: Limit) -> Self {
        Self::Limit(limit)
    }
}

/// Walks through a module or component and everything nested in it, and measures its depth and the number of its
/// definitions. Bytes within the limits need not be valid.
///
/// # Errors
/// [`Fault`] for the first excess of a limit and for the first item that cannot be read.
pub(crate) fn check(binary: &[u8], limits: Limits) -> Result<(), Fault> {
    Walk::new(limits).binary(binary)
}

/// The encodings with which a component type and an instance type begin.
const COMPONENT_TYPE: u8 = 0x41;
const INSTANCE_TYPE: u8 = 0x42;
/// The encodings of declarations in these types.
const DECLARED_TYPE: u8 = 0x01;
const DECLARED_IMPORT: u8 = 0x03;

/// The depth of an item without inner items.
const LEAF: u32 = 1;
/// The depth of a module: its type, the types of its functions, their parameters.
const MODULE: u32 = 3;

/// A walk through one or several binaries, whose definitions are counted together.
pub(super) struct Walk {
    limits: Limits,
    /// The components and types around the current position, outermost first. `None` stands for a module.
    scopes: Vec<Option<Scope>>,
    definitions: u32,
}

/// The depths of the definitions of a component or a type, by their indices. A depth may be too high: each item of an
/// instance counts as deep as the deepest item of that instance.
#[derive(Default)]
struct Scope {
    types: Vec<u32>,
    functions: Vec<u32>,
    instances: Vec<u32>,
    components: Vec<u32>,
    /// The depth of the deepest import or export.
    deepest: u32,
    imports: u32,
    exports: u32,
    /// The number of a type's declarations that have not been read yet.
    declarations: u32,
}

impl Scope {
    /// The depth of the component or type as a whole.
    fn depth(&self) -> u32 {
        self.deepest + 1
    }

    fn value(&self, ty: ComponentValType) -> u32 {
        match ty {
            ComponentValType::Primitive(_) => LEAF,
            ComponentValType::Type(index) => at(&self.types, index),
        }
    }

    fn reference(&self, ty: ComponentTypeRef) -> u32 {
        match ty {
            ComponentTypeRef::Module(_) => MODULE,
            ComponentTypeRef::Func(index)
            | ComponentTypeRef::Instance(index)
            | ComponentTypeRef::Component(index)
            | ComponentTypeRef::Type(TypeBounds::Eq(index)) => at(&self.types, index),
            ComponentTypeRef::Value(ty) => self.value(ty),
            ComponentTypeRef::Type(TypeBounds::SubResource) => LEAF,
        }
    }

    fn item(&self, kind: ComponentExternalKind, index: u32) -> u32 {
        match kind {
            ComponentExternalKind::Module => MODULE,
            ComponentExternalKind::Func => at(&self.functions, index),
            ComponentExternalKind::Value => LEAF,
            ComponentExternalKind::Type => at(&self.types, index),
            ComponentExternalKind::Instance => at(&self.instances, index),
            ComponentExternalKind::Component => at(&self.components, index),
        }
    }

    fn define(&mut self, kind: ComponentExternalKind, depth: u32) {
        match kind {
            ComponentExternalKind::Func => self.functions.push(depth),
            ComponentExternalKind::Type => self.types.push(depth),
            ComponentExternalKind::Instance => self.instances.push(depth),
            ComponentExternalKind::Component => self.components.push(depth),
            ComponentExternalKind::Module | ComponentExternalKind::Value => {}
        }
    }

    fn import(&mut self, import: &ComponentImport<'_>, limits: Limits) -> Result<(), Limit> {
        self.imports += 1;
        if self.imports > limits.externs {
            return Err(Limit::Imports(limits.externs));
        }
        let depth = self.reference(import.ty);
        self.define(import.ty.kind(), depth);
        self.deepest = self.deepest.max(depth);
        Ok(())
    }

    fn export(
        &mut self,
        kind: ComponentExternalKind,
        depth: u32,
        limits: Limits,
    ) -> Result<(), Limit> {
        self.exports += 1;
        if self.exports > limits.externs {
            return Err(Limit::Exports(limits.externs));
        }
        self.define(kind, depth);
        self.deepest = self.deepest.max(depth);
        Ok(())
    }

    /// The depth of a type that has no declarations.
    fn plain(&self, ty: &ComponentType<'_>) -> u32 {
        let deepest = match ty {
            ComponentType::Func(function) => {
                let params = function.params.iter().map(|(_, ty)| *ty);
                self.values(params.chain(function.result))
            }
            ComponentType::Defined(ty) => match ty {
                ComponentDefinedType::Primitive(_)
                | ComponentDefinedType::Flags(_)
                | ComponentDefinedType::Enum(_)
                | ComponentDefinedType::Own(_)
                | ComponentDefinedType::Borrow(_) => 0,
                ComponentDefinedType::Record(fields) => {
                    self.values(fields.iter().map(|(_, ty)| *ty))
                }
                ComponentDefinedType::Variant(cases) => {
                    self.values(cases.iter().filter_map(|case| case.ty))
                }
                ComponentDefinedType::Tuple(types) => self.values(types.iter().copied()),
                ComponentDefinedType::List(ty)
                | ComponentDefinedType::FixedLengthList(ty, _)
                | ComponentDefinedType::Option(ty) => self.value(*ty),
                ComponentDefinedType::Map(key, value) => self.values([*key, *value].into_iter()),
                ComponentDefinedType::Result { ok, err } => {
                    self.values(ok.iter().chain(err).copied())
                }
                ComponentDefinedType::Future(ty) | ComponentDefinedType::Stream(ty) => {
                    self.values(ty.iter().copied())
                }
            },
            // Types with declarations were taken apart earlier.
            ComponentType::Component(_)
            | ComponentType::Instance(_)
            | ComponentType::Resource { .. } => 0,
        };
        deepest + 1
    }

    fn values(&self, types: impl Iterator<Item = ComponentValType>) -> u32 {
        types.map(|ty| self.value(ty)).max().unwrap_or(0)
    }
}

/// The depth of the definition with an index. The validator finds indices that do not exist.
fn at(depths: &[u32], index: u32) -> u32 {
    let depth = usize::try_from(index)
        .ok()
        .and_then(|index| depths.get(index));
    depth.copied().unwrap_or(LEAF)
}

impl Walk {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            scopes: Vec::new(),
            definitions: 0,
        }
    }

    /// Walks through a further binary.
    ///
    /// # Errors
    /// [`Fault`] as for [`check`].
    pub(super) fn binary(&mut self, binary: &[u8]) -> Result<(), Fault> {
        check_length(binary)?;
        for payload in Parser::new(0).parse_all(binary) {
            self.payload(&payload?, binary)?;
        }
        Ok(())
    }

    fn payload(&mut self, payload: &Payload<'_>, binary: &[u8]) -> Result<(), Fault> {
        let limits = self.limits;
        match payload {
            Payload::Version { encoding, .. } => {
                self.open(match encoding {
                    Encoding::Module => None,
                    Encoding::Component => Some(Scope::default()),
                })?;
                return Ok(());
            }
            Payload::End(_) => {
                if let Some(Some(component)) = self.scopes.pop() {
                    let depth = component.depth();
                    self.define(ComponentExternalKind::Component, depth)?;
                }
                return Ok(());
            }
            _ => {}
        }
        match payload {
            Payload::ComponentTypeSection(section) => {
                let range = section.range();
                let bytes = usize::try_from(range.start)
                    .ok()
                    .zip(usize::try_from(range.end).ok())
                    .and_then(|(start, end)| binary.get(start..end));
                if let Some(bytes) = bytes {
                    let features = WasmFeatures::all();
                    self.types(BinaryReader::new_features(bytes, range.start, features))?;
                }
            }
            Payload::CoreTypeSection(section) => {
                self.count(section.count())?;
                for ty in section.clone() {
                    self.core_type(&ty?)?;
                }
            }
            Payload::ComponentImportSection(section) => {
                self.count(section.count())?;
                for import in section.clone() {
                    self.import(&import?)?;
                }
            }
            Payload::ComponentExportSection(section) => {
                self.count(section.count())?;
                for export in section.clone() {
                    let export = export?;
                    if let Some(scope) = self.scope() {
                        let item = scope.item(export.kind, export.index);
                        let depth = export.ty.map_or(item, |ty| scope.reference(ty).max(item));
                        scope.export(export.kind, depth, limits)?;
                    }
                }
            }
            Payload::ComponentAliasSection(section) => {
                self.count(section.count())?;
                for alias in section.clone() {
                    self.alias(&alias?)?;
                }
            }
            Payload::ComponentInstanceSection(section) => {
                self.count(section.count())?;
                for instance in section.clone() {
                    self.instance(&instance?)?;
                }
            }
            Payload::InstanceSection(section) => {
                self.count(section.count())?;
                for instance in section.clone() {
                    let parts = match instance? {
                        wasmparser::Instance::Instantiate { args, .. } => args.len(),
                        wasmparser::Instance::FromExports(exports) => exports.len(),
                    };
                    self.count(u32::try_from(parts).unwrap_or(u32::MAX))?;
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                self.count(section.count())?;
                for function in section.clone() {
                    if let CanonicalFunction::Lift { type_index, .. } = function?
                        && let Some(scope) = self.scope()
                    {
                        let depth = at(&scope.types, type_index);
                        scope.functions.push(depth);
                    }
                }
            }
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => self.count(1)?,
            _ => {}
        }
        Ok(())
    }

    /// The innermost enclosing component or type.
    fn scope(&mut self) -> Option<&mut Scope> {
        self.scopes.last_mut()?.as_mut()
    }

    fn open(&mut self, scope: Option<Scope>) -> Result<(), Limit> {
        self.scopes.push(scope);
        let nested = u32::try_from(self.scopes.len()).unwrap_or(u32::MAX);
        // A module counts as deep as its surroundings.
        let is_module = self.scopes.last().is_some_and(Option::is_none);
        self.limit(nested - u32::from(is_module))
    }

    fn limit(&self, depth: u32) -> Result<(), Limit> {
        if depth > self.limits.depth {
            return Err(Limit::Depth(self.limits.depth));
        }
        Ok(())
    }

    fn count(&mut self, definitions: u32) -> Result<(), Limit> {
        self.definitions = self.definitions.saturating_add(definitions);
        if self.definitions > self.limits.definitions {
            return Err(Limit::Definitions(self.limits.definitions));
        }
        Ok(())
    }

    fn define(&mut self, kind: ComponentExternalKind, depth: u32) -> Result<(), Limit> {
        self.limit(depth)?;
        if let Some(scope) = self.scope() {
            scope.define(kind, depth);
        }
        Ok(())
    }

    fn import(&mut self, import: &ComponentImport<'_>) -> Result<(), Limit> {
        let limits = self.limits;
        match self.scope() {
            Some(scope) => scope.import(import, limits),
            None => Ok(()),
        }
    }

    fn alias(&mut self, alias: &ComponentAlias<'_>) -> Result<(), Limit> {
        let (kind, depth) = match alias {
            ComponentAlias::InstanceExport {
                kind,
                instance_index,
                ..
            } => {
                let instance = self
                    .scope()
                    .map_or(LEAF, |s| at(&s.instances, *instance_index));
                (*kind, (instance - 1).max(LEAF))
            }
            ComponentAlias::Outer { kind, count, index } => {
                let outer = usize::try_from(*count).ok().and_then(|count| {
                    let position = self.scopes.len().checked_sub(count.checked_add(1)?)?;
                    self.scopes[position].as_ref()
                });
                match kind {
                    ComponentOuterAliasKind::Type => (
                        ComponentExternalKind::Type,
                        outer.map_or(LEAF, |outer| at(&outer.types, *index)),
                    ),
                    ComponentOuterAliasKind::Component => (
                        ComponentExternalKind::Component,
                        outer.map_or(LEAF, |outer| at(&outer.components, *index)),
                    ),
                    ComponentOuterAliasKind::CoreModule | ComponentOuterAliasKind::CoreType => {
                        return Ok(());
                    }
                }
            }
            ComponentAlias::CoreInstanceExport { .. } => return Ok(()),
        };
        self.define(kind, depth)
    }

    fn instance(&mut self, instance: &ComponentInstance<'_>) -> Result<(), Limit> {
        let (parts, depth) = match instance {
            ComponentInstance::Instantiate {
                component_index,
                args,
            } => {
                let component = self
                    .scope()
                    .map(|scope| at(&scope.components, *component_index));
                (args.len(), component.unwrap_or(LEAF))
            }
            ComponentInstance::FromExports(exports) => {
                let scope = self.scope();
                let deepest = scope.and_then(|scope| {
                    let items = exports.iter();
                    items
                        .map(|export| scope.item(export.kind, export.index))
                        .max()
                });
                (exports.len(), deepest.unwrap_or(0) + 1)
            }
        };
        self.count(u32::try_from(parts).unwrap_or(u32::MAX))?;
        self.define(ComponentExternalKind::Instance, depth)
    }

    fn core_type(&mut self, ty: &CoreType<'_>) -> Result<(), Limit> {
        match ty {
            CoreType::Rec(_) => Ok(()),
            CoreType::Module(declarations) => {
                self.count(u32::try_from(declarations.len()).unwrap_or(u32::MAX))
            }
        }
    }

    /// Reads a section of types. Wasmparser's own reader recurses into component and instance types, so this function
    /// takes those apart itself and leaves only types without declarations to wasmparser.
    fn types(&mut self, mut reader: BinaryReader<'_>) -> Result<(), Fault> {
        let count = reader.read_var_u32()?;
        self.count(count)?;
        let outside = self.scopes.len();
        for _ in 0..count {
            self.begin_type(&mut reader)?;
            while self.scopes.len() > outside {
                let Some(scope) = self.scope() else { break };
                if scope.declarations == 0 {
                    let depth = scope.depth();
                    self.scopes.pop();
                    self.define(ComponentExternalKind::Type, depth)?;
                } else {
                    scope.declarations -= 1;
                    self.declaration(&mut reader)?;
                }
            }
        }
        Ok(())
    }

    /// Reads a type, or its beginning up to the first declaration.
    fn begin_type(&mut self, reader: &mut BinaryReader<'_>) -> Result<(), Fault> {
        if let COMPONENT_TYPE | INSTANCE_TYPE = reader.clone().read_u8()? {
            reader.read_u8()?;
            let declarations = reader.read_var_u32()?;
            self.count(declarations)?;
            self.open(Some(Scope {
                declarations,
                ..Scope::default()
            }))?;
            return Ok(());
        }
        let ty: ComponentType<'_> = reader.read()?;
        let depth = self.scope().map_or(LEAF, |scope| scope.plain(&ty));
        self.define(ComponentExternalKind::Type, depth)?;
        Ok(())
    }

    fn declaration(&mut self, reader: &mut BinaryReader<'_>) -> Result<(), Fault> {
        let limits = self.limits;
        match reader.clone().read_u8()? {
            DECLARED_TYPE => {
                reader.read_u8()?;
                self.begin_type(reader)
            }
            DECLARED_IMPORT => {
                reader.read_u8()?;
                self.import(&reader.read()?)?;
                Ok(())
            }
            _ => {
                match reader.read()? {
                    InstanceTypeDeclaration::CoreType(ty) => self.core_type(&ty)?,
                    InstanceTypeDeclaration::Alias(alias) => self.alias(&alias)?,
                    InstanceTypeDeclaration::Export { ty, .. } => {
                        if let Some(scope) = self.scope() {
                            let depth = scope.reference(ty);
                            scope.export(ty.kind(), depth, limits)?;
                        }
                    }
                    // Such a type was read above.
                    InstanceTypeDeclaration::Type(_) => {}
                }
                Ok(())
            }
        }
    }
}
