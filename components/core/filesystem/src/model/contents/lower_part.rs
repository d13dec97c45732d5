//! The part of a file's contents that is still in the lower layer.

use super::chunk::CHUNK_U64;
use crate::{
    Error,
    model::{quota::Quota, ranges::Ranges},
};

/// The number of bytes that each run of chunks of this layer, except a file's first run, counts against the quota.
/// Holes between chunks of the lower layer store nothing, but their places take memory.
pub(super) const RUN_CHARGE: u64 = 64;

/// Which bytes of a file are read from the lower layer. Each chunk belongs either to the lower layer, up to `extent`,
/// or to this layer, where it is stored or a hole.
#[derive(Clone, Debug)]
pub(super) struct LowerPart {
    /// Where the lower layer's bytes end: at the size of the lower file, or at the smallest size that the file has had
    /// since. Never 0.
    pub(super) extent: u64,
    /// The numbers of the chunks before `extent` that belong to this layer.
    pub(super) taken: Ranges,
}

impl LowerPart {
    /// Whether the chunk of this number belongs to the lower layer.
    pub(super) fn holds(&self, number: u64) -> bool {
        number
            .checked_mul(CHUNK_U64)
            .is_some_and(|start| start < self.extent)
            && !self.taken.contains(number)
    }

    /// Where the bytes of a chunk that belongs to the lower layer begin and end.
    pub(super) fn bounds(&self, number: u64) -> (u64, u64) {
        let start = number * CHUNK_U64;
        (start, self.extent.min(start.saturating_add(CHUNK_U64)))
    }

    /// The number of bytes that `taken` counts against the quota.
    pub(super) fn charge(&self) -> u64 {
        self.taken.count().saturating_sub(1) * RUN_CHARGE
    }

    /// Gives the chunks from `first` up to `end` to this layer, if the quota allows that.
    pub(super) fn take(&mut self, first: u64, end: u64, quota: &mut Quota) -> Result<(), Error> {
        let before = self.charge();
        if self.taken.count() > 0 && !self.taken.meets(first, end) {
            quota.take_bytes(RUN_CHARGE)?;
        }
        self.taken.insert(first, end);
        // Runs that now touch count as one.
        quota.return_bytes(before.saturating_sub(self.charge()));
        Ok(())
    }
}

/// Bytes of a file in the lower layer, lent to the reader of the file.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LowerBytes<'a> {
    /// The offset of the first byte in the file.
    pub(crate) offset: u64,
    pub(crate) bytes: &'a [u8],
}

impl<'a> LowerBytes<'a> {
    /// The bytes from `start` up to `end`, as far as they were lent.
    pub(super) fn between(self, start: u64, end: u64) -> &'a [u8] {
        let place = |offset: u64| {
            let place = usize::try_from(offset.saturating_sub(self.offset)).unwrap_or(usize::MAX);
            place.min(self.bytes.len())
        };
        &self.bytes[place(start)..place(end)]
    }
}
