//! Puts values that were written down back into memory.

use crate::encode::words;
use crate::event::ReadError;
use crate::memory::{FLAT, Memory, Place};
use crate::number;
use crate::table::{Kind, Table, TypeId};

/// The resources of a component that makes them itself.
pub trait Identities {
    /// Makes the resource with this identity, and returns the handle of the side that gets it.
    fn make(&mut self, resource: u32, identity: u64) -> u32;
}

/// Puts the value of a type at the beginning of `bytes` into a place, and removes it from `bytes`.
///
/// # Errors
/// [`ReadError`] when there is no such value, or when not all of a list or text was kept.
pub fn put(
    table: &Table,
    id: TypeId,
    place: Place,
    bytes: &mut &[u8],
    memory: &mut impl Memory,
    identities: &mut impl Identities,
) -> Result<(), ReadError> {
    let ty = table.ty(id);
    match &ty.kind {
        Kind::Bool => {
            let byte = number::take(bytes, 1).ok_or(ReadError)?[0];
            set(memory, place, 1, byte.into());
        }
        Kind::Unsigned | Kind::Char => {
            let value = number::read(bytes).ok_or(ReadError)?;
            set(memory, place, ty.size, value);
        }
        Kind::Signed => {
            let value = number::unzigzag(number::read(bytes).ok_or(ReadError)?);
            // Numbers of fewer than 32 bits are passed with their sign extended to 32.
            let flat = if ty.size == 8 {
                value as u64
            } else {
                value as u32 as u64
            };
            let value = if place.is_flat { flat } else { value as u64 };
            set(memory, place, ty.size, value);
        }
        Kind::Float => {
            let value = number::take(bytes, ty.size as usize).ok_or(ReadError)?;
            if place.is_flat {
                memory.set(place.at, &[0; FLAT as usize]);
            }
            memory.set(place.at, value);
        }
        Kind::String => {
            let length = number::read(bytes).ok_or(ReadError)?;
            put_bytes(place, length, bytes, memory)?;
        }
        Kind::List(element) => {
            let length = number::read(bytes).ok_or(ReadError)?;
            let inner = table.ty(*element);
            if inner.size == 1 && matches!(inner.kind, Kind::Unsigned) {
                return put_bytes(place, length, bytes, memory);
            }
            // Each element takes one byte at least.
            if length > bytes.len() as u64 {
                return Err(ReadError);
            }
            let length = length as u32;
            let size = inner.size.checked_mul(length).ok_or(ReadError)?;
            let start = memory.allocate(size, inner.alignment);
            for index in 0..length {
                let place = Place::memory(start + index * inner.size);
                put(table, *element, place, bytes, memory, identities)?;
            }
            set_list(memory, place, start, length);
        }
        Kind::Record(fields) => {
            let mut numbers = 0;
            for field in fields {
                let place = place.part(numbers, field.offset);
                put(table, field.ty, place, bytes, memory, identities)?;
                numbers += table.ty(field.ty).flat;
            }
        }
        Kind::Variant {
            tag,
            payload,
            cases,
            ..
        } => {
            let case = number::read(bytes).ok_or(ReadError)?;
            let ty = usize::try_from(case).ok().and_then(|case| cases.get(case));
            let ty = ty.ok_or(ReadError)?.ty;
            set(memory, place, *tag, case);
            if place.is_flat {
                // The numbers of a case that has fewer than others are zero.
                let numbers = table.ty(id).flat;
                for number in 1..numbers {
                    memory.set(place.at + number * FLAT, &[0; FLAT as usize]);
                }
            }
            if let Some(ty) = ty {
                let place = place.part(1, *payload);
                put(table, ty, place, bytes, memory, identities)?;
            }
        }
        Kind::Flags(names) => {
            for word in words(names.len(), ty.size) {
                let bits = number::read(bytes).ok_or(ReadError)?;
                let place = place.part(word.index, 4 * word.index);
                set(memory, place, word.size, bits & word.mask);
            }
        }
        Kind::Own(resource) | Kind::Borrow(resource) => {
            let identity = number::read(bytes).ok_or(ReadError)?;
            let handle = identities.make(*resource, identity);
            set(memory, place, 4, handle.into());
        }
    }
    Ok(())
}

fn put_bytes(
    place: Place,
    length: u64,
    bytes: &mut &[u8],
    memory: &mut impl Memory,
) -> Result<(), ReadError> {
    let length = u32::try_from(length).map_err(|_| ReadError)?;
    let content = number::take(bytes, length as usize).ok_or(ReadError)?;
    let start = memory.allocate(length, 1);
    memory.set(start, content);
    set_list(memory, place, start, length);
    Ok(())
}

/// Sets a number of so many bytes in memory, or a whole one where the value is flat.
fn set(memory: &mut impl Memory, place: Place, size: u32, value: u64) {
    let size = if place.is_flat { FLAT } else { size };
    memory.set(place.at, &value.to_le_bytes()[..size as usize]);
}

fn set_list(memory: &mut impl Memory, place: Place, start: u32, length: u32) {
    set(memory, place, 4, start.into());
    set(memory, place.part(1, 4), 4, length.into());
}
