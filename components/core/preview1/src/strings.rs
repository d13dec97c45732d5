use alloc::string::String;
use alloc::vec::Vec;

use crate::{Errno, Memory};

/// Reads a path from the memory of a program.
///
/// # Errors
/// [`Errno::Fault`] when it does not lie within the memory, [`Errno::NameTooLong`] when it is longer than
/// any path may be, and [`Errno::IllegalByteSequence`] when it is not UTF-8, which WASI demands of paths.
pub fn path(memory: &impl Memory, at: u32, length: u32) -> Result<String, Errno> {
    /// Longer than a path of any system, and short enough to be copied.
    const MAX: u32 = 1 << 16;
    memory.check(at, length.into())?;
    if length > MAX {
        return Err(Errno::NameTooLong);
    }
    String::from_utf8(memory.copy(at, length)?).map_err(|_| Errno::IllegalByteSequence)
}

/// Texts that a program gets all at once, each with a zero behind it: arguments and variables.
#[derive(Debug, Default)]
pub struct Strings {
    bytes: Vec<u8>,
    starts: Vec<usize>,
}

impl Strings {
    /// Adds a text, made of some parts.
    pub fn add(&mut self, parts: &[&str]) {
        self.starts.push(self.bytes.len());
        for part in parts {
            self.bytes.extend_from_slice(part.as_bytes());
        }
        self.bytes.push(0);
    }

    /// Writes how many texts there are, and how many bytes they take with their zeros.
    ///
    /// # Errors
    /// [`Errno::Overflow`] when a number has more than 32 bits, [`Errno::Fault`] when a place does not lie within the
    /// memory.
    pub fn store_sizes(
        &self,
        memory: &mut impl Memory,
        count: u32,
        bytes: u32,
    ) -> Result<(), Errno> {
        let number = |length: usize| u32::try_from(length).map_err(|_| Errno::Overflow);
        memory.check(bytes, 4)?;
        memory.store_u32(count, number(self.starts.len())?)?;
        memory.store_u32(bytes, number(self.bytes.len())?)
    }

    /// Writes the texts, and a list of pointers to them.
    ///
    /// # Errors
    /// [`Errno::Fault`] when one of the two does not lie within the memory.
    pub fn store(&self, memory: &mut impl Memory, pointers: u32, bytes: u32) -> Result<(), Errno> {
        memory.check(bytes, self.bytes.len() as u64)?;
        let starts = self.starts.iter();
        let list: Vec<u8> = starts
            .flat_map(|start| bytes.wrapping_add(*start as u32).to_le_bytes())
            .collect();
        memory.store(pointers, &list)?;
        memory.store(bytes, &self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn texts_are_stored_with_their_zeros() {
        let mut strings = Strings::default();
        strings.add(&["a", "=", "b"]);
        strings.add(&["c"]);
        let mut memory = vec![9; 24];
        assert_eq!(strings.store_sizes(&mut memory, 0, 4), Ok(()));
        assert_eq!(memory[..8], [2, 0, 0, 0, 6, 0, 0, 0]);
        assert_eq!(strings.store(&mut memory, 0, 18), Ok(()));
        assert_eq!(memory[..8], [18, 0, 0, 0, 22, 0, 0, 0]);
        assert_eq!(&memory[18..], b"a=b\0c\0");
        assert_eq!(strings.store(&mut memory, 0, 19), Err(Errno::Fault));
        assert_eq!(strings.store(&mut memory, 17, 18), Err(Errno::Fault));
    }

    #[test]
    fn paths_are_texts() {
        let memory = vec![b'a', 0xff, b'b'];
        assert_eq!(path(&memory, 0, 1).as_deref(), Ok("a"));
        assert_eq!(path(&memory, 0, 2), Err(Errno::IllegalByteSequence));
        assert_eq!(path(&memory, 2, 2), Err(Errno::Fault));
        assert_eq!(
            path(&vec![b'a'; 70_000], 0, 70_000),
            Err(Errno::NameTooLong)
        );
    }
}
