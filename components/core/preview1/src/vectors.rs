use crate::{Errno, Memory};

/// A range of a program's memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Where it begins.
    pub at: u32,
    /// Its length in bytes.
    pub length: u32,
}

/// How many bytes an `iovec` or a `ciovec` takes.
const VECTOR: u64 = 8;

/// The first span of a list of vectors (`iovec`, `ciovec`) that is not empty, or an empty one. A call reads or writes
/// this one alone, as POSIX allows for `readv` and `writev`, because programs call again for the rest.
///
/// # Errors
/// [`Errno::Fault`] when the list or the span does not lie within the memory.
pub fn first_span(memory: &impl Memory, list: u32, count: u32) -> Result<Span, Errno> {
    memory.check(list, u64::from(count) * VECTOR)?;
    for index in 0..count {
        let vector: [u8; 8] = memory.load(list + index * VECTOR as u32)?;
        let [at, length] = [&vector[..4], &vector[4..]]
            .map(|half| u32::from_le_bytes([half[0], half[1], half[2], half[3]]));
        if length != 0 {
            memory.check(at, length.into())?;
            return Ok(Span { at, length });
        }
    }
    Ok(Span::default())
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    fn memory(vectors: &[(u32, u32)]) -> Vec<u8> {
        let mut memory = vec![0; 64];
        for (index, (at, length)) in vectors.iter().enumerate() {
            memory[index * 8..][..4].copy_from_slice(&at.to_le_bytes());
            memory[index * 8 + 4..][..4].copy_from_slice(&length.to_le_bytes());
        }
        memory
    }

    #[test]
    fn empty_vectors_are_passed_over() {
        let found = first_span(&memory(&[(9999, 0), (8, 5), (0, u32::MAX)]), 0, 3);
        assert_eq!(found, Ok(Span { at: 8, length: 5 }));
        assert_eq!(first_span(&memory(&[(1, 0)]), 0, 1), Ok(Span::default()));
        assert_eq!(first_span(&memory(&[]), u32::MAX, 0), Ok(Span::default()));
    }

    #[test]
    fn hostile_vectors_are_refused() {
        assert_eq!(first_span(&memory(&[(60, 5)]), 0, 1), Err(Errno::Fault));
        assert_eq!(
            first_span(&memory(&[(5, u32::MAX)]), 0, 1),
            Err(Errno::Fault)
        );
        assert_eq!(first_span(&memory(&[]), 60, 1), Err(Errno::Fault));
        assert_eq!(first_span(&memory(&[]), 0, u32::MAX), Err(Errno::Fault));
        assert_eq!(
            first_span(&memory(&[]), u32::MAX, u32::MAX),
            Err(Errno::Fault)
        );
    }
}
