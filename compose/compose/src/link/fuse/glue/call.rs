//! A call of a function of the callee by the application.

use wasm_encoder::ValType;

use super::body::Body;
use super::description::{CALLEE, Function, MAX_WEIGHT, Resource};
use super::emitter::{Direction, Emitter, Glue, Mode};
use super::flat::Slot;
use super::memory::{Length, Place};
use super::module::{Module, function_type, val_type};
use crate::canonical::Type;

/// The callee's functions that a generated one calls.
pub struct Callees {
    function: u32,
    post_return: Option<u32>,
}

impl Callees {
    /// Imports them.
    pub fn import(module: &mut Module, function: &Function) -> Self {
        let (parameters, results) = function_type(&function.signature.lifted());
        let post_return = function.post_return.as_ref();
        Self {
            function: module.import(CALLEE, &function.callee, &parameters, &results),
            post_return: post_return.map(|name| module.import(CALLEE, name, &results, &[])),
        }
    }
}

impl Glue {
    /// Generates and exports a function.
    pub fn function(&mut self, function: &Function, callees: &Callees) {
        let signature = &function.signature;
        assert!(
            signature.weight() <= MAX_WEIGHT,
            "the function is too heavy"
        );
        let (parameters, results) = function_type(&signature.lowered());
        let index = self.module.declare(&parameters, &results);
        self.module.export(&function.export, index);
        let gate = self.gate;
        let arguments = &signature.arguments;
        let marks = arguments.owns() && arguments.borrows();
        let marked = marks.then(|| self.handles());
        let mut emitter = Emitter {
            glue: self,
            body: Body::new(parameters.len()),
            mode: Mode {
                direction: Direction::In,
                marks,
            },
        };
        gate.enter(&mut emitter.body);
        if let Some(handles) = marked {
            handles.next_call(&mut emitter.body);
        }
        emitter.arguments(arguments);
        emitter.body.code().call(callees.function);
        emitter.mode = Mode {
            direction: Direction::Out,
            marks: false,
        };
        let in_memory = signature.has_result_in_memory();
        let target = in_memory.then(|| parameters.len() as u32 - 1);
        emitter.result(signature.result.as_deref(), target, callees.post_return);
        if let Some(handles) = marked {
            handles.next_call(&mut emitter.body);
        }
        gate.leave(&mut emitter.body);
        let body = emitter.body.finish();
        self.module.define(index, body);
    }

    /// Generates and exports the function that drops a handle of a type of resources.
    pub fn dropping(&mut self, number: u32, resource: &Resource, destructor: Option<u32>) {
        let index = self.module.declare(&[ValType::I32], &[]);
        self.module.export(&resource.drop, index);
        let (gate, handles) = (self.gate, self.handles());
        let mut body = Body::new(1);
        gate.enter(&mut body);
        body.code().local_get(0);
        handles.take(&mut body, number);
        match destructor {
            Some(destructor) => body.code().call(destructor),
            None => body.code().drop(),
        };
        gate.leave(&mut body);
        self.module.define(index, body.finish());
    }

    /// Generates the functions that move values of large types.
    pub fn movers(&mut self) {
        while let Some((ty, mode, index)) = self.next_mover() {
            let mut emitter = Emitter {
                glue: self,
                body: Body::new(2),
                mode,
            };
            emitter.whole(&ty);
            let body = emitter.body.finish();
            self.module.define(index, body);
        }
    }
}

impl Emitter<'_> {
    /// Pushes the arguments for the callee.
    fn arguments(&mut self, arguments: &Type) {
        if let Some(numbers) = &arguments.flat {
            let slots = (0..).zip(numbers);
            let slots: Vec<Slot> = slots
                .map(|(local, number)| Slot {
                    local,
                    number: *number,
                })
                .collect();
            return self.flat(arguments, &slots, numbers);
        }
        let length = Length::Fixed(arguments.size);
        let alignment = arguments.alignment;
        let source = self.from().memory;
        source.check(&mut self.body, 0, length, alignment);
        let moved = self.allocate(alignment, length);
        let target = self.to().memory;
        target.check(&mut self.body, moved, length, alignment);
        self.value(arguments, Place::at(0), Place::at(moved));
        self.body.code().local_get(moved);
        self.body.release([moved]);
    }

    /// Takes the callee's result from the stack and gives it to the application: in memory at the address in `target`, or
    /// on the stack. Then calls what the callee wants to have called after that.
    fn result(&mut self, ty: Option<&Type>, target: Option<u32>, post_return: Option<u32>) {
        let flat = ty.and_then(|ty| ty.flat.as_deref());
        let returned = match (target, flat) {
            (Some(_), _) => Some(ValType::I32),
            (None, Some([number])) => Some(val_type(*number)),
            _ => None,
        };
        let returned = returned.map(|number| self.body.set(number));
        if let (Some(ty), Some(local)) = (ty, returned) {
            match (target, flat) {
                (Some(target), _) => self.result_in_memory(ty, local, target),
                (None, flat) => {
                    let numbers = flat.unwrap_or_default();
                    let slots: Vec<Slot> = numbers
                        .iter()
                        .map(|number| Slot {
                            local,
                            number: *number,
                        })
                        .collect();
                    self.flat(ty, &slots, numbers);
                }
            }
        }
        if let Some(function) = post_return {
            let mut code = self.body.code();
            if let Some(local) = returned {
                code.local_get(local);
            }
            code.call(function);
        }
    }

    fn result_in_memory(&mut self, ty: &Type, source: u32, target: u32) {
        let length = Length::Fixed(ty.size);
        let (from, to) = (self.from().memory, self.to().memory);
        from.check(&mut self.body, source, length, ty.alignment);
        to.check(&mut self.body, target, length, ty.alignment);
        self.value(ty, Place::at(source), Place::at(target));
    }
}
