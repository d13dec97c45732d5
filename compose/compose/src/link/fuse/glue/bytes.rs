//! Copies bytes between memories without the instruction that does so.

use wasm_encoder::{BlockType, Function, ValType};

use super::body::Body;
use super::memory::{Memory, Place, argument};

/// The most bytes that are copied one number after the other rather than by a loop.
const FEW: u32 = 32;

/// Copies a number of bytes that is known, and returns whether it did: not if there are too many.
pub fn copy_few(body: &mut Body, bytes: u32, from: (Memory, Place), to: (Memory, Place)) -> bool {
    if bytes > FEW {
        return false;
    }
    let mut done = 0;
    while done < bytes {
        let size = 1 << (bytes - done).ilog2().min(3);
        let place = to.1.plus(done);
        to.0.begin_store(body, place);
        from.0.load(body, size, from.1.plus(done));
        to.0.store(body, size, place);
        done += size;
    }
    true
}

/// Generates a function that copies bytes (to, from, number) between memories of which one is behind functions.
pub fn copying(from: Memory, to: Memory) -> Function {
    let mut body = Body::new(3);
    let [target, source, rest] = [0, 1, 2];
    let block = |body: &mut Body| match (from, to) {
        (Memory::Seen(memory), Memory::Behind(functions)) => {
            body.code().local_get(target);
            for offset in [0, 8, 16, 24] {
                let mut code = body.code();
                code.local_get(source).i64_load(argument(memory, offset));
            }
            body.code().call(functions.put);
        }
        (Memory::Behind(functions), Memory::Seen(memory)) => {
            body.code().local_get(source).call(functions.get);
            let words = [0; 4].map(|_| body.set(ValType::I64));
            for (word, offset) in words.into_iter().zip([24, 16, 8, 0]) {
                let mut code = body.code();
                code.local_get(target).local_get(word);
                code.i64_store(argument(memory, offset));
            }
            body.release(words);
        }
        _ => unreachable!("one memory is seen and one is behind functions"),
    };
    let word = |body: &mut Body, size: u32| {
        to.begin_store(body, Place::at(target));
        from.load(body, size, Place::at(source));
        to.store(body, size, Place::at(target));
    };
    let advance = |body: &mut Body, bytes: i32| {
        let mut code = body.code();
        for local in [target, source] {
            code.local_get(local).i32_const(bytes).i32_add();
            code.local_set(local);
        }
        code.local_get(rest).i32_const(bytes).i32_sub();
        code.local_set(rest);
    };
    let repeat = |body: &mut Body, bytes: i32, step: &dyn Fn(&mut Body)| {
        let mut code = body.code();
        code.block(BlockType::Empty).loop_(BlockType::Empty);
        code.local_get(rest).i32_const(bytes).i32_lt_u().br_if(1);
        step(body);
        advance(body, bytes);
        body.code().br(0).end().end();
    };
    repeat(&mut body, 32, &block);
    repeat(&mut body, 8, &|body| word(body, 8));
    for size in [4, 2, 1] {
        let mut code = body.code();
        code.local_get(rest).i32_const(size).i32_and();
        code.if_(BlockType::Empty);
        word(&mut body, size as u32);
        advance(&mut body, size);
        body.code().end();
    }
    body.finish()
}
