//! The application's handles of the callee's resources.
//!
//! A handle is the number of an entry, which has the type of the resource and what the callee knows it as, its
//! representation. Entry 0 is never used; a free one has type 0 and the number of the next free one. The numbers are those
//! that a runtime gives: the lowest at first, and then what was freed last.
//!
//! The application holds owned handles alone, because no function returns a resource that is lent. Therefore a handle is
//! lent only within a call, and it matters only if the same call also takes handles: such a call has a number, and an
//! entry has the number of the call that lent it.

use wasm_encoder::{BlockType, ConstExpr, ValType};

use super::body::Body;
use super::description::DIRECT;
use super::memory::argument;
use super::module::Module;

/// What the module exports for the others. No function of an interface has such a name.
const MEMORY: &str = "[handle]entries";
const LENGTH: &str = "[handle]length";
const FREE: &str = "[handle]free";
const CALL: &str = "[handle]call";
const FUNCTIONS: [&str; 4] = [
    "[handle]get",
    "[handle]lend",
    "[handle]take",
    "[handle]give",
];

/// The parts of an entry: bytes from its beginning.
const TYPE: u32 = 0;
const REPRESENTATION: u32 = 4;
const NEXT: u32 = 4;
const LENT: u32 = 8;
/// The logarithm of an entry's size.
const ENTRY: i32 = 4;

/// The most pages of entries: for 100,000 handles, as many as Wasmtime lets a component have.
const MAX_PAGES: u64 = 25;

const I32: ValType = ValType::I32;
/// A handle or a representation, and the type.
const PARAMETERS: [ValType; 2] = [I32; 2];

/// The functions and globals of the handles as a generated module sees them.
#[derive(Clone, Copy, Debug)]
pub struct Handles {
    /// The number of the current call, if it both takes and lends.
    call: u32,
    /// The memory with the entries and the global with their number, if the module sees them.
    entries: Option<(u32, u32)>,
    get: u32,
    lend: u32,
    take: u32,
    give: u32,
}

impl Handles {
    /// Defines them.
    pub fn define(module: &mut Module) -> Self {
        let memory = module.memory(MEMORY, 1, MAX_PAGES);
        let zero = ConstExpr::i32_const(0);
        let length = module.global(LENGTH, I32, &ConstExpr::i32_const(1));
        let free = module.global(FREE, I32, &zero);
        let call = module.global(CALL, ValType::I64, &ConstExpr::i64_const(1));
        let [get, lend, take, give] = FUNCTIONS.map(|name| {
            let function = module.declare(&PARAMETERS, &[I32]);
            module.export(name, function);
            function
        });
        let entries = Entries {
            memory,
            length,
            free,
            call,
        };
        module.define(get, entries.get(false).finish());
        module.define(lend, entries.get(true).finish());
        module.define(take, entries.take().finish());
        module.define(give, entries.give().finish());
        Self {
            call,
            entries: Some((memory, length)),
            get,
            lend,
            take,
            give,
        }
    }

    /// Imports them. With `entries`, the module sees their memory.
    pub fn import(module: &mut Module, entries: bool) -> Self {
        let [get, lend, take, give] =
            FUNCTIONS.map(|name| module.import(DIRECT, name, &PARAMETERS, &[I32]));
        let entries = entries.then(|| {
            let memory = module.import_memory(DIRECT, MEMORY);
            (memory, module.import_global(DIRECT, LENGTH, I32))
        });
        Self {
            call: module.import_global(DIRECT, CALL, ValType::I64),
            entries,
            get,
            lend,
            take,
            give,
        }
    }

    /// Gives the next number to the current call. What was lent before is no longer.
    pub fn next_call(self, body: &mut Body) {
        let mut code = body.code();
        code.global_get(self.call).i64_const(1).i64_add();
        code.global_set(self.call);
    }

    /// Replaces the topmost handle by its representation, which is lent for the call. With `marked`, taking the same
    /// handle in the same call traps.
    pub fn lend(self, body: &mut Body, resource: u32, marked: bool) {
        match (marked, self.entries) {
            (false, Some((memory, length))) => {
                let handle = body.set(I32);
                find(body, memory, length, handle, |code| {
                    code.i32_const(type_of(resource));
                });
                body.code().i32_load(argument(memory, REPRESENTATION));
                body.release([handle]);
            }
            (false, None) => call(body, self.get, resource),
            (true, _) => call(body, self.lend, resource),
        }
    }

    /// Replaces the topmost handle by its representation. It is no handle any more.
    pub fn take(self, body: &mut Body, resource: u32) {
        call(body, self.take, resource);
    }

    /// Replaces the topmost representation by a new handle.
    pub fn give(self, body: &mut Body, resource: u32) {
        call(body, self.give, resource);
    }
}

fn call(body: &mut Body, function: u32, resource: u32) {
    body.code().i32_const(type_of(resource)).call(function);
}

/// What an entry has as the type of a resource.
fn type_of(resource: u32) -> i32 {
    resource as i32 + 1
}

/// Leaves the address of a handle's entry in its local and on the stack, or traps if it has none of the type that
/// `ty` pushes.
fn find(
    body: &mut Body,
    memory: u32,
    length: u32,
    handle: u32,
    ty: impl Fn(&mut wasm_encoder::InstructionSink<'_>),
) {
    body.code().local_get(handle).global_get(length).i32_ge_u();
    body.trap_if();
    let mut code = body.code();
    code.local_get(handle).i32_const(ENTRY).i32_shl();
    code.local_tee(handle).i32_load(argument(memory, TYPE));
    ty(&mut code);
    code.i32_ne();
    body.trap_if();
    body.code().local_get(handle);
}

/// The entries in the module that defines them.
struct Entries {
    memory: u32,
    length: u32,
    free: u32,
    call: u32,
}

impl Entries {
    /// The representation of a handle, which is marked as lent if asked for.
    fn get(&self, lend: bool) -> Body {
        let mut body = Body::new(2);
        self.find(&mut body);
        let mut code = body.code();
        if lend {
            code.global_get(self.call).i64_store(self.at(LENT));
            code.local_get(0);
        }
        code.i32_load(self.at(REPRESENTATION));
        body
    }

    /// The representation of a handle, whose entry becomes free.
    fn take(&self) -> Body {
        let mut body = Body::new(2);
        let handle = body.local(I32);
        body.code().local_get(0).local_set(handle);
        self.find(&mut body);
        let mut code = body.code();
        code.i64_load(self.at(LENT)).global_get(self.call).i64_eq();
        body.trap_if();
        let mut code = body.code();
        code.local_get(0).i32_load(self.at(REPRESENTATION));
        code.local_get(0).i32_const(0).i32_store(self.at(TYPE));
        code.local_get(0).global_get(self.free);
        code.i32_store(self.at(NEXT));
        code.local_get(handle).global_set(self.free);
        body
    }

    /// A new handle of a representation.
    fn give(&self) -> Body {
        let mut body = Body::new(2);
        let [handle, entry] = [0; 2].map(|_| body.local(I32));
        let mut code = body.code();
        code.global_get(self.free).local_tee(handle);
        code.if_(BlockType::Empty);
        code.local_get(handle).i32_const(ENTRY).i32_shl();
        code.local_tee(entry).i32_load(self.at(NEXT));
        code.global_set(self.free);
        code.else_();
        code.global_get(self.length).local_tee(handle);
        code.i32_const(1).i32_add().global_set(self.length);
        code.local_get(handle).i32_const(ENTRY).i32_shl();
        code.local_set(entry);
        // The last page is full.
        code.local_get(handle).i32_const(16 - ENTRY).i32_shr_u();
        code.memory_size(self.memory).i32_eq();
        code.if_(BlockType::Empty);
        code.i32_const(1).memory_grow(self.memory);
        code.i32_const(-1).i32_eq();
        body.trap_if();
        let mut code = body.code();
        code.end().end();
        code.local_get(entry).local_get(1);
        code.i32_store(self.at(TYPE));
        code.local_get(entry).local_get(0);
        code.i32_store(self.at(REPRESENTATION));
        code.local_get(entry).i64_const(0).i64_store(self.at(LENT));
        code.local_get(handle);
        body
    }

    fn find(&self, body: &mut Body) {
        find(body, self.memory, self.length, 0, |code| {
            code.local_get(1);
        });
    }

    fn at(&self, offset: u32) -> wasm_encoder::MemArg {
        argument(self.memory, offset)
    }
}
