//! The module that moves bytes between the program's memory and the adapter's.

use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection,
    InstructionSink, MemArg, MemoryType, Module, TypeSection, ValType,
};

use super::program::MEMORY;
use super::target::Target;

/// What the module is instantiated with: the program, whose memory it sees, and the adapter.
pub const PROGRAM: &str = "program";
/// See [`PROGRAM`].
pub const ADAPTER: &str = "adapter";

const I32: ValType = ValType::I32;
const I64: ValType = ValType::I64;

/// The functions of the adapter that take bytes, by how many they take at once.
const PUT: [(&str, u32); 3] = [("put512", 64), ("put64", 8), ("put8", 1)];

/// The exports of the adapter that the portable form calls.
pub const PORTABLE: [&str; 4] = [PUT[0].0, PUT[1].0, PUT[2].0, GIVE];

/// The function of the adapter that writes bytes to the program's memory, eight numbers at a time.
pub const GIVE: &str = "give";

/// The module's functions, by the names that the adapter imports them under. The portable form has no `write`: the
/// adapter's own [`GIVE`] stands for it.
pub fn module(target: Target) -> Vec<u8> {
    let mut writer = Writer::default();
    let memory = memory(0);
    writer.imports.import(PROGRAM, MEMORY, memory);
    if target.multi_memory {
        writer.imports.import(ADAPTER, "memory", memory);
    } else {
        for (name, bytes) in PUT {
            let values = match bytes {
                64 => vec![I64; 8],
                8 => vec![I64],
                _ => vec![I32],
            };
            let parameters: Vec<ValType> = [I32].into_iter().chain(values).collect();
            writer.import(name, &parameters);
        }
    }
    writer.function("pages", &[], &[I32], |code| {
        code.memory_size(0);
    });
    writer.function("load8", &[I32], &[I32], |code| {
        code.local_get(0).i32_load8_u(at(0));
    });
    writer.function("load32", &[I32], &[I32], |code| {
        code.local_get(0).i32_load(at(0));
    });
    writer.function("load64", &[I32], &[I64], |code| {
        code.local_get(0).i64_load(at(0));
    });
    writer.function("store8", &[I32, I32], &[], |code| {
        code.local_get(0).local_get(1).i32_store8(at(0));
    });
    writer.function("store32", &[I32, I32], &[], |code| {
        code.local_get(0).local_get(1).i32_store(at(0));
    });
    writer.function("store64", &[I32, I64], &[], |code| {
        code.local_get(0).local_get(1).i64_store(at(0));
    });
    if target.multi_memory {
        writer.function("read", &[I32, I32, I32], &[], |code| {
            code.local_get(1)
                .local_get(0)
                .local_get(2)
                .memory_copy(1, 0);
        });
        writer.function("write", &[I32, I32, I32], &[], |code| {
            code.local_get(0)
                .local_get(1)
                .local_get(2)
                .memory_copy(0, 1);
        });
    } else {
        let parameters = [&[I32][..], &[I64; 8]].concat();
        writer.function("store512", &parameters, &[], |code| {
            for index in 0..8 {
                code.local_get(0)
                    .local_get(1 + index)
                    .i64_store(at(u64::from(index) * 8));
            }
        });
        writer.function("read", &[I32, I32, I32], &[], read);
    }
    writer.finish()
}

/// `read(from, to, length)`: hands the bytes to the adapter, as many at a time as there are.
fn read(code: &mut InstructionSink<'_>) {
    const FROM: u32 = 0;
    const TO: u32 = 1;
    const LENGTH: u32 = 2;
    for (function, (_, bytes)) in (0..).zip(PUT) {
        code.block(wasm_encoder::BlockType::Empty)
            .loop_(wasm_encoder::BlockType::Empty)
            .local_get(LENGTH)
            .i32_const(bytes as i32)
            .i32_lt_u()
            .br_if(1)
            .local_get(TO);
        match bytes {
            1 => {
                code.local_get(FROM).i32_load8_u(at(0));
            }
            _ => {
                for offset in (0..u64::from(bytes)).step_by(8) {
                    code.local_get(FROM).i64_load(at(offset));
                }
            }
        }
        code.call(function);
        for (local, step) in [
            (FROM, bytes as i32),
            (TO, bytes as i32),
            (LENGTH, -(bytes as i32)),
        ] {
            code.local_get(local)
                .i32_const(step)
                .i32_add()
                .local_set(local);
        }
        code.br(0).end().end();
    }
}

/// An access to the program's memory, which is the first one. A program's pointers need not be aligned.
fn at(offset: u64) -> MemArg {
    MemArg {
        offset,
        align: 0,
        memory_index: 0,
    }
}

/// A memory of any size.
pub fn memory(minimum: u64) -> MemoryType {
    MemoryType {
        minimum,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    }
}

/// The sections of a module of functions.
#[derive(Default)]
struct Writer {
    types: TypeSection,
    imports: ImportSection,
    imported: u32,
    functions: FunctionSection,
    exports: ExportSection,
    code: CodeSection,
}

impl Writer {
    fn ty(&mut self, parameters: &[ValType], results: &[ValType]) -> u32 {
        let ty = self.types.ty();
        ty.function(parameters.iter().copied(), results.iter().copied());
        self.types.len() - 1
    }

    fn import(&mut self, name: &str, parameters: &[ValType]) {
        let ty = self.ty(parameters, &[]);
        self.imports.import(ADAPTER, name, EntityType::Function(ty));
        self.imported += 1;
    }

    fn function(
        &mut self,
        name: &str,
        parameters: &[ValType],
        results: &[ValType],
        body: impl FnOnce(&mut InstructionSink<'_>),
    ) {
        let ty = self.ty(parameters, results);
        self.exports
            .export(name, ExportKind::Func, self.imported + self.functions.len());
        self.functions.function(ty);
        let mut function = Function::new([]);
        body(&mut function.instructions());
        function.instructions().end();
        self.code.function(&function);
    }

    fn finish(self) -> Vec<u8> {
        let mut module = Module::new();
        module
            .section(&self.types)
            .section(&self.imports)
            .section(&self.functions)
            .section(&self.exports)
            .section(&self.code);
        module.finish()
    }
}

#[cfg(test)]
mod tests {
    use wasmparser::{Validator, WasmFeatures};

    use super::*;

    #[test]
    fn the_portable_form_needs_nothing_new() {
        let portable = module(Target::default());
        let first = WasmFeatures::WASM1;
        Validator::new_with_features(first)
            .validate_all(&portable)
            .expect("a module of the first version");
        let fast = module(Target::OWN_HOST);
        assert!(
            Validator::new_with_features(first)
                .validate_all(&fast)
                .is_err()
        );
        Validator::new().validate_all(&fast).expect("a module");
    }
}
