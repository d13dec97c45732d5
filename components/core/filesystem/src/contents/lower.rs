//! What a file has in the lower layer.

use alloc::vec::Vec;

use super::{
    Contents, MAX_OFFSET,
    chunk::{self, CHUNK_U64, charge, locate},
};
use crate::{
    Error,
    lower::OfOverlay,
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

impl Contents {
    /// The contents of a file of the lower layer that is `size` bytes long.
    pub(crate) fn of_lower(size: u64) -> Self {
        let size = size.min(MAX_OFFSET);
        let lower = (size > 0).then(|| LowerPart {
            extent: size,
            taken: Ranges::default(),
        });
        Self {
            size,
            lower: OfOverlay::from(lower),
            ..Self::default()
        }
    }

    /// Where the lower layer's bytes end; 0 if there are none.
    pub(crate) fn lower_extent(&self) -> u64 {
        self.lower.get().map_or(0, |lower| lower.extent)
    }

    pub(super) fn is_lower(&self, number: u64) -> bool {
        self.lower.get().is_some_and(|lower| lower.holds(number))
    }

    /// From the first to behind the last of the lower layer's bytes among `length` bytes at `offset`: what
    /// [`Contents::read`] must be lent to read these.
    pub(crate) fn lower_span(&self, offset: u64, length: u64) -> Option<(u64, u64)> {
        let lower = self.lower.get()?;
        let end = offset.saturating_add(length).min(lower.extent);
        if offset >= end {
            return None;
        }
        let first = lower.taken.next_gap(locate(offset).0);
        let last = lower.taken.last_gap(locate(end - 1).0)?;
        if first > last {
            return None;
        }
        let (start, _) = lower.bounds(first);
        let (_, last_end) = lower.bounds(last);
        Some((offset.max(start), end.min(last_end)))
    }

    /// The chunk, with where its bytes begin and end, that must be brought into memory by [`Contents::take_chunk`]
    /// before the bytes from `offset` up to `end` can be replaced: one that is the lower layer's and keeps some of its
    /// bytes.
    pub(crate) fn lower_chunk_to_keep(&self, offset: u64, end: u64) -> Option<(u64, u64, u64)> {
        let lower = self.lower.get().filter(|_| offset < end)?;
        // Whatever lies between these two is replaced as a whole.
        let ends = [locate(offset).0, locate(end - 1).0];
        let mut kept = ends.into_iter().filter_map(|number| {
            let (start, lower_end) = lower.holds(number).then(|| lower.bounds(number))?;
            (offset > start || end < lower_end).then_some((number, start, lower_end))
        });
        kept.next()
    }

    /// Stores a chunk with the bytes that it has in the lower layer.
    pub(crate) fn take_chunk(
        &mut self,
        number: u64,
        bytes: LowerBytes<'_>,
        quota: &mut Quota,
    ) -> Result<(), Error> {
        let Some(lower) = self.lower.get_mut().filter(|lower| lower.holds(number)) else {
            return Ok(());
        };
        let (start, end) = lower.bounds(number);
        let bytes = bytes.between(start, end);
        let mut chunk = Vec::new();
        chunk::write_whole(number, &mut chunk, bytes, quota)?;
        lower
            .take(number, number + 1, quota)
            .inspect_err(|_| quota.return_bytes(charge(number, chunk.len())))?;
        if number == 0 {
            self.first = chunk;
        } else if !chunk.is_empty() {
            self.others.insert(number, chunk);
        }
        Ok(())
    }

    /// Writes all of the lower layer's bytes in a chunk at once: a part of them would leave the rest nowhere.
    pub(super) fn replace_lower_chunk(
        &mut self,
        number: u64,
        bytes: &[u8],
        quota: &mut Quota,
    ) -> Result<usize, Error> {
        let mut chunk = Vec::new();
        chunk::write_whole(number, &mut chunk, bytes, quota)?;
        if let Some(lower) = self.lower.get_mut() {
            lower
                .take(number, number + 1, quota)
                .inspect_err(|_| quota.return_bytes(charge(number, chunk.len())))?;
        }
        if number == 0 {
            self.first = chunk;
        } else {
            self.others.insert(number, chunk);
        }
        Ok(bytes.len())
    }
}
