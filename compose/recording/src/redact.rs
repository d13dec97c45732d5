//! Takes texts and bytes out of an event.

use interpose_calls::{Kind, Table, Tag, TypeId, number};

/// The event of a function's return without the texts and bytes of its result: each character is replaced by `x`, so that
/// lengths stay. `None` if the bytes are no such event.
pub fn redact(table: &Table, event: &[u8]) -> Option<Vec<u8>> {
    let (tag, mut rest) = event.split_first()?;
    if *tag != Tag::Return as u8 {
        return None;
    }
    let function = number::read(&mut rest)?;
    let function_type = table.functions.get(usize::try_from(function).ok()?)?;
    let mut redacted = vec![*tag];
    number::write(&mut redacted, function);
    if let Some(ty) = function_type.result {
        value(table, ty, &mut rest, &mut redacted)?;
    }
    // What was copied to a standard stream follows the result.
    if !rest.is_empty() {
        text(&mut rest, &mut redacted)?;
    }
    rest.is_empty().then_some(redacted)
}

fn value(table: &Table, id: TypeId, rest: &mut &[u8], out: &mut Vec<u8>) -> Option<()> {
    let ty = table.ty(id);
    match &ty.kind {
        Kind::Bool => out.extend_from_slice(number::take(rest, 1)?),
        Kind::Float => out.extend_from_slice(number::take(rest, ty.size as usize)?),
        Kind::Unsigned | Kind::Signed | Kind::Char | Kind::Own(_) | Kind::Borrow(_) => {
            number::write(out, number::read(rest)?);
        }
        Kind::String => text(rest, out)?,
        Kind::List(element) => {
            let inner = table.ty(*element);
            if inner.size == 1 && matches!(inner.kind, Kind::Unsigned) {
                return text(rest, out);
            }
            let length = number::read(rest)?;
            number::write(out, length);
            for _ in 0..length {
                value(table, *element, rest, out)?;
            }
        }
        Kind::Record(fields) => {
            for field in fields {
                value(table, field.ty, rest, out)?;
            }
        }
        Kind::Variant { cases, .. } => {
            let case = number::read(rest)?;
            number::write(out, case);
            if let Some(ty) = cases.get(usize::try_from(case).ok()?)?.ty {
                value(table, ty, rest, out)?;
            }
        }
        Kind::Flags(names) => {
            for _ in 0..names.len().div_ceil(32) {
                number::write(out, number::read(rest)?);
            }
        }
    }
    Some(())
}

/// A text has as many bytes as before.
fn text(rest: &mut &[u8], out: &mut Vec<u8>) -> Option<()> {
    let length = number::read(rest)?;
    number::write(out, length);
    let bytes = number::take(rest, usize::try_from(length).ok()?)?;
    out.resize(out.len() + bytes.len(), b'x');
    Some(())
}
