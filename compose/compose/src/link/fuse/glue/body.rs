//! The body of a function while it is generated.

use wasm_encoder::{BlockType, Function, InstructionSink, ValType};

/// Instructions, and the locals that they use.
pub struct Body {
    parameters: u32,
    locals: Vec<ValType>,
    /// Locals that nothing uses any more.
    free: Vec<u32>,
    code: Vec<u8>,
}

impl Body {
    /// Begins the body of a function with so many parameters, which are its first locals.
    pub fn new(parameters: usize) -> Self {
        Self {
            parameters: parameters as u32,
            locals: Vec::new(),
            free: Vec::new(),
            code: Vec::new(),
        }
    }

    /// Where instructions are appended.
    pub fn code(&mut self) -> InstructionSink<'_> {
        InstructionSink::new(&mut self.code)
    }

    /// A local that nothing else uses. It can hold any value at first.
    pub fn local(&mut self, ty: ValType) -> u32 {
        let of_type = |index: &u32| self.locals[(*index - self.parameters) as usize] == ty;
        if let Some(position) = self.free.iter().position(of_type) {
            return self.free.swap_remove(position);
        }
        self.locals.push(ty);
        self.parameters + self.locals.len() as u32 - 1
    }

    /// A local that takes the topmost value.
    pub fn set(&mut self, ty: ValType) -> u32 {
        let local = self.local(ty);
        self.code().local_set(local);
        local
    }

    /// Says that nothing uses some locals any more. Parameters stay as they are.
    pub fn release(&mut self, locals: impl IntoIterator<Item = u32>) {
        let parameters = self.parameters;
        let locals = locals.into_iter().filter(|local| *local >= parameters);
        self.free.extend(locals);
    }

    /// Traps if the topmost value is not 0.
    pub fn trap_if(&mut self) {
        self.code().if_(BlockType::Empty).unreachable().end();
    }

    /// The function.
    pub fn finish(mut self) -> Function {
        self.code().end();
        let mut function = Function::new_with_locals_types(self.locals);
        function.raw(self.code);
        function
    }
}
