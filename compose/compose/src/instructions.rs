//! Finds instructions of an application whose results depend on the processor, so that no policy can make them
//! deterministic.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use wasmparser::{Operator, Parser, Payload};

use crate::plan::Warning;

/// The names of the relaxed SIMD instructions in a component. The specification allows several results for each of
/// them. A module that cannot be read counts as without, because the runtime will refuse the component.
pub(crate) fn relaxed(component: &[u8]) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
        let Payload::CodeSectionEntry(body) = payload else {
            continue;
        };
        if !may_have_any(body.as_bytes()) {
            continue;
        }
        let Ok(operators) = body.get_operators_reader() else {
            continue;
        };
        found.extend(
            operators
                .into_iter()
                .map_while(Result::ok)
                .filter_map(|operator| name(&operator)),
        );
    }
    found
}

/// Whether a body may have a relaxed SIMD instruction; reading its instructions one by one takes much longer. Such an
/// instruction begins with 0xfd and its number in LEB128. The same bytes may also be part of an immediate or of two
/// instructions.
fn may_have_any(body: &[u8]) -> bool {
    let mut rest = body;
    while let Some(prefix) = rest.iter().position(|byte| *byte == 0xfd) {
        rest = &rest[prefix + 1..];
        if RELAXED.contains(&number(rest)) {
            return true;
        }
    }
    false
}

/// The numbers of the relaxed SIMD instructions, as the proposal assigns them: the last sixteen are reserved.
const RELAXED: RangeInclusive<u64> = 0x100..=0x12f;

/// The number in LEB128 with which some bytes begin. It has at most five bytes, of which all but the last have the
/// highest bit set.
fn number(bytes: &[u8]) -> u64 {
    let mut number = 0;
    for (place, byte) in bytes.iter().take(5).enumerate() {
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            break;
        }
    }
    number
}

fn name(operator: &Operator<'_>) -> Option<&'static str> {
    Some(match operator {
        Operator::I8x16RelaxedSwizzle => "i8x16.relaxed_swizzle",
        Operator::I32x4RelaxedTruncF32x4S => "i32x4.relaxed_trunc_f32x4_s",
        Operator::I32x4RelaxedTruncF32x4U => "i32x4.relaxed_trunc_f32x4_u",
        Operator::I32x4RelaxedTruncF64x2SZero => "i32x4.relaxed_trunc_f64x2_s_zero",
        Operator::I32x4RelaxedTruncF64x2UZero => "i32x4.relaxed_trunc_f64x2_u_zero",
        Operator::F32x4RelaxedMadd => "f32x4.relaxed_madd",
        Operator::F32x4RelaxedNmadd => "f32x4.relaxed_nmadd",
        Operator::F64x2RelaxedMadd => "f64x2.relaxed_madd",
        Operator::F64x2RelaxedNmadd => "f64x2.relaxed_nmadd",
        Operator::I8x16RelaxedLaneselect => "i8x16.relaxed_laneselect",
        Operator::I16x8RelaxedLaneselect => "i16x8.relaxed_laneselect",
        Operator::I32x4RelaxedLaneselect => "i32x4.relaxed_laneselect",
        Operator::I64x2RelaxedLaneselect => "i64x2.relaxed_laneselect",
        Operator::F32x4RelaxedMin => "f32x4.relaxed_min",
        Operator::F32x4RelaxedMax => "f32x4.relaxed_max",
        Operator::F64x2RelaxedMin => "f64x2.relaxed_min",
        Operator::F64x2RelaxedMax => "f64x2.relaxed_max",
        Operator::I16x8RelaxedQ15mulrS => "i16x8.relaxed_q15mulr_s",
        Operator::I16x8RelaxedDotI8x16I7x16S => "i16x8.relaxed_dot_i8x16_i7x16_s",
        Operator::I32x4RelaxedDotI8x16I7x16AddS => "i32x4.relaxed_dot_i8x16_i7x16_add_s",
        _ => return None,
    })
}

/// The warning about such instructions for an application under a policy that asks for determinism.
pub(crate) fn warning(component: &[u8]) -> Option<Warning> {
    let instructions: Vec<&'static str> = relaxed(component).into_iter().collect();
    (!instructions.is_empty()).then_some(Warning::RelaxedSimd { instructions })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relaxed_instructions_are_found_in_nested_modules() {
        let relaxed_of = |text: &str| {
            let component = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"));
            relaxed(&component).into_iter().collect::<Vec<_>>()
        };
        let component = r#"(component (component (core module
            (func (param v128) (result v128)
              (f32x4.relaxed_min (local.get 0) (i8x16.relaxed_swizzle (local.get 0) (local.get 0))))
            (func (param v128) (result v128) (f32x4.min (local.get 0) (local.get 0))))))"#;
        assert_eq!(
            relaxed_of(component),
            ["f32x4.relaxed_min", "i8x16.relaxed_swizzle"]
        );
        // The number of an instruction may be longer than it has to be.
        assert!(may_have_any(&[0x0b, 0xfd, 0x80, 0x82, 0x80, 0x00]));
        assert!(may_have_any(&[0xfd, 0xfd, 0x93, 0x02]));
        assert!(!may_have_any(&[0xfd, 0x0c, 0x80, 0xfd]));
        assert!(!may_have_any(&[
            0xfd, 0x80, 0x01, 0xfd, 0x80, 0x04, 0xfd, 0x82
        ]));
        assert!(relaxed_of("(component)").is_empty());
        assert_eq!(warning(b"\0asm"), None);
    }
}
