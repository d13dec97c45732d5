//! How much memory a component takes.

use wasmtime::ResourceLimiter;

/// The linear memories of a component, its adapters included, added up. Memories only grow, so what they have now is the
/// most that they ever had.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    bytes: usize,
    /// By how much the last request would have them grow: it is taken back if the machine does not have that.
    last: usize,
}

impl Meter {
    /// Bytes.
    pub(crate) fn bytes(&self) -> u64 {
        u64::try_from(self.bytes).unwrap_or(u64::MAX)
    }
}

/// Limits nothing.
impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.last = desired.saturating_sub(current);
        self.bytes = self.bytes.saturating_add(self.last);
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.bytes = self.bytes.saturating_sub(std::mem::take(&mut self.last));
        Ok(())
    }

    fn table_growing(
        &mut self,
        _current: usize,
        _desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_are_added_up_and_failures_taken_back() {
        let mut meter = Meter::default();
        for (current, desired) in [(0, 100), (0, 10), (100, 150)] {
            assert!(meter.memory_growing(current, desired, None).unwrap());
        }
        assert_eq!(meter.bytes(), 160);
        assert!(meter.memory_growing(150, 1000, Some(200)).unwrap());
        meter
            .memory_grow_failed(wasmtime::Error::msg("no memory"))
            .unwrap();
        assert_eq!(meter.bytes(), 160);
    }
}
