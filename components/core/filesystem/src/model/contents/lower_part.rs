//! What a file has in the lower layer.

use super::chunk::CHUNK_U64;
use crate::{
    Error,
    model::{quota::Quota, ranges::Ranges},
};

/// What each run of chunks that are this layer's, but a file's first run, counts against the quota. Holes between chunks of
/// the lower layer store nothing, but have to be remembered.
pub(super) const RUN_CHARGE: u64 = 64;

/// Which bytes of a file are those of the file in the lower layer. A chunk is either altogether the lower layer's, as
/// far as `extent`, or altogether this layer's, be it stored or a hole.
#[derive(Debug)]
pub(super) struct LowerPart {
    /// Where the lower layer's bytes end: its size, or the smallest that the file had since. Never 0.
    pub(super) extent: u64,
    /// The numbers of the chunks before `extent` that are this layer's.
    pub(super) taken: Ranges,
}

impl LowerPart {
    /// Whether the chunk of this number is the lower layer's.
    pub(super) fn holds(&self, number: u64) -> bool {
        number
            .checked_mul(CHUNK_U64)
            .is_some_and(|start| start < self.extent)
            && !self.taken.contains(number)
    }

    /// Where the lower layer's bytes of this chunk, which it holds, begin and end.
    pub(super) fn bounds(&self, number: u64) -> (u64, u64) {
        let start = number * CHUNK_U64;
        (start, self.extent.min(start.saturating_add(CHUNK_U64)))
    }

    /// What `taken` counts against the quota.
    pub(super) fn charge(&self) -> u64 {
        self.taken.count().saturating_sub(1) * RUN_CHARGE
    }

    /// Makes the chunks from `first` up to `end` this layer's, if the quota allows that.
    pub(super) fn take(&mut self, first: u64, end: u64, quota: &mut Quota) -> Result<(), Error> {
        let before = self.charge();
        if self.taken.count() > 0 && !self.taken.meets(first, end) {
            quota.take_bytes(RUN_CHARGE)?;
        }
        self.taken.insert(first, end);
        // Runs that have met are one.
        quota.return_bytes(before.saturating_sub(self.charge()));
        Ok(())
    }
}

/// Bytes of a file in the lower layer, lent to whoever reads it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LowerBytes<'a> {
    /// Where they begin in the file.
    pub(crate) offset: u64,
    pub(crate) bytes: &'a [u8],
}

impl<'a> LowerBytes<'a> {
    /// Those from `start` up to `end`, which are there.
    pub(super) fn between(self, start: u64, end: u64) -> &'a [u8] {
        let place = |offset: u64| {
            let place = usize::try_from(offset.saturating_sub(self.offset)).unwrap_or(usize::MAX);
            place.min(self.bytes.len())
        };
        &self.bytes[place(start)..place(end)]
    }
}
