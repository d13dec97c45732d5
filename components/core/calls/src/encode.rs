//! Writes values that lie in memory down as bytes, and exchanges the handles in them.

use alloc::vec::Vec;

use crate::memory::{Memory, Place};
use crate::number;
use crate::table::{Kind, Table, TypeId};

/// The resources of a component that stands between two others: each has a handle on either side.
pub trait Handles {
    /// Exchanges a handle for the one that the other side knows the resource by. Returns the resource's identity and the new
    /// handle.
    fn exchange(&mut self, resource: u32, is_owned: bool, handle: u32) -> (u64, u32);
}

/// Where values are written down.
#[derive(Debug)]
pub struct Writer<'a> {
    /// The bytes so far.
    pub out: &'a mut Vec<u8>,
    /// How many elements of a list, or bytes of a text, are kept. Of a longer one, its length, as many as this, and a hash
    /// of all are written down.
    pub limit: u32,
}

/// Writes down the value of a type that lies at a place, and exchanges the handles in it where they lie.
pub fn write(
    table: &Table,
    ty: TypeId,
    place: Place,
    memory: &mut impl Memory,
    handles: &mut impl Handles,
    writer: &mut Writer<'_>,
) {
    let ty = table.ty(ty);
    let at = place.at;
    match &ty.kind {
        Kind::Bool => writer.out.push(memory.number(at, 1) as u8),
        Kind::Unsigned => number::write(writer.out, memory.number(at, ty.size)),
        Kind::Signed => {
            let unused = 64 - 8 * ty.size;
            let signed = (memory.number(at, ty.size) << unused) as i64 >> unused;
            number::write(writer.out, number::zigzag(signed));
        }
        Kind::Float => writer.out.extend_from_slice(memory.bytes(at, ty.size)),
        Kind::Char => number::write(writer.out, memory.number(at, 4)),
        Kind::String => {
            let (start, length) = list(place, memory);
            writer.bytes(memory.bytes(start, length));
        }
        Kind::List(element) => {
            let (start, length) = list(place, memory);
            let size = table.ty(*element).size;
            if size == 1 && matches!(table.ty(*element).kind, Kind::Unsigned) {
                writer.bytes(memory.bytes(start, length));
                return;
            }
            number::write(writer.out, length.into());
            let (before, mut kept) = (writer.out.len(), None);
            for index in 0..length {
                if index == writer.limit {
                    kept = Some(writer.out.len());
                }
                let place = Place::memory(start + index * size);
                write(table, *element, place, memory, handles, writer);
            }
            if let Some(kept) = kept {
                let hash = number::hash(&writer.out[before..]);
                writer.out.truncate(kept);
                writer.out.extend_from_slice(&hash.to_le_bytes());
            }
        }
        Kind::Record(fields) => {
            let mut numbers = 0;
            for field in fields {
                let place = place.part(numbers, field.offset);
                write(table, field.ty, place, memory, handles, writer);
                numbers += table.ty(field.ty).flat;
            }
        }
        Kind::Variant {
            tag,
            payload,
            cases,
            ..
        } => {
            let case = memory.number(at, *tag);
            number::write(writer.out, case);
            if let Some(ty) = cases.get(case as usize).and_then(|case| case.ty) {
                write(table, ty, place.part(1, *payload), memory, handles, writer);
            }
        }
        Kind::Flags(names) => {
            for word in words(names.len(), ty.size) {
                let place = place.part(word.index, 4 * word.index);
                let bits = memory.number(place.at, word.size);
                number::write(writer.out, bits & word.mask);
            }
        }
        Kind::Own(resource) | Kind::Borrow(resource) => {
            let is_owned = matches!(ty.kind, Kind::Own(_));
            let handle = memory.number(at, 4) as u32;
            let (identity, handle) = handles.exchange(*resource, is_owned, handle);
            memory.set(at, &handle.to_le_bytes());
            number::write(writer.out, identity);
        }
    }
}

impl Writer<'_> {
    /// Writes down a text or a list of bytes.
    fn bytes(&mut self, bytes: &[u8]) {
        number::write(self.out, bytes.len() as u64);
        match bytes.get(..self.limit as usize) {
            Some(kept) if kept.len() < bytes.len() => {
                self.out.extend_from_slice(kept);
                let hash = number::hash(bytes);
                self.out.extend_from_slice(&hash.to_le_bytes());
            }
            _ => self.out.extend_from_slice(bytes),
        }
    }
}

/// The address and the number of elements of a list or of a text's bytes.
fn list(place: Place, memory: &impl Memory) -> (u32, u32) {
    let length = place.part(1, 4);
    (
        memory.number(place.at, 4) as u32,
        memory.number(length.at, 4) as u32,
    )
}

/// A part of flags that is passed as one number.
pub(crate) struct Word {
    /// Its position.
    pub index: u32,
    /// Its size in memory.
    pub size: u32,
    /// The bits that are flags.
    pub mask: u64,
}

/// The words of so many flags, which take `size` bytes in memory.
pub(crate) fn words(flags: usize, size: u32) -> impl Iterator<Item = Word> {
    (0..flags.div_ceil(32)).map(move |index| Word {
        index: index as u32,
        size: size.min(4),
        mask: match flags - 32 * index {
            flags @ 0..32 => (1 << flags) - 1,
            _ => u64::from(u32::MAX),
        },
    })
}
