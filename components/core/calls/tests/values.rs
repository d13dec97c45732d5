//! Values of random types are put into memory, written down, read, and put into memory again.

use interpose_calls::ResourceType;
use interpose_calls::{
    Case, Event, Field, Function, Handles, Identities, Kind, Memory, Parameter, Place, Style,
    Table, Tag, Type, Value, Writer, number, put, write,
};
use proptest::prelude::*;

/// A memory in which room is given from the beginning to the end.
struct Flat {
    bytes: Vec<u8>,
}

impl Memory for Flat {
    fn bytes(&self, at: u32, length: u32) -> &[u8] {
        &self.bytes[at as usize..][..length as usize]
    }

    fn set(&mut self, at: u32, bytes: &[u8]) {
        self.bytes[at as usize..][..bytes.len()].copy_from_slice(bytes);
    }

    fn allocate(&mut self, size: u32, alignment: u32) -> u32 {
        let at = self.bytes.len().next_multiple_of(alignment as usize);
        self.bytes.resize(at + size as usize, 0xaa);
        at as u32
    }
}

/// Handles are the identity and a number on one side, and another number on the other side.
struct Shifted(u32);

impl Handles for Shifted {
    fn exchange(&mut self, _: u32, _: bool, handle: u32) -> (u64, u32) {
        (handle.wrapping_sub(self.0).into(), handle.wrapping_add(1))
    }
}

impl Identities for Shifted {
    fn make(&mut self, _: u32, identity: u64) -> u32 {
        identity as u32 + self.0
    }
}

/// A type, and how many values of it a test has.
#[derive(Clone, Debug)]
enum Shape {
    Bool,
    Unsigned(u32),
    Signed(u32),
    Float(u32),
    Char,
    String,
    List(Box<Shape>),
    Record(Vec<Shape>),
    Variant(Vec<Option<Shape>>),
    Flags(usize),
    Handle,
}

fn shape() -> impl Strategy<Value = Shape> {
    let size = prop_oneof![Just(1u32), Just(2), Just(4), Just(8)];
    let leaf = prop_oneof![
        Just(Shape::Bool),
        size.clone().prop_map(Shape::Unsigned),
        size.prop_map(Shape::Signed),
        prop_oneof![Just(4u32), Just(8)].prop_map(Shape::Float),
        Just(Shape::Char),
        Just(Shape::String),
        (1usize..70).prop_map(Shape::Flags),
        Just(Shape::Handle),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Shape::List(Box::new(inner))),
            prop::collection::vec(inner.clone(), 1..5).prop_map(Shape::Record),
            prop::collection::vec(prop::option::of(inner), 1..5).prop_map(Shape::Variant),
        ]
    })
}

/// Adds a type with the layout that the canonical ABI gives it.
fn add(table: &mut Table, shape: &Shape) -> u32 {
    let aligned = |at: u32, alignment: u32| at.next_multiple_of(alignment);
    let (size, alignment, flat, kind) = match shape {
        Shape::Bool => (1, 1, 1, Kind::Bool),
        Shape::Unsigned(size) => (*size, *size, 1, Kind::Unsigned),
        Shape::Signed(size) => (*size, *size, 1, Kind::Signed),
        Shape::Float(size) => (*size, *size, 1, Kind::Float),
        Shape::Char => (4, 4, 1, Kind::Char),
        Shape::String => (8, 4, 2, Kind::String),
        Shape::List(element) => (8, 4, 2, Kind::List(add(table, element))),
        Shape::Record(fields) => {
            let (mut size, mut alignment, mut flat) = (0, 1, 0);
            let mut all = Vec::new();
            for field in fields {
                let ty = add(table, field);
                let of = table.ty(ty);
                size = aligned(size, of.alignment);
                all.push(Field {
                    name: "field".into(),
                    ty,
                    offset: size,
                });
                size += of.size;
                alignment = alignment.max(of.alignment);
                flat += of.flat;
            }
            (aligned(size, alignment), alignment, flat, Kind::Record(all))
        }
        Shape::Variant(cases) => {
            let cases: Vec<Case> = cases
                .iter()
                .map(|case| Case {
                    name: "case".into(),
                    ty: case.as_ref().map(|shape| add(table, shape)),
                })
                .collect();
            let types: Vec<&Type> = cases
                .iter()
                .filter_map(|case| case.ty)
                .map(|ty| table.ty(ty))
                .collect();
            let largest = |of: fn(&Type) -> u32| types.iter().map(|ty| of(ty)).max().unwrap_or(0);
            let alignment = largest(|ty| ty.alignment).max(1);
            let payload = aligned(1, alignment);
            let size = aligned(payload + largest(|ty| ty.size), alignment);
            let flat = 1 + largest(|ty| ty.flat);
            let kind = Kind::Variant {
                style: Style::Variant,
                tag: 1,
                payload,
                cases,
            };
            (size, alignment, flat, kind)
        }
        Shape::Flags(count) => {
            let size = match count {
                0..=8 => 1,
                9..=16 => 2,
                _ => 4 * count.div_ceil(32) as u32,
            };
            let names = (0..*count).map(|flag| flag.to_string()).collect();
            (
                size,
                size.min(4),
                count.div_ceil(32) as u32,
                Kind::Flags(names),
            )
        }
        Shape::Handle => (4, 4, 1, Kind::Own(0)),
    };
    table.types.push(Type {
        size,
        alignment,
        flat,
        kind,
    });
    table.types.len() as u32 - 1
}

/// Writes a random value down, as an event has it: `random` gives numbers.
fn invent(table: &Table, ty: u32, random: &mut impl FnMut() -> u64, out: &mut Vec<u8>) {
    let ty = table.ty(ty);
    match &ty.kind {
        Kind::Bool => out.push((random() & 1) as u8),
        Kind::Unsigned => number::write(out, random() >> (64 - 8 * ty.size)),
        Kind::Signed => number::write(out, number::zigzag(random() as i64 >> (64 - 8 * ty.size))),
        Kind::Float => out.extend_from_slice(&random().to_le_bytes()[..ty.size as usize]),
        Kind::Char => number::write(out, u64::from(char::from(random() as u8))),
        Kind::String => {
            let text: String = (0..random() % 9)
                .map(|_| char::from(random() as u8))
                .collect();
            number::write(out, text.len() as u64);
            out.extend_from_slice(text.as_bytes());
        }
        Kind::List(element) => {
            let length = random() % 4;
            number::write(out, length);
            for _ in 0..length {
                let inner = table.ty(*element);
                // Bytes are written down as they are.
                if inner.size == 1 && matches!(inner.kind, Kind::Unsigned) {
                    out.push(random() as u8);
                } else {
                    invent(table, *element, random, out);
                }
            }
        }
        Kind::Record(fields) => {
            for field in fields {
                invent(table, field.ty, random, out);
            }
        }
        Kind::Variant { cases, .. } => {
            let case = random() % cases.len() as u64;
            number::write(out, case);
            if let Some(ty) = cases[case as usize].ty {
                invent(table, ty, random, out);
            }
        }
        Kind::Flags(names) => {
            for word in 0..names.len().div_ceil(32) {
                let flags = (names.len() - 32 * word).min(32);
                number::write(out, random() & ((1u64 << flags) - 1));
            }
        }
        Kind::Own(_) | Kind::Borrow(_) => number::write(out, random() >> 40),
    }
}

fn numbers(mut seed: u64) -> impl FnMut() -> u64 {
    move || {
        // SplitMix64.
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// A table with one function that takes and returns a type.
fn table(shape: &Shape) -> (Table, u32) {
    let mut table = Table::default();
    table.resources.push(ResourceType {
        interface: "a:b/c".into(),
        name: "r".into(),
    });
    let ty = add(&mut table, shape);
    table.functions.push(Function {
        interface: "a:b/c".into(),
        name: "f".into(),
        parameters: vec![Parameter {
            name: "p".into(),
            ty,
            offset: 0,
        }],
        result: Some(ty),
        arguments_in_memory: false,
        result_in_memory: true,
    });
    (table, ty)
}

proptest! {
    #[test]
    fn what_is_written_down_comes_back(shape in shape(), seed: u64, is_flat: bool) {
        let (table, ty) = table(&shape);
        table.check().expect("a table");
        let mut recorded = Vec::new();
        invent(&table, ty, &mut numbers(seed), &mut recorded);

        let size = if is_flat { 8 * table.ty(ty).flat } else { table.ty(ty).size };
        let mut memory = Flat { bytes: vec![0x55; 16 + size as usize] };
        let place = if is_flat { Place::flat(16) } else { Place::memory(16) };
        let mut rest = recorded.as_slice();
        put(&table, ty, place, &mut rest, &mut memory, &mut Shifted(7)).expect("a value");
        prop_assert!(rest.is_empty());
        prop_assert!(memory.bytes[..16].iter().all(|byte| *byte == 0x55));

        let mut event = Vec::new();
        number::begin(&mut event, Tag::Return, 0);
        let head = event.len();
        let mut writer = Writer { out: &mut event, limit: u32::MAX };
        write(&table, ty, place, &mut memory, &mut Shifted(7), &mut writer);
        prop_assert_eq!(&event[head..], &recorded[..]);

        // Handles were exchanged where they lie.
        let mut again = Vec::new();
        let mut writer = Writer { out: &mut again, limit: u32::MAX };
        write(&table, ty, place, &mut memory, &mut Shifted(8), &mut writer);
        prop_assert_eq!(&again, &recorded);

        let read = Event::read(&table, 0, u32::MAX, &event).expect("an event");
        let is_return = matches!(read, Event::Return { function: 0, result: Some(_) });
        prop_assert!(is_return);
        // No prefix of an event is one.
        for end in 0..event.len() {
            prop_assert!(Event::read(&table, 0, u32::MAX, &event[..end]).is_err());
        }
    }

    #[test]
    fn a_part_of_a_value_can_be_kept(shape in shape(), seed: u64, limit in 0u32..4) {
        let (table, ty) = table(&shape);
        let mut recorded = Vec::new();
        invent(&table, ty, &mut numbers(seed), &mut recorded);
        let mut memory = Flat { bytes: vec![0; 16 + table.ty(ty).size as usize] };
        let place = Place::memory(16);
        put(&table, ty, place, &mut recorded.as_slice(), &mut memory, &mut Shifted(0)).expect("a value");
        let mut event = Vec::new();
        number::begin(&mut event, Tag::Call, 0);
        let mut writer = Writer { out: &mut event, limit };
        write(&table, ty, place, &mut memory, &mut Shifted(0), &mut writer);
        let read = Event::read(&table, limit, 0, &event).expect("an event");
        let Event::Call { arguments, .. } = read else { panic!("{read:?}") };
        prop_assert!(is_kept(&arguments[0], limit.into()));
    }

    #[test]
    fn bytes_of_others_are_refused_or_read(shape in shape(), bytes: Vec<u8>, tag in 1u8..5) {
        let (table, ty) = table(&shape);
        let mut event = vec![tag, 0];
        event.extend_from_slice(&bytes);
        let _ = Event::read(&table, u32::MAX, u32::MAX, &event);
        let mut memory = Flat { bytes: vec![0; 16 + table.ty(ty).size as usize] };
        let _ = put(&table, ty, Place::memory(16), &mut bytes.as_slice(), &mut memory, &mut Shifted(0));
        let _ = interpose_calls::Settings::decode(&bytes);
    }

    #[test]
    fn numbers_come_back(value: u64, signed: i64) {
        let mut bytes = Vec::new();
        number::write(&mut bytes, value);
        number::write(&mut bytes, number::zigzag(signed));
        let mut rest = bytes.as_slice();
        prop_assert_eq!(number::read(&mut rest), Some(value));
        prop_assert_eq!(number::read(&mut rest).map(number::unzigzag), Some(signed));
        prop_assert!(rest.is_empty());
    }
}

/// Whether no list or text has more than `limit` elements, and those that were shortened say how many they had.
fn is_kept(value: &Value, limit: u64) -> bool {
    match value {
        Value::String { text, length } => text.len() as u64 <= 3 * limit.min(*length),
        Value::Bytes { bytes, length } => bytes.len() as u64 == limit.min(*length),
        Value::List { items, length } => {
            items.len() as u64 == limit.min(*length)
                && items.iter().all(|item| is_kept(item, limit))
        }
        Value::Record(values) => values.iter().all(|value| is_kept(value, limit)),
        Value::Variant { payload, .. } => payload
            .as_deref()
            .is_none_or(|payload| is_kept(payload, limit)),
        _ => true,
    }
}
