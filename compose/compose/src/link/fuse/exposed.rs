//! Generates functions that the host calls on a callee whose own handles are its resources.
//!
//! The callee returns resources in place of handles, so a function between it and the host makes a handle for each.

use wasm_encoder::{
    BlockType, CodeSection, EntityType, ExportKind, ExportSection, FuncType, Function,
    FunctionSection, ImportSection, Instruction, MemArg, MemoryType, Module, TypeSection, ValType,
};

use crate::canonical::{CoreType, Kind, Number, Signature, Type};

/// The name under which the module imports the callee.
pub const CALLEE: &str = "callee";

/// The name under which the module imports the functions that make handles: by the number of each type of resources.
pub const HANDLES: &str = "handles";

/// A function that the host calls.
pub struct Exposed<'a> {
    /// The callee's export.
    pub callee: &'a str,
    /// Its parameters and its result.
    pub signature: Signature,
}

/// Generates a module that exports these functions, named as the callee's, for a callee with this memory and with so many
/// types of resources.
pub fn exposed(functions: &[Exposed<'_>], memory: &str, resources: u32) -> Vec<u8> {
    let mut types = TypeSection::new();
    let mut imports = ImportSection::new();
    let mut own = FunctionSection::new();
    let mut exports = ExportSection::new();
    let mut code = CodeSection::new();
    types
        .ty()
        .func_type(&FuncType::new([ValType::I32], [ValType::I32]));
    let any = MemoryType {
        minimum: 0,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    };
    imports.import(CALLEE, memory, any);
    for number in 0..resources {
        imports.import(HANDLES, &number.to_string(), EntityType::Function(0));
    }
    let count = functions.len() as u32;
    for (number, function) in (0u32..).zip(functions) {
        let ty = function.signature.lifted();
        types.ty().func_type(&core(&ty));
        imports.import(CALLEE, function.callee, EntityType::Function(number + 1));
        own.function(number + 1);
        let index = resources + count + number;
        exports.export(function.callee, ExportKind::Func, index);
        code.function(&body(&function.signature, &ty, resources + number));
    }
    let mut module = Module::new();
    module.section(&types);
    module.section(&imports);
    module.section(&own);
    module.section(&exports);
    module.section(&code);
    module.finish()
}

fn core(ty: &CoreType) -> FuncType {
    let parameters = ty.parameters.iter().map(|number| value(*number));
    FuncType::new(parameters, ty.result.map(value))
}

fn value(number: Number) -> ValType {
    match number {
        Number::I32 => ValType::I32,
        Number::I64 => ValType::I64,
        Number::F32 => ValType::F32,
        Number::F64 => ValType::F64,
    }
}

/// Calls the callee, and makes a handle for each resource in its result.
fn body(signature: &Signature, ty: &CoreType, callee: u32) -> Function {
    let parameters = ty.parameters.len() as u32;
    let mut body = Body {
        instructions: Vec::new(),
        parameters,
        locals: 0,
    };
    for parameter in 0..parameters {
        body.add(Instruction::LocalGet(parameter));
    }
    body.add(Instruction::Call(callee));
    let result = signature.result.as_ref().filter(|ty| ty.owns());
    if let Some(result) = result {
        match signature.has_result_in_memory() {
            true => {
                let base = body.local();
                body.add(Instruction::LocalTee(base));
                body.handles(result, base, 0);
            }
            // The only number of the result is the resource.
            false => {
                let resource = only_resource(result);
                body.add(Instruction::Call(resource));
            }
        }
    }
    body.finish()
}

/// The number of the type of the resource that is the only number of a value.
fn only_resource(ty: &Type) -> u32 {
    match &ty.kind {
        Kind::Own(resource) => *resource,
        Kind::Record(fields) => {
            let owner = fields.iter().find(|field| field.ty.owns());
            owner.map_or(0, |field| only_resource(&field.ty))
        }
        Kind::FixedList(element, _) => only_resource(element),
        _ => 0,
    }
}

/// The body of a function while it is written.
struct Body {
    instructions: Vec<Instruction<'static>>,
    parameters: u32,
    /// How many locals there are beside the parameters; all are `i32`.
    locals: u32,
}

impl Body {
    fn add(&mut self, instruction: Instruction<'static>) {
        self.instructions.push(instruction);
    }

    fn local(&mut self) -> u32 {
        self.locals += 1;
        self.parameters + self.locals - 1
    }

    fn load(&mut self, base: u32, offset: u32) {
        self.add(Instruction::LocalGet(base));
        self.add(Instruction::I32Load(at(offset, 2)));
    }

    /// Replaces each resource of a value in memory by a handle.
    fn handles(&mut self, ty: &Type, base: u32, offset: u32) {
        if !ty.owns() {
            return;
        }
        match &ty.kind {
            Kind::Own(resource) => {
                self.add(Instruction::LocalGet(base));
                self.load(base, offset);
                self.add(Instruction::Call(*resource));
                self.add(Instruction::I32Store(at(offset, 2)));
            }
            Kind::Record(fields) => {
                for field in fields {
                    self.handles(&field.ty, base, offset + field.offset);
                }
            }
            Kind::Variant(variant) => {
                for (number, case) in (0..).zip(&variant.cases) {
                    let Some(case) = case.as_ref().filter(|case| case.owns()) else {
                        continue;
                    };
                    self.add(Instruction::LocalGet(base));
                    self.add(match variant.tag {
                        1 => Instruction::I32Load8U(at(offset, 0)),
                        2 => Instruction::I32Load16U(at(offset, 1)),
                        _ => Instruction::I32Load(at(offset, 2)),
                    });
                    self.add(Instruction::I32Const(number));
                    self.add(Instruction::I32Eq);
                    self.add(Instruction::If(BlockType::Empty));
                    self.handles(case, base, offset + variant.payload);
                    self.add(Instruction::End);
                }
            }
            Kind::FixedList(element, length) => {
                for number in 0..*length {
                    self.handles(element, base, offset + number * element.size);
                }
            }
            Kind::List(element) => {
                let (element_at, left) = (self.local(), self.local());
                self.load(base, offset);
                self.add(Instruction::LocalSet(element_at));
                self.load(base, offset + 4);
                self.add(Instruction::LocalSet(left));
                self.add(Instruction::Block(BlockType::Empty));
                self.add(Instruction::Loop(BlockType::Empty));
                self.add(Instruction::LocalGet(left));
                self.add(Instruction::I32Eqz);
                self.add(Instruction::BrIf(1));
                self.handles(element, element_at, 0);
                for (local, step) in [(element_at, element.size as i32), (left, -1)] {
                    self.add(Instruction::LocalGet(local));
                    self.add(Instruction::I32Const(step));
                    self.add(Instruction::I32Add);
                    self.add(Instruction::LocalSet(local));
                }
                self.add(Instruction::Br(0));
                self.add(Instruction::End);
                self.add(Instruction::End);
            }
            _ => {}
        }
    }

    fn finish(self) -> Function {
        let mut function = Function::new([(self.locals, ValType::I32)]);
        for instruction in &self.instructions {
            function.instruction(instruction);
        }
        function.instruction(&Instruction::End);
        function
    }
}

fn at(offset: u32, align: u32) -> MemArg {
    MemArg {
        offset: offset.into(),
        align,
        memory_index: 0,
    }
}
