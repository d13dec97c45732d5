//! The module that sees the callee's memory, and reads and writes it for glue that may not see two memories.

use wasm_encoder::ValType;

use super::body::Body;
use super::description::{CALLEE, Callee};
use super::memory::{BLOCK, CHECK, GET, Length, Memory, PUT, Place, SIZES, UTF8, argument, number};
use super::module::Module;
use super::utf8::validating;

/// Generates the module that reads and writes the callee's memory for [`super::with_memory`] in its portable form. It
/// imports `callee`.
pub fn copy(callee: &Callee) -> Vec<u8> {
    let mut module = Module::default();
    let index = module.import_memory(CALLEE, &callee.memory);
    let memory = Memory::Seen(index);
    let address = Place::at(0);
    for (size, read, write) in SIZES {
        let mut body = Body::new(1);
        memory.load(&mut body, size, address);
        export(&mut module, read, &[ValType::I32], &[number(size)], body);
        let mut body = Body::new(2);
        memory.begin_store(&mut body, address);
        body.code().local_get(1);
        memory.store(&mut body, size, address);
        let parameters = [ValType::I32, number(size)];
        export(&mut module, write, &parameters, &[], body);
    }
    let mut body = Body::new(2);
    memory.check(&mut body, 0, Length::Local(1), 1);
    export(&mut module, CHECK.0, CHECK.1, &[], body);

    let offsets = [0, 8, 16, 24];
    let mut body = Body::new(1);
    for offset in offsets {
        memory.load(&mut body, 8, address.plus(offset));
    }
    export(&mut module, GET, &[ValType::I32], &BLOCK, body);
    let mut body = Body::new(5);
    for (word, offset) in (1..).zip(offsets) {
        let mut code = body.code();
        code.local_get(0).local_get(word);
        code.i64_store(argument(index, offset));
    }
    let put: Vec<ValType> = [ValType::I32].into_iter().chain(BLOCK).collect();
    export(&mut module, PUT, &put, &[], body);

    let function = module.declare(UTF8.1, &[]);
    module.define(function, validating(index));
    module.export(UTF8.0, function);
    module.finish()
}

fn export(
    module: &mut Module,
    name: &str,
    parameters: &[ValType],
    results: &[ValType],
    body: Body,
) {
    let function = module.declare(parameters, results);
    module.define(function, body.finish());
    module.export(name, function);
}
