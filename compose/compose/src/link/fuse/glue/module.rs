//! A core module while it is generated.

use std::collections::HashMap;

use wasm_encoder::{
    CodeSection, ConstExpr, EntityType, ExportKind, ExportSection, Function, FunctionSection,
    GlobalSection, GlobalType, ImportSection, MemorySection, MemoryType, Module as Encoder,
    TypeSection, ValType,
};

use crate::canonical::{CoreType, Number};

/// The type of a memory or an imported one of which only the address width matters.
const MEMORY: MemoryType = MemoryType {
    minimum: 0,
    maximum: None,
    memory64: false,
    shared: false,
    page_size_log2: None,
};

/// A core module. All imports come before the first definition of the same kind, so that their indices stay.
#[derive(Default)]
pub struct Module {
    types: Vec<(Vec<ValType>, Vec<ValType>)>,
    imports: ImportSection,
    imported: u32,
    functions: Vec<(u32, Option<Function>)>,
    known: HashMap<(String, String), u32>,
    memories: MemorySection,
    memory_count: u32,
    globals: GlobalSection,
    global_count: u32,
    exports: ExportSection,
}

impl Module {
    /// The index of a type of functions.
    pub fn ty(&mut self, parameters: &[ValType], results: &[ValType]) -> u32 {
        let known = self
            .types
            .iter()
            .position(|(own, given)| own == parameters && given == results);
        let index = known.unwrap_or_else(|| {
            self.types.push((parameters.into(), results.into()));
            self.types.len() - 1
        });
        index as u32
    }

    /// Imports a function; the same one only once.
    pub fn import(
        &mut self,
        module: &str,
        name: &str,
        parameters: &[ValType],
        results: &[ValType],
    ) -> u32 {
        if let Some(known) = self.known.get(&(module.into(), name.into())) {
            return *known;
        }
        debug_assert!(self.functions.is_empty());
        let ty = self.ty(parameters, results);
        self.imports.import(module, name, EntityType::Function(ty));
        self.imported += 1;
        let index = self.imported - 1;
        self.known.insert((module.into(), name.into()), index);
        index
    }

    /// Imports a memory.
    pub fn import_memory(&mut self, module: &str, name: &str) -> u32 {
        self.imports.import(module, name, MEMORY);
        self.memory_count += 1;
        self.memory_count - 1
    }

    /// Imports a global that can change.
    pub fn import_global(&mut self, module: &str, name: &str, val_type: ValType) -> u32 {
        self.imports.import(module, name, variable(val_type));
        self.global_count += 1;
        self.global_count - 1
    }

    /// Defines and exports a memory of so many pages.
    pub fn memory(&mut self, name: &str, minimum: u64, maximum: u64) -> u32 {
        self.memories.memory(MemoryType {
            minimum,
            maximum: Some(maximum),
            ..MEMORY
        });
        self.memory_count += 1;
        let index = self.memory_count - 1;
        self.exports.export(name, ExportKind::Memory, index);
        index
    }

    /// Defines and exports a global that can change.
    pub fn global(&mut self, name: &str, val_type: ValType, value: &ConstExpr) -> u32 {
        self.globals.global(variable(val_type), value);
        self.global_count += 1;
        let index = self.global_count - 1;
        self.exports.export(name, ExportKind::Global, index);
        index
    }

    /// The index of a function that [`Module::define`] gives its body.
    pub fn declare(&mut self, parameters: &[ValType], results: &[ValType]) -> u32 {
        let ty = self.ty(parameters, results);
        self.functions.push((ty, None));
        self.imported + self.functions.len() as u32 - 1
    }

    /// Gives a declared function its body.
    pub fn define(&mut self, index: u32, body: Function) {
        self.functions[(index - self.imported) as usize].1 = Some(body);
    }

    /// Exports a function.
    pub fn export(&mut self, name: &str, function: u32) {
        self.exports.export(name, ExportKind::Func, function);
    }

    /// The encoded module.
    pub fn finish(self) -> Vec<u8> {
        let mut types = TypeSection::new();
        for (parameters, results) in self.types {
            types.ty().function(parameters, results);
        }
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for (ty, body) in self.functions {
            functions.function(ty);
            code.function(&body.expect("each function is defined"));
        }
        let mut module = Encoder::new();
        module
            .section(&types)
            .section(&self.imports)
            .section(&functions)
            .section(&self.memories)
            .section(&self.globals)
            .section(&self.exports)
            .section(&code);
        module.finish()
    }
}

/// The encoder's name of a number.
pub fn val_type(number: Number) -> ValType {
    match number {
        Number::I32 => ValType::I32,
        Number::I64 => ValType::I64,
        Number::F32 => ValType::F32,
        Number::F64 => ValType::F64,
    }
}

/// The encoder's names of some numbers.
pub fn val_types(numbers: &[Number]) -> Vec<ValType> {
    numbers.iter().copied().map(val_type).collect()
}

/// The encoder's names of the parameters and the result of a core function.
pub fn function_type(ty: &CoreType) -> (Vec<ValType>, Vec<ValType>) {
    let result = ty.result.map(val_type);
    (val_types(&ty.parameters), result.into_iter().collect())
}

fn variable(val_type: ValType) -> GlobalType {
    GlobalType {
        val_type,
        mutable: true,
        shared: false,
    }
}
