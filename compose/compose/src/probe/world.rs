//! The world of a probe: it imports what an application imports, and exports the same.

use anyhow::Context;
use interpose_calls::Table;
use wasm_encoder::ValType;
use wit_component::{ComponentEncoder, DecodedWasm, StringEncoding, embed_component_metadata};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{
    Function, InterfaceId, LiftLowerAbi, ManglingAndAbi, PackageId, Resolve, ResourceIntrinsic,
    TypeDefKind, TypeId, WasmExport, WasmExportKind, WasmImport, WorldId, WorldItem, WorldKey,
};

use super::canonical::Layouts;
use super::error::ProbeError;
use super::module::{Description, Import, Resource, SIGNATURES, Signature, Trampoline, generate};
use super::splice;
use crate::testing::{CONTROL, CONTROL_FUNCTIONS, RUN, RUN_FUNCTIONS};

/// How names of core modules are made.
const NAMES: ManglingAndAbi = ManglingAndAbi::Legacy(LiftLowerAbi::Sync);

/// What a probe does with the calls.
#[derive(Clone, Debug)]
pub enum Behaviour {
    /// It passes them on.
    Observe {
        /// The interface to which it reports them, by the function [`EVENT`].
        sink: Option<String>,
        /// Whether the host's requests are taken from an interface of this tool, and given in the types that the probe
        /// exports.
        takes_requests: bool,
        /// Whether it reports what `splice` copies.
        copies: bool,
        /// How it injects faults; `None` if it does not.
        injects: Option<Injects>,
    },
    /// Its settings have the answers. It tells [`PLAYER`] what the application does, if anybody wants to know.
    Replay {
        /// Whether anybody does.
        is_played: bool,
    },
}

/// What a probe that injects faults needs beside the calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Injects {
    /// Whether it imports [`CONTROL`].
    pub controls: bool,
    /// Whether it imports [`RUN`].
    pub tests: bool,
}

/// The interface that a replay tells what the application does.
pub const PLAYER: &str = "wasi-interpose:replay/player";

/// The functions of [`PLAYER`]: a replay writes to standard output (1) or standard error (2), exits, or differs from its
/// recording, with the event that says how.
pub const PLAYER_FUNCTIONS: &str = "
    print: func(to: u8, bytes: list<u8>);
    exit: func(status: u8);
    differs: func(event: list<u8>);
";

/// The world of a probe.
pub struct ProbeWorld {
    resolve: Resolve,
    world: WorldId,
    behaviour: Behaviour,
    /// What is imported and exported alike.
    items: Vec<(WorldKey, WorldItem)>,
}

impl ProbeWorld {
    /// The world of the probe for an application.
    ///
    /// # Errors
    /// [`ProbeError`] when its imports are not ones of WIT.
    pub fn of(application: &[u8], behaviour: Behaviour) -> Result<Self, ProbeError> {
        let decoded = wit_component::decode(application).map_err(ProbeError::Unreadable)?;
        let DecodedWasm::Component(mut resolve, world) = decoded else {
            return Err(ProbeError::Unreadable(anyhow::anyhow!(
                "it is no component"
            )));
        };
        let mut items: Vec<(WorldKey, WorldItem)> = resolve.worlds[world]
            .imports
            .iter()
            .map(|(key, item)| (key.clone(), item.clone()))
            .collect();
        for (key, item) in &items {
            if matches!(item, WorldItem::Type { .. }) {
                return Err(ProbeError::Unsupported {
                    import: resolve.name_world_key(key),
                    reason: "is a type outside of interfaces",
                });
            }
        }
        // A recording and its replay have the same functions.
        if !matches!(behaviour, Behaviour::Observe { copies: false, .. }) {
            for (_, item) in &items {
                if let WorldItem::Interface { id, .. } = item {
                    splice::complete(&mut resolve, *id);
                }
            }
        }
        let own = match &behaviour {
            Behaviour::Observe {
                sink,
                takes_requests,
                injects,
                ..
            } => {
                if *takes_requests {
                    items.extend(requests(&mut resolve, &items).map_err(ProbeError::Encode)?);
                }
                let mut own = items.clone();
                let event = format!("{EVENT}: func(bytes: list<u8>);");
                let controls = injects.is_some_and(|injects| injects.controls);
                let tests = injects.is_some_and(|injects| injects.tests);
                let sink = sink.as_deref().map(|sink| (sink, event.as_str()));
                let control = controls.then_some((CONTROL, CONTROL_FUNCTIONS));
                let run = tests.then_some((RUN, RUN_FUNCTIONS));
                // Those of one package are made together.
                let testing: Vec<_> = control.into_iter().chain(run).collect();
                for interfaces in [sink.as_slice(), &testing] {
                    let imports = written(&mut resolve, interfaces);
                    own.extend(imports.map_err(ProbeError::Encode)?);
                }
                own
            }
            Behaviour::Replay { is_played: true } => {
                let player = written(&mut resolve, &[(PLAYER, PLAYER_FUNCTIONS)]);
                player.map_err(ProbeError::Encode)?
            }
            Behaviour::Replay { is_played: false } => Vec::new(),
        };
        resolve.worlds[world].imports = own.into_iter().collect();
        resolve.worlds[world].exports = items.iter().cloned().collect();
        Ok(Self {
            resolve,
            world,
            behaviour,
            items,
        })
    }

    /// The probe as a component. `settings` makes the settings of its monitor, and what follows them, of the table of its
    /// functions.
    ///
    /// # Errors
    /// [`ProbeError`] when a function cannot be observed, or when the probe cannot be encoded.
    pub fn encode(
        self,
        settings: impl FnOnce(&Table) -> Result<Vec<u8>, ProbeError>,
    ) -> Result<Vec<u8>, ProbeError> {
        let mut layouts = Layouts::new(&self.resolve);
        let mut functions = Vec::new();
        let mut resources: Vec<(u32, Resource)> = Vec::new();
        for (key, item) in &self.items {
            let name = self.resolve.name_world_key(key);
            match item {
                WorldItem::Interface { id, .. } => {
                    for (id, _) in self.resources(*id) {
                        resources.push((layouts.resource(id), self.resource(key, id)));
                    }
                    for function in self.resolve.interfaces[*id].functions.values() {
                        layouts.function(&name, function)?;
                        functions.push(self.trampoline(Some(key), function));
                    }
                }
                WorldItem::Function(function) => {
                    layouts.function("", function)?;
                    functions.push(self.trampoline(None, function));
                }
                WorldItem::Type { .. } => {}
            }
        }
        let table = layouts.finish();
        resources.sort_by_key(|(number, _)| *number);
        let in_order = (0..)
            .zip(&resources)
            .all(|(place, (number, _))| place == *number);
        let known = resources.len() == table.resources.len() && in_order;
        if !known {
            let missing = table.resources.iter().enumerate();
            let mut missing = missing.filter(|(place, _)| {
                resources
                    .iter()
                    .all(|(number, _)| *number as usize != *place)
            });
            return Err(ProbeError::Unsupported {
                import: missing
                    .next()
                    .map_or_else(String::new, |(_, ty)| ty.name.clone()),
                reason: "is a type of resources of an interface that the application does not import",
            });
        }
        for (function, described) in functions.iter_mut().zip(&table.functions) {
            function.after = function
                .after
                .take()
                .filter(|_| table.returns_pointers(described));
        }
        let in_memory = table
            .functions
            .iter()
            .filter(|function| function.result_in_memory);
        let sizes = in_memory.filter_map(|function| function.result);
        let description = Description {
            called: self.called(&table),
            functions,
            resources: resources
                .into_iter()
                .map(|(_, resource)| resource)
                .collect(),
            told: self.told(),
            result_size: sizes.map(|ty| table.ty(ty).size).max().unwrap_or(0),
            settings: settings(&table)?,
            injects: self.injects().is_some(),
        };
        self.component(&description).map_err(ProbeError::Encode)
    }

    fn component(&self, description: &Description) -> anyhow::Result<Vec<u8>> {
        let mut module = generate(description)?;
        embed_component_metadata(&mut module, &self.resolve, self.world, StringEncoding::UTF8)?;
        ComponentEncoder::default()
            // An application that imports two versions of an interface has resources of both.
            .merge_imports_based_on_semver(false)
            .validate(true)
            .module(&module)?
            .encode()
    }

    fn passes_on(&self) -> bool {
        matches!(self.behaviour, Behaviour::Observe { .. })
    }

    /// The functions that the monitor calls by itself.
    fn called(&self, table: &Table) -> Vec<u32> {
        if !matches!(self.behaviour, Behaviour::Observe { copies: true, .. }) {
            return Vec::new();
        }
        let functions = (0..).zip(&table.functions);
        let called = functions.filter(|(_, one)| splice::is_called(&one.interface, &one.name));
        called.map(|(number, _)| number).collect()
    }

    fn injects(&self) -> Option<Injects> {
        match self.behaviour {
            Behaviour::Observe { injects, .. } => injects,
            Behaviour::Replay { .. } => None,
        }
    }

    /// The functions by which the monitor tells of something, or asks for it.
    fn told(&self) -> Vec<(&'static str, Import)> {
        let imports = SIGNATURES.iter().filter_map(|(name, parameters, result)| {
            let (interface, function) = self.behind(name)?;
            let signature = Signature {
                parameters: parameters.to_vec(),
                result: *result,
            };
            Some((*name, (interface.into(), function.into(), signature)))
        });
        imports.collect()
    }

    /// The interface and the function behind an import of the monitor, if the probe imports it.
    fn behind<'a>(&'a self, name: &'a str) -> Option<(&'a str, &'a str)> {
        let interface = match (&self.behaviour, name) {
            (Behaviour::Observe { sink, .. }, "report") => return Some((sink.as_deref()?, EVENT)),
            (Behaviour::Replay { is_played: true }, "print" | "exit" | "differs") => PLAYER,
            (
                Behaviour::Observe { .. },
                "now" | "advance" | "step" | "disk" | "durable" | "files" | "restore",
            ) => self
                .injects()
                .filter(|injects| injects.controls)
                .map(|_| CONTROL)?,
            (Behaviour::Observe { .. }, "seed" | "begin" | "fault" | "crashed" | "exiting") => self
                .injects()
                .filter(|injects| injects.tests)
                .map(|_| RUN)?,
            _ => return None,
        };
        Some((interface, name))
    }

    /// The resources that an interface defines.
    fn resources(&self, interface: InterfaceId) -> impl Iterator<Item = (TypeId, &str)> {
        let types = self.resolve.interfaces[interface].types.iter();
        types
            .filter(|(_, id)| matches!(self.resolve.types[**id].kind, TypeDefKind::Resource))
            .map(|(name, id)| (*id, name.as_str()))
    }

    fn resource(&self, key: &WorldKey, resource: TypeId) -> Resource {
        let intrinsic = |intrinsic| {
            let import = WasmImport::ResourceIntrinsic {
                interface: Some(key),
                resource,
                intrinsic,
            };
            self.resolve.wasm_import_name(NAMES, import)
        };
        let destructor = WasmExport::ResourceDtor {
            interface: key,
            resource,
        };
        Resource {
            destructor: self.resolve.wasm_export_name(NAMES, destructor),
            new: intrinsic(ResourceIntrinsic::ExportedNew),
            representation: intrinsic(ResourceIntrinsic::ExportedRep),
            drop: intrinsic(ResourceIntrinsic::ExportedDrop),
            behind: self
                .passes_on()
                .then(|| intrinsic(ResourceIntrinsic::ImportedDrop)),
        }
    }

    fn trampoline(&self, key: Option<&WorldKey>, function: &Function) -> Trampoline {
        let signature = |variant| {
            let signature = self.resolve.wasm_signature(variant, function);
            let types = |types: &[WasmType]| types.iter().copied().map(number).collect();
            let results: Vec<ValType> = types(&signature.results);
            Signature {
                parameters: types(&signature.params),
                result: results.first().copied(),
            }
        };
        let export = |kind| {
            let export = WasmExport::Func {
                interface: key,
                func: function,
                kind,
            };
            self.resolve.wasm_export_name(NAMES, export)
        };
        let behind = || -> Import {
            let import = WasmImport::Func {
                interface: key,
                func: function,
            };
            let (module, name) = self.resolve.wasm_import_name(NAMES, import);
            (module, name, signature(AbiVariant::GuestImport))
        };
        let lowered = self
            .resolve
            .wasm_signature(AbiVariant::GuestImport, function);
        Trampoline {
            export: export(WasmExportKind::Normal),
            signature: signature(AbiVariant::GuestExport),
            behind: self.passes_on().then(behind),
            result_in_memory: lowered.retptr,
            after: Some(export(WasmExportKind::PostReturn)),
        }
    }
}

/// The function of a sink that takes an event.
pub const EVENT: &str = "event";

/// Interfaces of this tool, which are of one package, with their functions, as imports of the probe.
fn written(
    resolve: &mut Resolve,
    interfaces: &[(&str, &str)],
) -> anyhow::Result<Vec<(WorldKey, WorldItem)>> {
    let Some((first, _)) = interfaces.first() else {
        return Ok(Vec::new());
    };
    let (package, file) = first
        .split_once('/')
        .context("the interface has no package")?;
    let mut text = format!("package {package};\n");
    let mut names = Vec::new();
    for (interface, functions) in interfaces {
        let (_, name) = interface
            .split_once('/')
            .context("the interface has no package")?;
        text += &format!("interface {name} {{ {functions} }}\n");
        names.push(name);
    }
    let package = resolve.push_str(format!("{file}.wit"), &text)?;
    names
        .into_iter()
        .map(|name| item(resolve, package, name))
        .collect()
}

/// The interface from which a probe takes the host's requests, as the kernel does.
fn requests(
    resolve: &mut Resolve,
    items: &[(WorldKey, WorldItem)],
) -> anyhow::Result<Option<(WorldKey, WorldItem)>> {
    let mut names = items.iter().map(|(key, _)| resolve.name_world_key(key));
    let types = names.find(|name| name.starts_with("wasi:http/types@"));
    let Some(types) = types else {
        return Ok(None);
    };
    let (package, interface) = crate::http_handler::INCOMING
        .split_once('/')
        .context("it has no package")?;
    let (interface, version) = interface.split_once('@').context("it has no version")?;
    let text = format!(
        "package {package}@{version};
        interface {interface} {{
            use {types}.{{incoming-request, response-outparam}};
            request: func() -> incoming-request;
            response-out: func() -> response-outparam;
        }}"
    );
    import(resolve, "incoming.wit", &text, interface).map(Some)
}

fn import(
    resolve: &mut Resolve,
    file: &str,
    text: &str,
    interface: &str,
) -> anyhow::Result<(WorldKey, WorldItem)> {
    let package = resolve.push_str(file, text)?;
    item(resolve, package, interface)
}

/// An interface of a package, as an import.
fn item(
    resolve: &Resolve,
    package: PackageId,
    interface: &str,
) -> anyhow::Result<(WorldKey, WorldItem)> {
    let id = *resolve.packages[package]
        .interfaces
        .get(interface)
        .context("the interface is not there")?;
    let item = WorldItem::Interface {
        id,
        stability: Default::default(),
        external_id: None,
        docs: Default::default(),
        span: Default::default(),
    };
    Ok((WorldKey::Interface(id), item))
}

/// The type of a number in a module with 32-bit pointers.
fn number(ty: WasmType) -> ValType {
    match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => ValType::I32,
        WasmType::I64 | WasmType::PointerOrI64 => ValType::I64,
        WasmType::F32 => ValType::F32,
        WasmType::F64 => ValType::F64,
    }
}
