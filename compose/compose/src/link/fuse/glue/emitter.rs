//! What the parts of the generator share while they generate one module.

use std::collections::HashMap;
use std::sync::Arc;

use wasm_encoder::ValType;

use super::body::Body;
use super::bytes::copying;
use super::gate::Gate;
use super::handles::Handles;
use super::memory::{Length, Memory};
use super::module::Module;
use super::utf8::validating;
use crate::canonical::Type;

/// Which way values go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the application to the callee: arguments.
    In,
    /// From the callee to the application: a result.
    Out,
}

/// How values are moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mode {
    /// Which way they go.
    pub direction: Direction,
    /// Whether lending a handle is marked, because the same call may also take it.
    pub marks: bool,
}

/// A memory, and the function that allocates in it.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    /// The memory.
    pub memory: Memory,
    /// The function that allocates; there is one if any function of the module needs it.
    pub realloc: Option<u32>,
}

/// Both memories of a module.
#[derive(Clone, Copy, Debug)]
pub struct Sides {
    /// The application's.
    pub application: Side,
    /// The callee's.
    pub callee: Side,
}

/// A module while its functions are generated.
pub struct Glue {
    /// The module.
    pub module: Module,
    /// Whether the application may call.
    pub gate: Gate,
    /// The application's handles; `None` if the functions use none.
    handles: Option<Handles>,
    /// The memories; `None` if the functions need none.
    sides: Option<Sides>,
    /// The functions that move a value of a type, by the type's address.
    movers: HashMap<(*const Type, Mode), u32>,
    /// Those that have no body yet.
    pending: Vec<(Arc<Type>, Mode, u32)>,
    /// The functions that check strings, by the memory.
    validators: HashMap<u32, u32>,
    /// The functions that copy bytes.
    copiers: HashMap<Direction, u32>,
}

impl Glue {
    /// Begins with no function.
    pub fn new(module: Module, gate: Gate, handles: Option<Handles>, sides: Option<Sides>) -> Self {
        Self {
            module,
            gate,
            handles,
            sides,
            movers: HashMap::new(),
            pending: Vec::new(),
            validators: HashMap::new(),
            copiers: HashMap::new(),
        }
    }

    /// The application's handles.
    ///
    /// # Panics
    /// If there are none: a function uses a type of resources that was not named.
    pub fn handles(&self) -> Handles {
        self.handles.expect("the function uses no handles")
    }

    /// The memories.
    ///
    /// # Panics
    /// If the module has none: a function that needs them is in the wrong module.
    pub fn sides(&self) -> Sides {
        self.sides.expect("the function needs no memory")
    }

    /// A function with this signature that has no body yet.
    pub fn mover(&mut self, ty: &Arc<Type>, mode: Mode) -> u32 {
        let key = (Arc::as_ptr(ty), mode);
        if let Some(known) = self.movers.get(&key) {
            return *known;
        }
        let function = self.module.declare(&[ValType::I32; 2], &[]);
        self.movers.insert(key, function);
        self.pending.push((ty.clone(), mode, function));
        function
    }

    /// The next function of [`Glue::mover`] without a body.
    pub fn next_mover(&mut self) -> Option<(Arc<Type>, Mode, u32)> {
        self.pending.pop()
    }

    /// The function that checks a string in a memory.
    fn validator(&mut self, memory: Memory) -> u32 {
        match memory {
            Memory::Behind(functions) => functions.utf8,
            Memory::Seen(index) => *self.validators.entry(index).or_insert_with(|| {
                let function = self.module.declare(&[ValType::I32; 2], &[]);
                self.module.define(function, validating(index));
                function
            }),
        }
    }

    /// The function that copies bytes if not both memories are seen.
    fn copier(&mut self, direction: Direction, from: Memory, to: Memory) -> u32 {
        *self.copiers.entry(direction).or_insert_with(|| {
            let function = self.module.declare(&[ValType::I32; 3], &[]);
            self.module.define(function, copying(from, to));
            function
        })
    }
}

/// A function while it is generated.
pub struct Emitter<'g> {
    /// The module.
    pub glue: &'g mut Glue,
    /// The function's body.
    pub body: Body,
    /// How values are moved at the moment.
    pub mode: Mode,
}

impl Emitter<'_> {
    /// Where values come from.
    pub fn from(&self) -> Side {
        let sides = self.glue.sides();
        match self.mode.direction {
            Direction::In => sides.application,
            Direction::Out => sides.callee,
        }
    }

    /// Where they go.
    pub fn to(&self) -> Side {
        let sides = self.glue.sides();
        match self.mode.direction {
            Direction::In => sides.callee,
            Direction::Out => sides.application,
        }
    }

    /// Allocates where values go, and returns the local with the address. The address is not checked.
    ///
    /// # Panics
    /// If there is no function for that: no valid component needs one that it does not have.
    pub fn allocate(&mut self, alignment: u32, length: Length) -> u32 {
        let realloc = self.to().realloc.expect("a function that allocates");
        let mut code = self.body.code();
        code.i32_const(0).i32_const(0).i32_const(alignment as i32);
        length.push(&mut self.body);
        self.body.code().call(realloc);
        self.body.set(ValType::I32)
    }

    /// Traps unless a string where values come from is UTF-8.
    pub fn validate(&mut self, address: u32, length: u32) {
        let validator = self.glue.validator(self.from().memory);
        let mut code = self.body.code();
        code.local_get(address).local_get(length).call(validator);
    }

    /// Copies bytes.
    pub fn copy(&mut self, from: u32, to: u32, length: Length) {
        let mut code = self.body.code();
        code.local_get(to).local_get(from);
        length.push(&mut self.body);
        match (self.from().memory, self.to().memory) {
            (Memory::Seen(source), Memory::Seen(target)) => {
                self.body.code().memory_copy(target, source);
            }
            (source, target) => {
                let direction = self.mode.direction;
                let copier = self.glue.copier(direction, source, target);
                self.body.code().call(copier);
            }
        }
    }
}
