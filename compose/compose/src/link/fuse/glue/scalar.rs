//! Values that are one number.

use wasm_encoder::ValType;

use super::body::Body;
use super::emitter::{Direction, Emitter};
use crate::canonical::{Kind, Type};

impl Emitter<'_> {
    /// Turns the topmost number, as it came, into the value that goes on. The type is no string, list, record or
    /// variant, and has no more than 32 flags.
    pub(super) fn convert(&mut self, ty: &Type) {
        let body = &mut self.body;
        let bits = 8 * ty.size;
        match ty.kind {
            Kind::Bool => {
                body.code().i32_const(0).i32_ne();
            }
            Kind::Char => check_char(body),
            Kind::Flags(count) => mask(body, count),
            Kind::Unsigned => mask(body, bits),
            Kind::Signed if bits == 8 => {
                body.code().i32_extend8_s();
            }
            Kind::Signed if bits == 16 => {
                body.code().i32_extend16_s();
            }
            Kind::Own(resource) => match self.mode.direction {
                Direction::In => self.glue.handles().take(body, resource),
                Direction::Out => self.glue.handles().give(body, resource),
            },
            Kind::Borrow(resource) => {
                let marks = self.mode.marks;
                self.glue.handles().lend(body, resource, marks);
            }
            _ => {}
        }
    }
}

/// Traps unless the topmost number is a Unicode scalar value.
fn check_char(body: &mut Body) {
    let value = body.set(ValType::I32);
    let mut code = body.code();
    code.local_get(value).i32_const(0x11_0000).i32_ge_u();
    code.local_get(value).i32_const(!0x7ff).i32_and();
    code.i32_const(0xd800).i32_eq().i32_or();
    body.trap_if();
    body.code().local_get(value);
    body.release([value]);
}

/// Keeps so many of the lowest bits of the topmost number.
pub(super) fn mask(body: &mut Body, bits: u32) {
    if bits < 32 {
        let ones = (1_u32 << bits) - 1;
        body.code().i32_const(ones as i32).i32_and();
    }
}
