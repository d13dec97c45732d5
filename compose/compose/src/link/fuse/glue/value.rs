//! Values in memory: each is read from one memory, checked, and written to the other.

use std::sync::Arc;

use wasm_encoder::{BlockType, ValType};

use super::bytes::copy_few;
use super::emitter::Emitter;
use super::memory::{Length, Memory, Place, check_alignment, number};
use super::scalar::mask;
use crate::canonical::{Kind, Type, Variant};

/// A value inside another one is moved by a function of its own if its weight is larger, so that the code of a type grows
/// with the type's description and not with all that it contains.
const INLINE: u32 = 48;

impl Emitter<'_> {
    /// Moves a value. Both places have been checked.
    pub(super) fn value(&mut self, ty: &Type, from: Place, to: Place) {
        if ty.is_plain() {
            return self.bytes(ty.size, from, to);
        }
        match &ty.kind {
            Kind::Record(_) => self.record(ty, from, to),
            Kind::Variant(variant) => self.variant(variant, from, to),
            Kind::String | Kind::List(_) => {
                let pointer = self.load(4, from);
                let length = self.load(4, from.plus(4));
                let moved = self.list(ty, pointer, length);
                for (local, place) in [(moved, to), (length, to.plus(4))] {
                    self.store(4, place, |emitter| {
                        emitter.body.code().local_get(local);
                    });
                }
                self.body.release([pointer, length, moved]);
            }
            Kind::FixedList(element, _) => self.elements(element, ty.size, from, to),
            Kind::Flags(count) if ty.size > 4 => {
                // All words but the last are whole.
                let last = ty.size - 4;
                self.bytes(last, from, to);
                let (from, to) = (from.plus(last), to.plus(last));
                self.store(4, to, |emitter| {
                    emitter.from().memory.load(&mut emitter.body, 4, from);
                    mask(&mut emitter.body, count - 8 * last);
                });
            }
            _ => self.store(ty.size, to, |emitter| {
                emitter.from().memory.load(&mut emitter.body, ty.size, from);
                // What lies in memory has no more bits than it should.
                if !matches!(ty.kind, Kind::Unsigned | Kind::Signed | Kind::Float) {
                    emitter.convert(ty);
                }
            }),
        }
    }

    /// Moves a string or a list, and returns the local with its new address.
    pub(super) fn list(&mut self, ty: &Type, pointer: u32, length: u32) -> u32 {
        let element = match &ty.kind {
            Kind::List(element) => Some(element),
            _ => None,
        };
        let (size, alignment) = element.map_or((1, 1), |ty| (ty.size, ty.alignment));
        let is_copied = element.is_none_or(|ty| ty.is_plain());
        let bytes = match size {
            1 => length,
            _ => {
                if size > 1 {
                    let most = u32::MAX / size;
                    let mut code = self.body.code();
                    code.local_get(length).i32_const(most as i32).i32_gt_u();
                    self.body.trap_if();
                }
                let mut code = self.body.code();
                code.local_get(length).i32_const(size as i32).i32_mul();
                self.body.set(ValType::I32)
            }
        };
        let (from, to) = (self.from().memory, self.to().memory);
        let both_seen = matches!((from, to), (Memory::Seen(_), Memory::Seen(_)));
        // The instruction that copies checks where it reads and writes.
        let checks_itself = is_copied && both_seen;
        self.check_list(from, pointer, bytes, alignment, checks_itself);
        if element.is_none() {
            // Longer strings are refused, even if there is memory for them.
            let mut code = self.body.code();
            code.local_get(length).i32_const(0).i32_lt_s();
            self.body.trap_if();
            self.validate(pointer, length);
        }
        let moved = self.allocate(alignment, Length::Local(bytes));
        self.check_list(to, moved, bytes, alignment, checks_itself);
        match element {
            Some(element) if !is_copied => self.each(element, bytes, pointer, moved),
            _ => self.copy(pointer, moved, Length::Local(bytes)),
        }
        if bytes != length {
            self.body.release([bytes]);
        }
        moved
    }

    /// Moves a value whose places are parameters 0 and 1. It is the body of [`Glue::mover`](super::emitter::Glue::mover).
    pub(super) fn whole(&mut self, ty: &Type) {
        self.value(ty, Place::at(0), Place::at(1));
    }

    fn check_list(&mut self, memory: Memory, at: u32, bytes: u32, alignment: u32, few: bool) {
        match few {
            true => check_alignment(&mut self.body, at, alignment),
            false => memory.check(&mut self.body, at, Length::Local(bytes), alignment),
        }
    }

    /// Moves the elements of a list.
    fn each(&mut self, element: &Arc<Type>, bytes: u32, from: u32, to: u32) {
        let [source, target, end] = [0; 3].map(|_| self.body.local(ValType::I32));
        let mut code = self.body.code();
        code.local_get(from).local_tee(source);
        code.local_get(bytes).i32_add().local_set(end);
        code.local_get(to).local_set(target);
        code.block(BlockType::Empty).loop_(BlockType::Empty);
        code.local_get(source).local_get(end).i32_eq().br_if(1);
        self.part(element, Place::at(source), Place::at(target));
        let mut code = self.body.code();
        for local in [source, target] {
            code.local_get(local).i32_const(element.size as i32);
            code.i32_add().local_set(local);
        }
        code.br(0).end().end();
        self.body.release([source, target, end]);
    }

    /// Moves the elements of a list whose length is fixed.
    fn elements(&mut self, element: &Arc<Type>, size: u32, from: Place, to: Place) {
        let [source, target] = [from, to].map(|place| {
            place.push(&mut self.body);
            self.body.set(ValType::I32)
        });
        self.body.code().i32_const(size as i32);
        let bytes = self.body.set(ValType::I32);
        self.each(element, bytes, source, target);
        self.body.release([source, target, bytes]);
    }

    /// Moves the fields of a record; neighbours that are plain at once.
    fn record(&mut self, ty: &Type, from: Place, to: Place) {
        let Kind::Record(fields) = &ty.kind else {
            return;
        };
        let mut fields = fields.iter().peekable();
        while let Some(field) = fields.next() {
            if !field.ty.is_plain() {
                self.part(&field.ty, from.plus(field.offset), to.plus(field.offset));
                continue;
            }
            let mut end = field.offset + field.ty.size;
            while let Some(next) = fields.next_if(|next| next.ty.is_plain() && next.offset == end) {
                end += next.ty.size;
            }
            self.bytes(
                end - field.offset,
                from.plus(field.offset),
                to.plus(field.offset),
            );
        }
    }

    /// Moves the discriminant and the payload of its case.
    fn variant(&mut self, variant: &Variant, from: Place, to: Place) {
        let tag = self.load(variant.tag, from);
        let cases = variant.cases.len();
        let mut code = self.body.code();
        code.local_get(tag).i32_const(cases as i32).i32_ge_u();
        self.body.trap_if();
        self.store(variant.tag, to, |emitter| {
            emitter.body.code().local_get(tag);
        });
        let payload = |ty: &Arc<Type>, emitter: &mut Self| {
            emitter.part(ty, from.plus(variant.payload), to.plus(variant.payload));
        };
        let with_payload: Vec<(usize, &Arc<Type>)> = (0..)
            .zip(&variant.cases)
            .filter_map(|(case, ty)| Some((case, ty.as_ref()?)))
            .collect();
        match &with_payload[..] {
            [] => {}
            [(case, ty)] => {
                let mut code = self.body.code();
                code.local_get(tag).i32_const(*case as i32).i32_eq();
                code.if_(BlockType::Empty);
                payload(ty, self);
                self.body.code().end();
            }
            all => {
                // The label of a case without payload leaves all blocks.
                let last = all.len() as u32;
                let mut labels = vec![last; cases];
                let mut code = self.body.code();
                code.block(BlockType::Empty);
                for (label, (case, _)) in (0..).zip(all) {
                    labels[*case] = label;
                    code.block(BlockType::Empty);
                }
                code.local_get(tag).br_table(labels, last);
                for (label, (_, ty)) in (1..).zip(all) {
                    self.body.code().end();
                    payload(ty, self);
                    self.body.code().br(last - label);
                }
                self.body.code().end();
            }
        }
        self.body.release([tag]);
    }

    /// Moves a value that is part of another one.
    fn part(&mut self, ty: &Arc<Type>, from: Place, to: Place) {
        if ty.is_plain() || ty.weight() <= INLINE {
            return self.value(ty, from, to);
        }
        let mover = self.glue.mover(ty, self.mode);
        from.push(&mut self.body);
        to.push(&mut self.body);
        self.body.code().call(mover);
    }

    /// Copies bytes of which there are always as many.
    fn bytes(&mut self, size: u32, from: Place, to: Place) {
        let (source, target) = (self.from().memory, self.to().memory);
        if copy_few(&mut self.body, size, (source, from), (target, to)) {
            return;
        }
        let places = [from, to].map(|place| {
            place.push(&mut self.body);
            self.body.set(ValType::I32)
        });
        self.copy(places[0], places[1], Length::Fixed(size));
        self.body.release(places);
    }

    fn load(&mut self, size: u32, place: Place) -> u32 {
        self.from().memory.load(&mut self.body, size, place);
        self.body.set(number(size))
    }

    /// Writes the number that `value` pushes.
    fn store(&mut self, size: u32, place: Place, value: impl FnOnce(&mut Self)) {
        let memory = self.to().memory;
        memory.begin_store(&mut self.body, place);
        value(self);
        memory.store(&mut self.body, size, place);
    }
}
