//! Layouts of some types. The suite `glue` of the command compares many more with wit-parser.

use std::sync::Arc;

use super::{Kind, Number, Type, Unsupported};

fn layout(ty: &Type) -> (u32, u32, u32, bool) {
    (ty.size, ty.alignment, ty.flat_count(), ty.is_plain())
}

fn record(fields: impl IntoIterator<Item = Type>) -> Type {
    Type::record(fields.into_iter().map(Arc::new)).expect("a small record")
}

fn option(some: Type) -> Type {
    Type::variant([None, Some(some.into())]).expect("a small option")
}

#[test]
fn values_lie_where_the_specification_says() {
    assert_eq!(layout(&Type::unsigned(2)), (2, 2, 1, true));
    assert_eq!(layout(&Type::bool()), (1, 1, 1, false));
    assert_eq!(layout(&Type::string()), (8, 4, 2, false));
    // The fields of `wasi:filesystem/types`' `descriptor-stat`: its result is in memory.
    let datetime = || record([Type::unsigned(8), Type::unsigned(4)]);
    assert_eq!(layout(&datetime()), (16, 8, 2, false));
    assert_eq!(layout(&option(datetime())), (24, 8, 3, false));
    let kind = Type::variant((0..8).map(|_| None)).expect("a small enum");
    let stat = [kind, Type::unsigned(8), Type::unsigned(8)];
    let times = (0..3).map(|_| option(datetime()));
    let stat = record(stat.into_iter().chain(times));
    assert_eq!(layout(&stat), (96, 8, 12, false));
    let Kind::Record(fields) = &stat.kind else {
        panic!("it is a record");
    };
    let offsets: Vec<u32> = fields.iter().map(|field| field.offset).collect();
    assert_eq!(offsets, [0, 8, 16, 24, 48, 72]);
}

#[test]
fn discriminants_and_flags_grow_with_their_number() {
    for (cases, tag) in [(1, 1), (256, 1), (257, 2), (65_536, 2), (65_537, 4)] {
        let ty = Type::variant((0..cases).map(|_| None)).expect("an enum");
        assert_eq!(layout(&ty), (tag, tag, 1, false), "{cases}");
    }
    for (flags, expected) in [
        (7, (1, 1, 1, false)),
        (8, (1, 1, 1, true)),
        (9, (2, 2, 1, false)),
        (17, (4, 4, 1, false)),
        (32, (4, 4, 1, true)),
        (33, (8, 4, 2, false)),
        (64, (8, 4, 2, true)),
    ] {
        assert_eq!(layout(&Type::flags(flags)), expected, "{flags}");
    }
}

#[test]
fn payloads_of_different_cases_share_their_numbers() {
    let flat = |cases: Vec<Type>| {
        let cases = cases.into_iter().map(|ty| Some(Arc::new(ty)));
        Type::variant(cases).expect("a variant").flat
    };
    use Number::{F32, F64, I32, I64};
    assert_eq!(
        flat(vec![Type::float(4), Type::float(4)]),
        Some(vec![I32, F32])
    );
    assert_eq!(
        flat(vec![Type::float(4), Type::char()]),
        Some(vec![I32, I32])
    );
    assert_eq!(
        flat(vec![Type::float(4), Type::float(8)]),
        Some(vec![I32, I64])
    );
    assert_eq!(
        flat(vec![Type::float(8), Type::float(8)]),
        Some(vec![I32, F64])
    );
    assert_eq!(
        flat(vec![Type::unsigned(8), Type::string()]),
        Some(vec![I32, I64, I32])
    );
}

#[test]
fn no_type_is_too_much() {
    let mut ty = Arc::new(Type::unsigned(8));
    for _ in 0..2 {
        ty = Type::fixed_list(ty, 1 << 14)
            .expect("less than a memory")
            .into();
    }
    assert_eq!(
        (ty.size, ty.flat_count(), &ty.flat),
        (1 << 31, 1 << 28, &None)
    );
    assert_eq!(Type::fixed_list(ty.clone(), 2), Err(Unsupported::TooLarge));
    let records = [ty.clone(), ty.clone()];
    assert_eq!(Type::record(records), Err(Unsupported::TooLarge));
    assert_eq!(
        Type::variant([Some(ty.clone()), None]).map(|ty| ty.size),
        Ok((1 << 31) + 8)
    );
    let few = Type::fixed_list(Type::char().into(), 16).expect("small");
    assert_eq!(few.flat, Some(vec![Number::I32; 16]));
    let many = Type::fixed_list(Type::char().into(), 17).expect("small");
    assert_eq!(many.flat, None);
}
