//! Counts the memory of a run, and ends a run that would exceed its limit.

use interpose_policy::model::{Bytes, Limit};
use wasmtime::ResourceLimiter;

use crate::exceeded::Exceeded;

/// Counts the memory of all instances of a store, and ends a run that would exceed its limit.
#[derive(Default)]
pub(crate) struct Memory {
    /// The limit; `None` for no limit.
    pub(crate) limit: Option<Limit<Bytes>>,
    used: u64,
    /// The last growth, which is subtracted again if the runtime cannot provide the memory.
    last: u64,
}

impl Memory {
    /// The size in bytes of all memories and tables. They never shrink, so this is also the maximum.
    pub(crate) fn used(&self) -> u64 {
        self.used
    }

    fn grow(&mut self, bytes: u64) -> wasmtime::Result<bool> {
        let used = self.used.saturating_add(bytes);
        if let Some(limit) = &self.limit
            && used > limit.value.0
        {
            return Err(Exceeded::Memory(limit.clone()).into());
        }
        self.used = used;
        self.last = bytes;
        Ok(true)
    }

    fn take_back(&mut self) {
        self.used = self.used.saturating_sub(std::mem::take(&mut self.last));
    }
}

/// The size in bytes of a table's element, as the documentation of [`ResourceLimiter::table_growing`] defines it.
const ELEMENT: u64 = size_of::<usize>() as u64;

impl ResourceLimiter for Memory {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.grow(desired.saturating_sub(current) as u64)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.take_back();
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.grow((desired.saturating_sub(current) as u64).saturating_mul(ELEMENT))
    }

    fn table_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.take_back();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_and_tables_are_added_up_and_failures_taken_back() {
        let mut memory = Memory::default();
        for (current, desired) in [(0, 100), (0, 10), (100, 150)] {
            assert!(memory.memory_growing(current, desired, None).unwrap());
        }
        assert!(memory.table_growing(0, 2, None).unwrap());
        assert_eq!(memory.used(), 160 + 2 * ELEMENT);
        assert!(memory.memory_growing(150, 1000, Some(200)).unwrap());
        memory
            .memory_grow_failed(wasmtime::Error::msg("no memory"))
            .unwrap();
        assert_eq!(memory.used(), 160 + 2 * ELEMENT);
    }
}
