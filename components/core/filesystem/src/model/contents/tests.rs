use alloc::vec;

use proptest::{collection::vec as any_vec, prelude::*};

use super::{chunk::MINIMUM_CHARGE, *};
use crate::Limits;

const NONE: LowerBytes<'_> = LowerBytes {
    offset: 0,
    bytes: &[],
};

fn quota(max_bytes: u64) -> Quota {
    Quota::new(Limits {
        max_bytes,
        max_entries: 0,
    })
}

#[test]
fn a_small_file_stores_its_bytes_and_no_more() {
    let mut quota = quota(u64::MAX);
    let mut contents = Contents::default();
    assert_eq!(contents.write(0, b"0123456789", &mut quota), Ok(10));
    assert_eq!(contents.stored(), 10);
    assert!(contents.first.capacity() < 64);
    assert!(contents.others.is_empty());
}

#[test]
fn holes_cost_nothing_whatever_their_size() {
    let mut quota = quota(u64::MAX);
    let mut contents = Contents::default();
    contents.set_size(MAX_OFFSET, &mut quota);
    assert_eq!(contents.stored(), 0);
    assert_eq!(contents.write(MAX_OFFSET - 1, b"x", &mut quota), Ok(1));
    assert!(contents.stored() <= CHUNK_U64);
    assert_eq!(
        contents.read(MAX_OFFSET - 3, u64::MAX, NONE).unwrap(),
        b"\0\0x"
    );
    assert_eq!(
        contents.next_stored(1 << 40),
        Some(MAX_OFFSET - MAX_OFFSET % CHUNK_U64)
    );
    assert_eq!(contents.write_zeroes(0, MAX_OFFSET, &mut quota), Ok(()));
    assert_eq!((contents.stored(), contents.size()), (0, MAX_OFFSET));
    assert_eq!(contents.next_stored(0), None);
    assert_eq!(quota.usage().bytes, 0);
}

#[test]
fn more_than_memory_holds_cannot_be_read_at_once() {
    let mut contents = Contents::default();
    contents.set_size(MAX_OFFSET, &mut quota(0));
    assert_eq!(
        contents.read(0, u64::MAX, NONE),
        Err(Error::InsufficientMemory)
    );
}

#[test]
fn what_was_cut_off_does_not_come_back() {
    let mut quota = quota(u64::MAX);
    let mut contents = Contents::default();
    contents.write(0, &[1; 3 * CHUNK], &mut quota).unwrap();
    contents.set_size(CHUNK_U64 + 10, &mut quota);
    assert_eq!(quota.usage().bytes, CHUNK_U64 + MINIMUM_CHARGE);
    contents.set_size(3 * CHUNK_U64, &mut quota);
    let mut expected = vec![1; CHUNK + 10];
    expected.resize(3 * CHUNK, 0);
    assert_eq!(contents.read(0, u64::MAX, NONE).unwrap(), expected);
    contents.set_size(0, &mut quota);
    assert_eq!(quota.usage().bytes, 0);
    assert_eq!(contents.first.capacity(), 0);
}

#[test]
fn a_write_goes_as_far_as_the_quota() {
    let mut quota = quota(100);
    let mut contents = Contents::default();
    assert_eq!(contents.write(0, &[1; 200], &mut quota), Ok(100));
    assert_eq!(
        contents.write(100, b"x", &mut quota),
        Err(Error::InsufficientSpace)
    );
    assert_eq!(contents.write(0, &[2; 200], &mut quota), Ok(100));
    assert_eq!(contents.read(0, 1000, NONE).unwrap(), [2; 100]);
    contents.set_size(50, &mut quota);
    // The ten zeroes before the byte are stored too.
    assert_eq!(contents.write(60, &[3; 50], &mut quota), Ok(40));
    assert_eq!(contents.size(), 100);
    // A chunk that is not the first counts its minimum.
    assert_eq!(
        contents.write(CHUNK_U64, b"x", &mut quota),
        Err(Error::InsufficientSpace)
    );
    assert_eq!(contents.size(), 100);
}

#[test]
fn a_limit_that_is_a_multiple_of_the_minimum_is_reached_exactly() {
    let mut quota = quota(1 << 20);
    let mut contents = Contents::default();
    assert_eq!(
        contents.write(0, &vec![1; 2 << 20], &mut quota),
        Ok(1 << 20)
    );
    assert_eq!(quota.bytes_left(), 0);
}

/// Holes in the lower layer store nothing, but their places take memory.
#[cfg(feature = "overlay")]
#[test]
fn zeroes_among_lower_chunks_come_to_an_end() {
    use super::lower_part::RUN_CHARGE;

    let mut quota = quota(10 * RUN_CHARGE);
    let mut contents = Contents::of_lower(1 << 40);
    let mut zero = |contents: &mut Contents, number: u64| {
        let written = contents.write_zeroes(number * CHUNK_U64, CHUNK_U64, &mut quota);
        assert_eq!(contents.stored(), quota.usage().bytes);
        assert_eq!(contents.check(), Ok(()));
        written
    };
    for number in 0..=10 {
        assert_eq!(zero(&mut contents, 2 * number), Ok(()));
    }
    assert_eq!(zero(&mut contents, 100), Err(Error::InsufficientSpace));
    assert!(contents.is_lower(100));
    // Where two runs meet, there is room for another.
    assert_eq!(zero(&mut contents, 1), Ok(()));
    assert_eq!(zero(&mut contents, 100), Ok(()));
    assert_eq!(zero(&mut contents, 200), Err(Error::InsufficientSpace));
    contents.set_size(5 * CHUNK_U64, &mut quota);
    assert_eq!(contents.stored(), RUN_CHARGE);
    contents.set_size(0, &mut quota);
    assert_eq!((contents.stored(), quota.usage().bytes), (0, 0));
}

#[derive(Clone, Debug)]
enum Operation {
    Write {
        offset: usize,
        length: usize,
        byte: u8,
    },
    WriteZeroes {
        offset: usize,
        length: usize,
    },
    SetSize {
        size: usize,
    },
}

fn operation() -> impl Strategy<Value = Operation> {
    let place = || {
        prop_oneof![
            0..5 * CHUNK,
            (0..5usize).prop_map(|number| number * CHUNK),
            0..100usize
        ]
    };
    prop_oneof![
        (place(), place(), 1..255u8).prop_map(|(offset, length, byte)| Operation::Write {
            offset,
            length,
            byte
        }),
        (place(), place()).prop_map(|(offset, length)| Operation::WriteZeroes { offset, length }),
        place().prop_map(|size| Operation::SetSize { size }),
    ]
}

/// Copies the chunks at either end of a change to this layer, and returns the offset up to which it can be made.
fn take(
    contents: &mut Contents,
    offset: usize,
    end: usize,
    lent: LowerBytes<'_>,
    quota: &mut Quota,
) -> usize {
    while let Some((number, start, _)) = contents.lower_chunk_to_keep(offset as u64, end as u64) {
        if contents.take_chunk(number, lent, quota).is_err() {
            return offset.max(start as usize);
        }
    }
    end
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn does_what_a_vector_does(
        operations in any_vec(operation(), 1..20),
        max_bytes in prop_oneof![Just(u64::MAX), 0..100_000u64],
        lower in prop_oneof![Just(0), 0..5 * CHUNK, (0..5usize).prop_map(|number| number * CHUNK)],
    ) {
        let mut quota = quota(max_bytes);
        let lower = if cfg!(feature = "overlay") { lower } else { 0 };
        let below: Vec<u8> = (0..lower).map(|place| (place % 251) as u8 + 1).collect();
        let lent = LowerBytes { offset: 0, bytes: &below };
        let mut contents = Contents::of_lower(lower as u64);
        let mut model = below.clone();
        for operation in operations {
            match operation {
                Operation::Write { offset, length, byte } => {
                    let end = take(&mut contents, offset, offset + length, lent, &mut quota);
                    let length = end - offset;
                    let written = match contents.write(offset as u64, &vec![byte; length], &mut quota) {
                        Ok(written) => written as usize,
                        Err(error) => {
                            prop_assert_eq!(error, Error::InsufficientSpace);
                            0
                        }
                    };
                    prop_assert!(written == length || max_bytes < u64::MAX);
                    if written > 0 {
                        model.resize(model.len().max(offset + written), 0);
                        model[offset..offset + written].fill(byte);
                    }
                }
                Operation::WriteZeroes { offset, length } => {
                    let end = take(&mut contents, offset, offset + length, lent, &mut quota);
                    if end < offset + length {
                        continue;
                    }
                    if contents.write_zeroes(offset as u64, length as u64, &mut quota).is_err() {
                        prop_assert!(max_bytes < u64::MAX);
                        continue;
                    }
                    if length > 0 {
                        model.resize(model.len().max(offset + length), 0);
                        model[offset..offset + length].fill(0);
                    }
                }
                Operation::SetSize { size } => {
                    contents.set_size(size as u64, &mut quota);
                    model.resize(size, 0);
                }
            }
            prop_assert_eq!(contents.check(), Ok(()));
            prop_assert_eq!(contents.stored(), quota.usage().bytes);
            prop_assert!(quota.usage().bytes <= max_bytes);
            prop_assert_eq!(contents.size(), model.len() as u64);
            prop_assert!(contents.read(0, u64::MAX, lent).unwrap() == model);
            let start = model.len() / 3;
            let end = model.len().min(start + 20_000);
            // Only the bytes that are needed are lent.
            let lent = match contents.lower_span(start as u64, 20_000) {
                Some((first, last)) => LowerBytes {
                    offset: first,
                    bytes: &below[first as usize..last as usize],
                },
                None => NONE,
            };
            prop_assert!(contents.read(start as u64, 20_000, lent).unwrap() == model[start..end]);
            // Every byte that is not zero is stored.
            let mut at = 0;
            while let Some(stored) = contents.next_stored(at) {
                prop_assert!(model[at as usize..stored as usize].iter().all(|byte| *byte == 0));
                at = stored + 1000;
            }
        }
    }
}
