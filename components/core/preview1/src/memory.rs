use alloc::vec;
use alloc::vec::Vec;

use crate::Errno;

/// The memory of a program.
pub trait Memory {
    /// Its length in bytes.
    fn size(&self) -> u64;

    /// Copies bytes out of it. They lie within it: the other functions check that before.
    fn read(&self, at: u32, to: &mut [u8]);

    /// Copies bytes into it. They lie within it: the other functions check that before.
    fn write(&mut self, at: u32, from: &[u8]);

    /// Checks that a range lies within the memory.
    ///
    /// # Errors
    /// [`Errno::Fault`] when it does not. An empty range may begin anywhere.
    fn check(&self, at: u32, length: u64) -> Result<(), Errno> {
        match u64::from(at).checked_add(length) {
            Some(end) if end <= self.size() || length == 0 => Ok(()),
            _ => Err(Errno::Fault),
        }
    }

    /// Some bytes of it.
    ///
    /// # Errors
    /// [`Errno::Fault`] when they do not lie within the memory.
    fn load<const N: usize>(&self, at: u32) -> Result<[u8; N], Errno> {
        self.check(at, N as u64)?;
        let mut bytes = [0; N];
        self.read(at, &mut bytes);
        Ok(bytes)
    }

    /// A number of 32 bits.
    ///
    /// # Errors
    /// [`Errno::Fault`] when it does not lie within the memory.
    fn load_u32(&self, at: u32) -> Result<u32, Errno> {
        self.load(at).map(u32::from_le_bytes)
    }

    /// A copy of a range.
    ///
    /// # Errors
    /// [`Errno::Fault`] when the range does not lie within the memory.
    fn copy(&self, at: u32, length: u32) -> Result<Vec<u8>, Errno> {
        self.check(at, length.into())?;
        let mut bytes = vec![0; length as usize];
        self.read(at, &mut bytes);
        Ok(bytes)
    }

    /// Overwrites bytes.
    ///
    /// # Errors
    /// [`Errno::Fault`] when they do not lie within the memory; nothing is written then.
    fn store(&mut self, at: u32, bytes: &[u8]) -> Result<(), Errno> {
        self.check(at, bytes.len() as u64)?;
        self.write(at, bytes);
        Ok(())
    }

    /// Overwrites a number of 32 bits.
    ///
    /// # Errors
    /// [`Errno::Fault`] when it does not lie within the memory.
    fn store_u32(&mut self, at: u32, value: u32) -> Result<(), Errno> {
        self.store(at, &value.to_le_bytes())
    }

    /// Overwrites a number of 64 bits.
    ///
    /// # Errors
    /// [`Errno::Fault`] when it does not lie within the memory.
    fn store_u64(&mut self, at: u32, value: u64) -> Result<(), Errno> {
        self.store(at, &value.to_le_bytes())
    }
}

/// A memory for tests.
#[cfg(test)]
impl Memory for Vec<u8> {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read(&self, at: u32, to: &mut [u8]) {
        to.copy_from_slice(&self[at as usize..][..to.len()]);
    }

    fn write(&mut self, at: u32, from: &[u8]) {
        if !from.is_empty() {
            self[at as usize..][..from.len()].copy_from_slice(from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_checked() {
        let mut memory = vec![0u8; 16];
        assert_eq!(memory.check(16, 0), Ok(()));
        assert_eq!(memory.check(u32::MAX, 0), Ok(()));
        assert_eq!(memory.check(15, 2), Err(Errno::Fault));
        assert_eq!(memory.check(u32::MAX, u64::MAX), Err(Errno::Fault));
        assert_eq!(memory.store_u64(9, 1), Err(Errno::Fault));
        assert_eq!(memory, [0; 16]);
        assert_eq!(memory.store_u64(8, 1 << 40), Ok(()));
        assert_eq!(memory.load_u32(12), Ok(1 << 8));
        assert_eq!(memory.copy(8, 9), Err(Errno::Fault));
    }
}
