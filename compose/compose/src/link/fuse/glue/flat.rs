//! Values that are passed as numbers: each is checked, and pushed as the other side takes it.

use wasm_encoder::{BlockType, ValType};

use super::body::Body;
use super::emitter::Emitter;
use super::module::{val_type, val_types};
use super::scalar::mask;
use crate::canonical::{Kind, Number, Type, Variant};

/// A number in a local.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// The local.
    pub local: u32,
    /// The number's type. The payload of a variant may be passed as a wider one.
    pub number: Number,
}

impl Emitter<'_> {
    /// Pushes the numbers of a value that comes in `slots`, each as the type in `wanted`.
    pub(super) fn flat(&mut self, ty: &Type, slots: &[Slot], wanted: &[Number]) {
        match &ty.kind {
            Kind::Record(fields) => {
                let types = fields.iter().map(|field| &*field.ty);
                self.parts(types, slots, wanted);
            }
            Kind::FixedList(element, length) => {
                let types = (0..*length).map(|_| &**element);
                self.parts(types, slots, wanted);
            }
            Kind::Variant(variant) => self.cases(variant, slots, wanted),
            Kind::String | Kind::List(_) => {
                let [pointer, length] = [0, 1].map(|index| {
                    get(&mut self.body, slots[index], Number::I32);
                    self.body.set(ValType::I32)
                });
                let moved = self.list(ty, pointer, length);
                for (local, wanted) in [moved, length].into_iter().zip(wanted) {
                    self.body.code().local_get(local);
                    cast(&mut self.body, Number::I32, *wanted);
                }
                self.body.release([pointer, length, moved]);
            }
            Kind::Flags(count) if *count > 32 => {
                for (index, (slot, wanted)) in (0..).zip(slots.iter().zip(wanted)) {
                    get(&mut self.body, *slot, Number::I32);
                    mask(&mut self.body, count - 32 * index);
                    cast(&mut self.body, Number::I32, *wanted);
                }
            }
            _ => {
                for ((slot, own), wanted) in slots.iter().zip(numbers(ty)).zip(wanted) {
                    get(&mut self.body, *slot, *own);
                    self.convert(ty);
                    cast(&mut self.body, *own, *wanted);
                }
            }
        }
    }

    /// Pushes the numbers of several values, one after the other.
    fn parts<'t>(
        &mut self,
        types: impl Iterator<Item = &'t Type>,
        mut slots: &[Slot],
        mut wanted: &[Number],
    ) {
        for ty in types {
            let count = numbers(ty).len();
            let (own_slots, other_slots) = slots.split_at(count);
            let (own_wanted, other_wanted) = wanted.split_at(count);
            self.flat(ty, own_slots, own_wanted);
            (slots, wanted) = (other_slots, other_wanted);
        }
    }

    /// Pushes the discriminant, the payload of its case, and zeros where the payload of another case has more.
    fn cases(&mut self, variant: &Variant, slots: &[Slot], wanted: &[Number]) {
        let count = variant.cases.len() as u32;
        get(&mut self.body, slots[0], Number::I32);
        let tag = self.body.set(ValType::I32);
        let mut code = self.body.code();
        code.local_get(tag).i32_const(count as i32).i32_ge_u();
        self.body.trap_if();
        if wanted.len() == 1 {
            self.body.code().local_get(tag);
            cast(&mut self.body, Number::I32, wanted[0]);
            return self.body.release([tag]);
        }
        let ty = match wanted {
            [] => BlockType::Empty,
            [one] => BlockType::Result(val_type(*one)),
            _ => BlockType::FunctionType(self.glue.module.ty(&[], &val_types(wanted))),
        };
        let mut code = self.body.code();
        code.block(ty);
        for _ in &variant.cases {
            code.block(BlockType::Empty);
        }
        let labels: Vec<u32> = (0..count).collect();
        code.local_get(tag).br_table(labels, 0);
        for (case, payload) in (1..).zip(&variant.cases) {
            let mut code = self.body.code();
            code.end().i32_const(case as i32 - 1);
            cast(&mut self.body, Number::I32, wanted[0]);
            let used = payload.as_ref().map_or(0, |ty| numbers(ty).len());
            if let Some(ty) = payload {
                self.flat(ty, &slots[1..=used], &wanted[1..=used]);
            }
            for number in &wanted[1 + used..] {
                zero(&mut self.body, *number);
            }
            self.body.code().br(count - case);
        }
        self.body.code().end();
        self.body.release([tag]);
    }
}

/// The numbers of a type that is passed as numbers, as every type in the function's signature then is.
fn numbers(ty: &Type) -> &[Number] {
    ty.flat.as_deref().unwrap_or_default()
}

/// Pushes the number in a slot as the type that it has inside its variant.
fn get(body: &mut Body, slot: Slot, wanted: Number) {
    body.code().local_get(slot.local);
    cast(body, slot.number, wanted);
}

/// Turns the topmost number into another type with the same bits.
fn cast(body: &mut Body, from: Number, to: Number) {
    use Number::{F32, F64, I32, I64};
    let mut code = body.code();
    match (from, to) {
        (I64, I32) => code.i32_wrap_i64(),
        (I32, I64) => code.i64_extend_i32_u(),
        (I32, F32) => code.f32_reinterpret_i32(),
        (F32, I32) => code.i32_reinterpret_f32(),
        (I64, F64) => code.f64_reinterpret_i64(),
        (F64, I64) => code.i64_reinterpret_f64(),
        (I64, F32) => code.i32_wrap_i64().f32_reinterpret_i32(),
        (F32, I64) => code.i32_reinterpret_f32().i64_extend_i32_u(),
        // Joining types never pairs others.
        (I32 | F32, F64) | (F64, I32 | F32) => code.unreachable(),
        (I32, I32) | (I64, I64) | (F32, F32) | (F64, F64) => &mut code,
    };
}

fn zero(body: &mut Body, number: Number) {
    let mut code = body.code();
    match number {
        Number::I32 => code.i32_const(0),
        Number::I64 => code.i64_const(0),
        Number::F32 => code.f32_const(0.0.into()),
        Number::F64 => code.f64_const(0.0.into()),
    };
}
