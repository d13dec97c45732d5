//! Core functions that stand in for what the component model gave to an adapter.

use std::collections::HashMap;

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, FuncType, Function, FunctionSection, Module,
    TypeSection, ValType,
};
use wasmparser::types::TypesRef;

use super::reindex::encoded;

/// The export that returns its argument: in place of what makes a handle for a resource, and of what finds the resource
/// of a handle.
pub const IDENTITY: &str = "identity";

/// Functions that trap, in place of imports that an adapter does not call, and [`IDENTITY`].
#[derive(Default)]
pub struct StandIns {
    types: Vec<FuncType>,
    known: HashMap<FuncType, usize>,
}

impl StandIns {
    /// The export of a function that traps and has the type of this core function.
    ///
    /// # Errors
    /// An error when the type cannot be encoded.
    pub fn trap(&mut self, types: TypesRef<'_>, function: u32) -> anyhow::Result<String> {
        let ty = types[types.core_function_at(function)].unwrap_func();
        let ty = encoded(RoundtripReencoder.func_type(ty.clone()))?;
        let next = self.types.len();
        let number = *self.known.entry(ty.clone()).or_insert(next);
        if number == next {
            self.types.push(ty);
        }
        Ok(number.to_string())
    }

    /// The module with these functions.
    pub fn module(&self) -> Vec<u8> {
        let mut types = TypeSection::new();
        let mut functions = FunctionSection::new();
        let mut exports = ExportSection::new();
        let mut code = CodeSection::new();
        let mut add = |name: &str, ty: &FuncType, body: &Function| {
            let number = types.len();
            types.ty().func_type(ty);
            functions.function(number);
            exports.export(name, ExportKind::Func, number);
            code.function(body);
        };
        let mut identity = Function::new([]);
        identity.instructions().local_get(0).end();
        add(
            IDENTITY,
            &FuncType::new([ValType::I32], [ValType::I32]),
            &identity,
        );
        let mut trap = Function::new([]);
        trap.instructions().unreachable().end();
        for (number, ty) in self.types.iter().enumerate() {
            add(&number.to_string(), ty, &trap);
        }
        let mut module = Module::new();
        module.section(&types);
        module.section(&functions);
        module.section(&exports);
        module.section(&code);
        module.finish()
    }
}
