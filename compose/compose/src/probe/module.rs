//! The core module of a probe: the monitor, with a function for each function that the probe exports.

use std::collections::HashMap;

use anyhow::Context;
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, DataSection, EntityType, ExportKind, ExportSection,
    Function, FunctionSection, ImportSection, InstructionSink, MemArg, MemorySection, NameMap,
    NameSection, TypeSection, ValType,
};
use wasmparser::{CompositeInnerType, ExternalKind, KnownCustom, Name, Parser, Payload, TypeRef};

use crate::adapters::{PROBE, PROBE_INJECT};
use crate::sections::keep;

/// The module from which the monitor imports what is generated here.
const GENERATED: &str = "probe";

/// The functions that the monitor imports to tell of something or to ask for it, and their types.
pub const SIGNATURES: &[(&str, &[ValType], Option<ValType>)] = &[
    ("report", &[ValType::I32; 2], None),
    ("print", &[ValType::I32; 3], None),
    ("exit", &[ValType::I32], None),
    ("differs", &[ValType::I32; 2], None),
    ("now", &[], Some(ValType::I64)),
    ("advance", &[ValType::I64], None),
    ("step", &[ValType::I64], None),
    ("disk", &[ValType::I32; 3], None),
    ("durable", &[ValType::I64, ValType::I32], None),
    ("files", &[ValType::I32], None),
    ("restore", &[ValType::I32; 3], None),
    ("seed", &[], Some(ValType::I64)),
    ("begin", &[ValType::I32], None),
    ("fault", &[ValType::I32; 2], None),
    ("crashed", &[ValType::I32; 2], None),
    ("exiting", &[ValType::I32; 2], None),
];

/// How many bytes the frame has: each argument and each result that is passed as a number has eight.
const FRAME: u32 = 17 * 8;

/// The type of a function of numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Signature {
    pub parameters: Vec<ValType>,
    pub result: Option<ValType>,
}

impl Signature {
    fn of(parameters: &[ValType], result: Option<ValType>) -> Self {
        Self {
            parameters: parameters.to_vec(),
            result,
        }
    }
}

/// A function that the module imports: the module, the name, and its type.
pub type Import = (String, String, Signature);

/// A function that the probe exports.
pub struct Trampoline {
    /// The name of the export.
    pub export: String,
    /// Its type.
    pub signature: Signature,
    /// The function behind it; `None` if a recording answers instead.
    pub behind: Option<Import>,
    /// Whether its result lies in memory.
    pub result_in_memory: bool,
    /// The name of the export that is called when the caller has read the result, if it has to be.
    pub after: Option<String>,
}

/// A type of resources that the probe exports, by the number in the table.
pub struct Resource {
    /// The export that is called when the last handle is dropped.
    pub destructor: String,
    /// The functions that make a handle, give what it stands for, and drop it.
    pub new: (String, String),
    /// See [`Resource::new`].
    pub representation: (String, String),
    /// See [`Resource::new`].
    pub drop: (String, String),
    /// The function that drops a handle of the resource behind; `None` if there are none.
    pub behind: Option<(String, String)>,
}

/// What a module is generated for.
pub struct Description {
    /// The functions, in the order of the table.
    pub functions: Vec<Trampoline>,
    /// The functions that the monitor calls by itself, as it calls no others.
    pub called: Vec<u32>,
    /// The resources, in the order of the table.
    pub resources: Vec<Resource>,
    /// The functions by whose names the monitor tells of something: what it calls each, and the import.
    pub told: Vec<(&'static str, Import)>,
    /// How many bytes the largest result takes in memory.
    pub result_size: u32,
    /// The settings of the monitor.
    pub settings: Vec<u8>,
    /// Whether the monitor decides of each call whether the function behind is called.
    pub injects: bool,
}

/// Generates the module.
///
/// # Errors
/// When the embedded monitor is not as it should be.
pub fn generate(description: &Description) -> anyhow::Result<Vec<u8>> {
    let monitor = Monitor::read(match description.injects {
        true => PROBE_INJECT,
        false => PROBE,
    })?;
    let mut writer = Writer::new(&monitor, description)?;
    writer.generated(description)?;
    let may_skip = description.injects || !description.called.is_empty();
    for (number, function) in (0..).zip(&description.functions) {
        writer.trampoline(number, function, may_skip)?;
    }
    for (number, resource) in (0..).zip(&description.resources) {
        writer.destructor(number, resource)?;
    }
    writer.finish(&description.settings)
}

/// What the monitor's module has.
struct Monitor {
    module: &'static [u8],
    /// How many types it has.
    types: u32,
    /// The names of the functions that it imports.
    imports: Vec<String>,
    /// How many functions it has besides.
    functions: u32,
    exports: HashMap<String, u32>,
    /// How many pages of memory it begins with.
    pages: u64,
}

impl Monitor {
    fn read(module: &'static [u8]) -> anyhow::Result<Self> {
        let mut monitor = Self {
            module,
            types: 0,
            imports: Vec::new(),
            functions: 0,
            exports: HashMap::new(),
            pages: 0,
        };
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::TypeSection(section) => monitor.types = section.count(),
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        let is_generated =
                            import.module == GENERATED && matches!(import.ty, TypeRef::Func(_));
                        anyhow::ensure!(is_generated, "the monitor imports `{}`", import.name);
                        monitor.imports.push(import.name.into());
                    }
                }
                Payload::FunctionSection(section) => monitor.functions = section.count(),
                Payload::MemorySection(section) => {
                    for memory in section {
                        monitor.pages = memory?.initial;
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if export.kind == ExternalKind::Func {
                            monitor.exports.insert(export.name.into(), export.index);
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(monitor)
    }
}

/// The indices of the monitor's functions in the new module.
struct Moved {
    /// How many functions the monitor imports.
    imported: u32,
    /// Where those with a body begin in the new module.
    first: u32,
    /// The new indices of those that it imports.
    generated: Vec<u32>,
}

impl Reencode for Moved {
    type Error = anyhow::Error;

    fn function_index(&mut self, index: u32) -> Result<u32, reencode::Error<anyhow::Error>> {
        Ok(match index.checked_sub(self.imported) {
            Some(own) => self.first + own,
            None => self.generated[index as usize],
        })
    }
}

struct Writer<'a> {
    monitor: &'a Monitor,
    /// Where the frame begins, and then the result area and the settings.
    frame: u32,
    result: u32,
    settings: u32,
    types: Vec<Signature>,
    imports: ImportSection,
    imported: HashMap<(String, String), u32>,
    functions: Vec<(u32, Function)>,
    exports: Vec<(String, u32)>,
    moved: Moved,
}

impl<'a> Writer<'a> {
    fn new(monitor: &'a Monitor, description: &Description) -> anyhow::Result<Self> {
        let frame = u32::try_from(monitor.pages << 16)?;
        let result = frame + FRAME;
        let mut writer = Self {
            monitor,
            frame,
            result,
            settings: result + description.result_size.next_multiple_of(8),
            types: Vec::new(),
            imports: ImportSection::new(),
            imported: HashMap::new(),
            functions: Vec::new(),
            exports: Vec::new(),
            moved: Moved {
                imported: monitor.imports.len() as u32,
                first: 0,
                generated: Vec::new(),
            },
        };
        // All imports come before the first function, so that their number is known then.
        let (i32, result) = (ValType::I32, Some(ValType::I32));
        for function in &description.functions {
            if let Some((module, name, signature)) = &function.behind {
                writer.import(module, name, signature);
            }
        }
        for resource in &description.resources {
            for (names, result) in [
                (Some(&resource.new), result),
                (Some(&resource.representation), result),
                (Some(&resource.drop), None),
                (resource.behind.as_ref(), None),
            ] {
                if let Some((module, name)) = names {
                    writer.import(module, name, &Signature::of(&[i32], result));
                }
            }
        }
        for (_, (module, name, signature)) in &description.told {
            writer.import(module, name, signature);
        }
        writer.moved.first = writer.imports.len();
        Ok(writer)
    }

    fn import(&mut self, module: &str, name: &str, signature: &Signature) {
        let ty = self.ty(signature);
        let index = self.imports.len();
        let names = (module.to_owned(), name.to_owned());
        if let std::collections::hash_map::Entry::Vacant(entry) = self.imported.entry(names) {
            entry.insert(index);
            self.imports.import(module, name, EntityType::Function(ty));
        }
    }

    fn imported(&self, (module, name): &(String, String)) -> anyhow::Result<u32> {
        let index = self.imported.get(&(module.clone(), name.clone()));
        index.copied().context("an import was left out")
    }

    /// The index of a type in the new module.
    fn ty(&mut self, signature: &Signature) -> u32 {
        let known = self.types.iter().position(|known| known == signature);
        let position = known.unwrap_or_else(|| {
            self.types.push(signature.clone());
            self.types.len() - 1
        });
        self.monitor.types + position as u32
    }

    /// Adds a function, and returns its index in the new module.
    fn function(&mut self, signature: &Signature, body: Function) -> u32 {
        let ty = self.ty(signature);
        self.functions.push((ty, body));
        self.moved.first + self.monitor.functions + self.functions.len() as u32 - 1
    }

    /// The new index of a function of the monitor.
    fn of_monitor(&mut self, name: &str) -> anyhow::Result<u32> {
        let index = self.monitor.exports.get(name);
        let index = index.with_context(|| format!("the monitor has no function `{name}`"))?;
        self.moved.function_index(*index).map_err(plain)
    }

    /// Adds the functions that the monitor imports.
    fn generated(&mut self, description: &Description) -> anyhow::Result<()> {
        let i32 = ValType::I32;
        for name in &self.monitor.imports {
            let index = match name.as_str() {
                "settings" => self.constant(self.settings),
                "settings_length" => self.constant(u32::try_from(description.settings.len())?),
                "frame" => self.constant(self.frame),
                "result" => self.constant(self.result),
                "new" => {
                    self.of_resource(description, |resource| Some(&resource.new), Some(i32))?
                }
                "slot" => self.of_resource(
                    description,
                    |resource| Some(&resource.representation),
                    Some(i32),
                )?,
                "drop" => self.of_resource(description, |resource| Some(&resource.drop), None)?,
                "release" => {
                    self.of_resource(description, |resource| resource.behind.as_ref(), None)?
                }
                "behind" => self.behind(description)?,
                told => {
                    let mut imports = description.told.iter();
                    match imports.find(|(name, _)| *name == told) {
                        Some((_, (module, name, _))) => {
                            self.imported(&(module.clone(), name.clone()))?
                        }
                        None => self.untold(told)?,
                    }
                }
            };
            self.moved.generated.push(index);
        }
        Ok(())
    }

    /// A function that does nothing, because nobody wants to know of it, or because the settings say that it is not there.
    fn untold(&mut self, name: &str) -> anyhow::Result<u32> {
        let signature = SIGNATURES.iter().find(|(known, ..)| *known == name);
        let Some((_, parameters, result)) = signature else {
            anyhow::bail!("the monitor imports `{name}`");
        };
        let mut body = Function::new([]);
        if let Some(result) = result {
            anyhow::ensure!(*result == ValType::I64, "`{name}` returns another number");
            body.instructions().i64_const(0);
        }
        body.instructions().end();
        Ok(self.function(&Signature::of(parameters, *result), body))
    }

    fn constant(&mut self, value: u32) -> u32 {
        let mut body = Function::new([]);
        body.instructions().i32_const(value as i32).end();
        self.function(&Signature::of(&[], Some(ValType::I32)), body)
    }

    /// A function that calls the function behind with this number.
    fn behind(&mut self, description: &Description) -> anyhow::Result<u32> {
        let mut body = Function::new([]);
        let mut code = body.instructions();
        for number in &description.called {
            let function = description.functions.get(*number as usize);
            let function = function.context("a function that is called is missing")?;
            code.local_get(0).i32_const(*number as i32).i32_eq();
            code.if_(BlockType::Empty);
            self.call(&mut code, function)?;
            code.return_().end();
        }
        code.unreachable().end();
        Ok(self.function(&Signature::of(&[ValType::I32], None), body))
    }

    /// A function that calls one of a resource with its second argument, by the resource's number.
    fn of_resource(
        &mut self,
        description: &Description,
        which: fn(&Resource) -> Option<&(String, String)>,
        result: Option<ValType>,
    ) -> anyhow::Result<u32> {
        let mut body = Function::new([]);
        let mut code = body.instructions();
        for (number, resource) in (0..).zip(&description.resources) {
            let Some(function) = which(resource) else {
                continue;
            };
            let function = self.imported(function)?;
            code.local_get(0).i32_const(number).i32_eq();
            code.if_(BlockType::Empty);
            code.local_get(1).call(function).return_().end();
        }
        code.unreachable().end();
        Ok(self.function(&Signature::of(&[ValType::I32; 2], result), body))
    }

    fn trampoline(
        &mut self,
        number: i32,
        function: &Trampoline,
        may_skip: bool,
    ) -> anyhow::Result<()> {
        let (enter, leave) = (self.of_monitor("enter")?, self.of_monitor("leave")?);
        let (frame, result) = (self.frame as i32, self.result as i32);
        let mut body = Function::new([]);
        let mut code = body.instructions();
        for (place, ty) in (0..).zip(&function.signature.parameters) {
            code.i32_const(frame).local_get(place);
            store(&mut code, *ty, u64::from(place));
        }
        // Whether the monitor has answered. That of a recording always has, and one that observes alone never.
        code.i32_const(number).call(enter);
        let may_skip = may_skip && function.behind.is_some();
        match may_skip {
            true => drop(code.i32_eqz().if_(BlockType::Empty)),
            false => drop(code.drop()),
        }
        self.call(&mut code, function)?;
        if may_skip {
            code.end();
        }
        code.i32_const(number).call(leave);
        match function.signature.result {
            Some(_) if function.result_in_memory => drop(code.i32_const(result)),
            Some(ty) => {
                code.i32_const(frame);
                load(&mut code, ty, 0);
            }
            None => {}
        }
        code.end();
        let index = self.function(&function.signature, body);
        self.exports.push((function.export.clone(), index));
        if let Some(export) = &function.after {
            let after = self.of_monitor("after")?;
            let mut body = Function::new([]);
            body.instructions().call(after).end();
            let results: Vec<ValType> = function.signature.result.into_iter().collect();
            let index = self.function(&Signature::of(&results, None), body);
            self.exports.push((export.clone(), index));
        }
        Ok(())
    }

    /// Calls the function behind with the arguments in the frame, and leaves its result there or in the result area. Does
    /// nothing where a recording answers instead.
    fn call(&self, code: &mut InstructionSink<'_>, function: &Trampoline) -> anyhow::Result<()> {
        let Some((module, name, _)) = &function.behind else {
            return Ok(());
        };
        let behind = self.imported(&(module.clone(), name.clone()))?;
        let (frame, result) = (self.frame as i32, self.result as i32);
        let stored = function
            .signature
            .result
            .filter(|_| !function.result_in_memory);
        if stored.is_some() {
            code.i32_const(frame);
        }
        for (place, ty) in (0..).zip(&function.signature.parameters) {
            code.i32_const(frame);
            load(code, *ty, place);
        }
        if function.result_in_memory {
            code.i32_const(result);
        }
        code.call(behind);
        if let Some(ty) = stored {
            store(code, ty, 0);
        }
        Ok(())
    }

    fn destructor(&mut self, number: i32, resource: &Resource) -> anyhow::Result<()> {
        let dropped = self.of_monitor("dropped")?;
        let mut body = Function::new([(1, ValType::I32)]);
        let mut code = body.instructions();
        code.i32_const(number).local_get(0).call(dropped);
        match &resource.behind {
            Some(behind) => {
                let behind = self.imported(behind)?;
                code.local_tee(1).if_(BlockType::Empty);
                code.local_get(1).call(behind).end();
            }
            None => drop(code.drop()),
        }
        code.end();
        let index = self.function(&Signature::of(&[ValType::I32], None), body);
        self.exports.push((resource.destructor.clone(), index));
        Ok(())
    }

    fn finish(mut self, settings: &[u8]) -> anyhow::Result<Vec<u8>> {
        let mut module = wasm_encoder::Module::new();
        let mut code = CodeSection::new();
        let mut bodies = self.monitor.functions;
        for payload in Parser::new(0).parse_all(self.monitor.module) {
            match payload? {
                Payload::TypeSection(section) => {
                    let mut types = TypeSection::new();
                    for group in section {
                        for ty in group?.into_types() {
                            let CompositeInnerType::Func(ty) = ty.composite_type.inner else {
                                anyhow::bail!("a type of the monitor is no function");
                            };
                            let ty = self.moved.func_type(ty).map_err(plain)?;
                            types.ty().func_type(&ty);
                        }
                    }
                    for ty in &self.types {
                        types.ty().function(ty.parameters.clone(), ty.result);
                    }
                    module.section(&types);
                }
                Payload::ImportSection(_) => drop(module.section(&self.imports)),
                Payload::FunctionSection(section) => {
                    let mut functions = FunctionSection::new();
                    for ty in section {
                        functions.function(ty?);
                    }
                    for (ty, _) in &self.functions {
                        functions.function(*ty);
                    }
                    module.section(&functions);
                }
                Payload::MemorySection(section) => {
                    let mut memories = MemorySection::new();
                    for memory in section {
                        let mut ty = self.moved.memory_type(memory?).map_err(plain)?;
                        let end = u64::from(self.settings) + settings.len() as u64;
                        ty.minimum = end.div_ceil(1 << 16);
                        memories.memory(ty);
                    }
                    module.section(&memories);
                }
                Payload::ExportSection(_) => {
                    let mut exports = ExportSection::new();
                    exports.export("memory", ExportKind::Memory, 0);
                    let realloc = self.of_monitor("cabi_realloc")?;
                    exports.export("cabi_realloc", ExportKind::Func, realloc);
                    for (name, index) in &self.exports {
                        exports.export(name, ExportKind::Func, *index);
                    }
                    module.section(&exports);
                }
                Payload::ElementSection(section) => {
                    let mut elements = wasm_encoder::ElementSection::new();
                    self.moved
                        .parse_element_section(&mut elements, section)
                        .map_err(plain)?;
                    module.section(&elements);
                }
                Payload::DataCountSection { count, .. } => {
                    let count = count + 1;
                    module.section(&wasm_encoder::DataCountSection { count });
                }
                Payload::CodeSectionStart { .. } => {}
                Payload::CodeSectionEntry(body) => {
                    self.moved
                        .parse_function_body(&mut code, body)
                        .map_err(plain)?;
                    bodies -= 1;
                    if bodies == 0 {
                        for (_, body) in &self.functions {
                            code.function(body);
                        }
                        module.section(&code);
                    }
                }
                Payload::DataSection(section) => {
                    let mut data = DataSection::new();
                    self.moved
                        .parse_data_section(&mut data, section)
                        .map_err(plain)?;
                    let offset = ConstExpr::i32_const(self.settings as i32);
                    data.active(0, &offset, settings.iter().copied());
                    module.section(&data);
                }
                // The names say why a probe traps.
                Payload::CustomSection(section)
                    if let KnownCustom::Name(names) = section.as_known() =>
                {
                    module.section(&self.names(names)?);
                }
                Payload::CustomSection(_) => {}
                other => keep(self.monitor.module, &other, &mut module)?,
            }
        }
        Ok(module.finish())
    }

    fn names(&mut self, names: wasmparser::NameSectionReader<'_>) -> anyhow::Result<NameSection> {
        let mut kept = NameMap::new();
        for names in names {
            if let Name::Function(functions) = names? {
                for function in functions {
                    let function = function?;
                    let index = self.moved.function_index(function.index).map_err(plain)?;
                    kept.append(index, function.name);
                }
            }
        }
        let mut section = NameSection::new();
        section.functions(&kept);
        Ok(section)
    }
}

/// Stores a number of the frame.
fn store(code: &mut InstructionSink<'_>, ty: ValType, place: u64) {
    match ty {
        ValType::I64 => code.i64_store(at(place, 3)),
        ValType::F32 => code.f32_store(at(place, 2)),
        ValType::F64 => code.f64_store(at(place, 3)),
        _ => code.i32_store(at(place, 2)),
    };
}

/// Loads a number of the frame.
fn load(code: &mut InstructionSink<'_>, ty: ValType, place: u64) {
    match ty {
        ValType::I64 => code.i64_load(at(place, 3)),
        ValType::F32 => code.f32_load(at(place, 2)),
        ValType::F64 => code.f64_load(at(place, 3)),
        _ => code.i32_load(at(place, 2)),
    };
}

fn at(place: u64, align: u32) -> MemArg {
    MemArg {
        offset: 8 * place,
        align,
        memory_index: 0,
    }
}

fn plain(error: reencode::Error<anyhow::Error>) -> anyhow::Error {
    anyhow::anyhow!("{error:#}")
}
