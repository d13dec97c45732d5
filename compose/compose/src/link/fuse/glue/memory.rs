//! Access to a memory: by instructions, or by the functions of a module that sees it.

use wasm_encoder::{MemArg, ValType};

use super::body::Body;
use super::module::Module;

/// The name under which glue imports an instance of [`super::copy()`].
const COPY: &str = "copy";

/// A memory as a generated module sees it.
#[derive(Clone, Copy, Debug)]
pub enum Memory {
    /// It is a memory of the module.
    Seen(u32),
    /// Another module sees it and has these functions.
    Behind(Accessors),
}

/// The functions of a module that sees a memory.
#[derive(Clone, Copy, Debug)]
pub struct Accessors {
    /// Reads a number of 1, 2, 4 and 8 bytes.
    load: [u32; 4],
    /// Writes a number of 1, 2, 4 and 8 bytes.
    store: [u32; 4],
    /// Traps if some bytes are not in the memory.
    check: u32,
    /// Traps if some bytes are no UTF-8.
    pub utf8: u32,
    /// Reads 32 bytes as four numbers.
    pub get: u32,
    /// Writes 32 bytes as four numbers.
    pub put: u32,
}

/// Sizes of numbers, and the names of the functions that read and write them.
pub const SIZES: [(u32, &str, &str); 4] = [
    (1, "load8", "store8"),
    (2, "load16", "store16"),
    (4, "load32", "store32"),
    (8, "load64", "store64"),
];

/// The types of the functions besides, which work on addresses and lengths.
pub const CHECK: (&str, &[ValType]) = ("check", &[ValType::I32; 2]);
/// See [`Accessors::utf8`].
pub const UTF8: (&str, &[ValType]) = ("utf8", &[ValType::I32; 2]);
/// See [`Accessors::get`].
pub const GET: &str = "get";
/// See [`Accessors::put`].
pub const PUT: &str = "put";
/// The 32 bytes of [`GET`] and [`PUT`].
pub const BLOCK: [ValType; 4] = [ValType::I64; 4];

impl Accessors {
    /// Imports them.
    pub fn import(module: &mut Module) -> Self {
        let address = [ValType::I32];
        let mut load = [0; 4];
        let mut store = [0; 4];
        for (index, (size, read, write)) in SIZES.into_iter().enumerate() {
            load[index] = module.import(COPY, read, &address, &[number(size)]);
            store[index] = module.import(COPY, write, &[ValType::I32, number(size)], &[]);
        }
        let put: Vec<ValType> = address.iter().chain(&BLOCK).copied().collect();
        Self {
            load,
            store,
            check: module.import(COPY, CHECK.0, CHECK.1, &[]),
            utf8: module.import(COPY, UTF8.0, UTF8.1, &[]),
            get: module.import(COPY, GET, &address, &BLOCK),
            put: module.import(COPY, PUT, &put, &[]),
        }
    }
}

/// The number that so many bytes are read as.
pub fn number(size: u32) -> ValType {
    match size {
        8 => ValType::I64,
        _ => ValType::I32,
    }
}

/// An address: so many bytes behind what a local says.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The local.
    pub base: u32,
    /// How many bytes behind it.
    pub offset: u32,
}

impl Place {
    /// The address that a local says.
    pub fn at(base: u32) -> Self {
        Self { base, offset: 0 }
    }

    /// So many bytes further.
    pub fn plus(self, offset: u32) -> Self {
        Self {
            base: self.base,
            offset: self.offset + offset,
        }
    }

    /// Pushes the whole address.
    pub fn push(self, body: &mut Body) {
        let mut code = body.code();
        code.local_get(self.base);
        if self.offset != 0 {
            code.i32_const(self.offset as i32).i32_add();
        }
    }
}

/// How many bytes there are.
#[derive(Clone, Copy, Debug)]
pub enum Length {
    /// So many.
    Fixed(u32),
    /// As many as a local says.
    Local(u32),
}

impl Length {
    /// Pushes the number.
    pub fn push(self, body: &mut Body) {
        let mut code = body.code();
        match self {
            Self::Fixed(bytes) => code.i32_const(bytes as i32),
            Self::Local(local) => code.local_get(local),
        };
    }
}

impl Memory {
    /// Pushes the number of this size at a place; a small one is extended with zeros.
    pub fn load(self, body: &mut Body, size: u32, place: Place) {
        match self {
            Self::Seen(memory) => {
                let mut code = body.code();
                code.local_get(place.base);
                let argument = argument(memory, place.offset);
                match size {
                    1 => code.i32_load8_u(argument),
                    2 => code.i32_load16_u(argument),
                    4 => code.i32_load(argument),
                    _ => code.i64_load(argument),
                };
            }
            Self::Behind(functions) => {
                place.push(body);
                body.code().call(functions.load[index(size)]);
            }
        }
    }

    /// Pushes the address for [`Memory::store`], which takes the value from above it.
    pub fn begin_store(self, body: &mut Body, place: Place) {
        match self {
            Self::Seen(_) => {
                body.code().local_get(place.base);
            }
            Self::Behind(_) => place.push(body),
        }
    }

    /// Writes the topmost number with this size to the same place as [`Memory::begin_store`].
    pub fn store(self, body: &mut Body, size: u32, place: Place) {
        let mut code = body.code();
        match self {
            Self::Seen(memory) => {
                let argument = argument(memory, place.offset);
                match size {
                    1 => code.i32_store8(argument),
                    2 => code.i32_store16(argument),
                    4 => code.i32_store(argument),
                    _ => code.i64_store(argument),
                };
            }
            Self::Behind(functions) => {
                code.call(functions.store[index(size)]);
            }
        }
    }

    /// Traps unless the bytes at an address are in the memory, and the address is a multiple of `alignment`.
    pub fn check(self, body: &mut Body, address: u32, length: Length, alignment: u32) {
        check_alignment(body, address, alignment);
        match (self, length) {
            // Reading the last byte says the same.
            (Self::Seen(memory), Length::Fixed(bytes @ 1..)) => {
                let last = argument(memory, bytes - 1);
                body.code().local_get(address).i32_load8_u(last).drop();
            }
            (Self::Seen(memory), _) => {
                body.code().local_get(address).i64_extend_i32_u();
                length.push(body);
                body.code().i64_extend_i32_u().i64_add();
                body.code().memory_size(memory).i64_extend_i32_u();
                body.code().i64_const(16).i64_shl().i64_gt_u();
                body.trap_if();
            }
            (Self::Behind(functions), _) => {
                body.code().local_get(address);
                length.push(body);
                body.code().call(functions.check);
            }
        }
    }
}

/// Traps unless an address is a multiple of `alignment`.
pub fn check_alignment(body: &mut Body, address: u32, alignment: u32) {
    if alignment > 1 {
        let mut code = body.code();
        code.local_get(address).i32_const(alignment as i32 - 1);
        code.i32_and();
        body.trap_if();
    }
}

/// The argument of an instruction that reads or writes. No alignment is promised.
pub fn argument(memory_index: u32, offset: u32) -> MemArg {
    MemArg {
        offset: offset.into(),
        align: 0,
        memory_index,
    }
}

fn index(size: u32) -> usize {
    size.ilog2() as usize
}
