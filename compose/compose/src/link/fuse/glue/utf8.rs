//! Checks that bytes are UTF-8.

use wasm_encoder::{BlockType, Function, ValType};

use super::body::Body;
use super::memory::argument;

/// The highest bit of each of eight bytes.
const HIGH: i64 = 0x8080_8080_8080_8080_u64 as i64;

/// Generates a function that traps unless some bytes of a memory (address, number) are UTF-8, as the Unicode Standard
/// defines it in table 3-7. It passes over eight bytes of ASCII at once. Whether all bytes are in the memory is for its
/// caller to check.
pub fn validating(memory: u32) -> Function {
    let mut body = Body::new(2);
    let [at, end] = [0, 1];
    let [byte, low, high, more] = [0; 4].map(|_| body.local(ValType::I32));
    let next = argument(memory, 0);
    let mut code = body.code();
    // The second parameter becomes the end.
    code.local_get(at).local_get(end).i32_add().local_set(end);
    code.block(BlockType::Empty).loop_(BlockType::Empty);
    // Eight bytes at once, while they are ASCII.
    code.block(BlockType::Empty).loop_(BlockType::Empty);
    code.local_get(end).local_get(at).i32_sub();
    code.i32_const(8).i32_lt_u().br_if(1);
    code.local_get(at).i64_load(next);
    code.i64_const(HIGH)
        .i64_and()
        .i64_const(0)
        .i64_ne()
        .br_if(1);
    code.local_get(at).i32_const(8).i32_add().local_set(at);
    code.br(0).end().end();

    // One character.
    code.local_get(at).local_get(end).i32_eq().br_if(1);
    code.local_get(at).i32_load8_u(next).local_set(byte);
    code.local_get(at).i32_const(1).i32_add().local_set(at);
    code.local_get(byte).i32_const(0x80).i32_lt_u().br_if(0);
    code.local_get(byte).i32_const(0xc2).i32_sub();
    code.i32_const(0xf4 - 0xc2).i32_gt_u();
    body.trap_if();
    // How many bytes follow, and the bounds of the first of them.
    let mut code = body.code();
    code.i32_const(1);
    code.local_get(byte).i32_const(0xe0).i32_ge_u().i32_add();
    code.local_get(byte).i32_const(0xf0).i32_ge_u().i32_add();
    code.local_set(more);
    code.i32_const(0x80).local_set(low);
    code.i32_const(0xbf).local_set(high);
    for (first, bound, value) in [
        (0xe0, low, 0xa0),
        (0xed, high, 0x9f),
        (0xf0, low, 0x90),
        (0xf4, high, 0x8f),
    ] {
        code.local_get(byte).i32_const(first).i32_eq();
        code.if_(BlockType::Empty);
        code.i32_const(value).local_set(bound).end();
    }
    code.loop_(BlockType::Empty);
    code.local_get(at).local_get(end).i32_eq();
    body.trap_if();
    let mut code = body.code();
    code.local_get(at).i32_load8_u(next).local_tee(byte);
    code.local_get(low).i32_lt_u();
    code.local_get(byte).local_get(high).i32_gt_u().i32_or();
    body.trap_if();
    let mut code = body.code();
    code.local_get(at).i32_const(1).i32_add().local_set(at);
    code.i32_const(0x80).local_set(low);
    code.i32_const(0xbf).local_set(high);
    code.local_get(more).i32_const(1).i32_sub().local_tee(more);
    code.br_if(0).end();
    code.br(0).end().end();
    body.finish()
}
