//! The memory in which values lie.

/// The memory of a component.
///
/// Places are those that the canonical ABI gave for a value, so they are inside.
pub trait Memory {
    /// The bytes at a place.
    fn bytes(&self, at: u32, length: u32) -> &[u8];

    /// Changes the bytes at a place.
    fn set(&mut self, at: u32, bytes: &[u8]);

    /// Room for a value that is returned.
    fn allocate(&mut self, size: u32, alignment: u32) -> u32;

    /// The little-endian number of 1, 2, 4 or 8 bytes at a place.
    fn number(&self, at: u32, size: u32) -> u64 {
        let mut number = [0; 8];
        let bytes = self.bytes(at, size);
        number[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(number)
    }
}

/// Where a value lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its address.
    pub at: u32,
    /// Whether it lies there as the numbers that it is passed as, eight bytes for each, instead of as it lies in memory.
    pub is_flat: bool,
}

/// How many bytes each number of a flat value takes.
pub const FLAT: u32 = 8;

impl Place {
    /// A value in memory.
    pub fn memory(at: u32) -> Self {
        Self { at, is_flat: false }
    }

    /// A value as the numbers that it is passed as.
    pub fn flat(at: u32) -> Self {
        Self { at, is_flat: true }
    }

    /// The place of another of the numbers, so many behind this one.
    pub fn number(self, numbers: u32) -> Self {
        self.part(numbers, 0)
    }

    /// A part of the value: so many numbers, or so many bytes, behind its beginning.
    pub(crate) fn part(self, numbers: u32, bytes: u32) -> Self {
        let distance = if self.is_flat { numbers * FLAT } else { bytes };
        Self {
            at: self.at + distance,
            ..self
        }
    }
}
