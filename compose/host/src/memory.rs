//! Counting the memory of a run, and ending a run that would have more than its limit.

use interpose_policy::model::{Bytes, Limit};
use wasmtime::ResourceLimiter;

use crate::exceeded::Exceeded;

/// Counts the memory of all instances of a store, and ends what would have more than its limit.
#[derive(Default)]
pub(crate) struct Memory {
    /// The limit, if there is one.
    pub(crate) limit: Option<Limit<Bytes>>,
    used: u64,
    /// What was counted last, and is taken back if there is no memory after all.
    last: u64,
}

impl Memory {
    /// Bytes that all memories and tables have. They only grow, so they never had more.
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

/// Bytes that an element of a table takes, as the documentation of [`ResourceLimiter::table_growing`] says.
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
