//! The contents of a file.

mod chunk;
pub(crate) mod lower_part;
#[cfg(test)]
mod tests;

use alloc::{
    collections::{BTreeMap, btree_map::Entry},
    vec::Vec,
};

use self::{
    chunk::{CHUNK, CHUNK_U64, charge, locate},
    lower_part::{LowerBytes, LowerPart},
};
use crate::{
    Error,
    model::{of_overlay::OfOverlay, quota::Quota, ranges::Ranges},
};

/// The largest offset that POSIX `off_t` expresses. No file ends beyond this offset.
pub(crate) const MAX_OFFSET: u64 = i64::MAX as u64;

/// How large a file may be made: 16 TiB less a block, as on ext4 with blocks of 4 KiB, the most usual file system of
/// Linux. Other file systems have other limits, but a program should not rely on any of them.
pub(crate) const MAX_SIZE: u64 = ((1 << 32) - 1) * 4096;

/// The contents of a file, stored in chunks. Each chunk is allocated up to its last written byte, and bytes that are
/// not stored read as zeroes. The cost of an operation depends on the bytes that it touches, not on the size of the
/// file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contents {
    size: u64,
    /// Chunk 0, stored apart from the others so that a small file needs one allocation.
    first: Vec<u8>,
    /// The other chunks by number: the byte at `offset` is in chunk `offset / CHUNK`. No chunk is empty, and none
    /// reaches beyond `size`.
    others: BTreeMap<u64, Vec<u8>>,
    /// The part of the contents that is still read from the lower layer, if there is one.
    lower: OfOverlay<LowerPart>,
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

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// How large the file may become: [`MAX_SIZE`], or its size if a file of the lower layer is larger already.
    pub(crate) fn limit(&self) -> u64 {
        self.size.max(MAX_SIZE)
    }

    /// The number of bytes that the contents count against the quota.
    pub(crate) fn stored(&self) -> u64 {
        let others: u64 = self
            .others
            .iter()
            .map(|(&number, chunk)| charge(number, chunk.len()))
            .sum();
        let runs = self.lower.get().map_or(0, LowerPart::charge);
        charge(0, self.first.len()) + others + runs
    }

    fn chunk(&self, number: u64) -> &[u8] {
        if number == 0 {
            &self.first
        } else {
            self.others.get(&number).map_or(&[], Vec::as_slice)
        }
    }

    /// At most `length` bytes from `offset`, fewer only at the end of the file. `lent` holds the bytes that
    /// [`Contents::lower_span`] tells.
    pub(crate) fn read(
        &self,
        offset: u64,
        length: u64,
        lent: LowerBytes<'_>,
    ) -> Result<Vec<u8>, Error> {
        let length = length.min(self.size.saturating_sub(offset));
        let length = usize::try_from(length).map_err(|_| Error::InsufficientMemory)?;
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact(length)
            .map_err(|_| Error::InsufficientMemory)?;
        while bytes.len() < length {
            let (number, start) = locate(offset + bytes.len() as u64);
            let end = CHUNK.min(start + (length - bytes.len()));
            let stored = match self.lower.get() {
                Some(lower) if lower.holds(number) => {
                    let at = offset + bytes.len() as u64;
                    let until = lower.extent.min(at + (end - start) as u64);
                    lent.between(at, until.max(at))
                }
                _ => {
                    let chunk = self.chunk(number);
                    &chunk[start.min(chunk.len())..end.min(chunk.len())]
                }
            };
            bytes.extend_from_slice(stored);
            bytes.resize(bytes.len() + (end - start - stored.len()), 0);
        }
        Ok(bytes)
    }

    /// Writes as many of `bytes` at `offset` as the quota and the memory allow, and returns how many. `offset` plus
    /// their number must not exceed [`MAX_OFFSET`], and [`Contents::lower_chunk_to_keep`] must return `None` for them.
    pub(crate) fn write(
        &mut self,
        offset: u64,
        bytes: &[u8],
        quota: &mut Quota,
    ) -> Result<u64, Error> {
        let mut written = 0;
        while written < bytes.len() {
            let rest = &bytes[written..];
            let (number, start) = locate(offset + written as u64);
            let wanted = rest.len().min(CHUNK - start);
            match self.write_chunk(number, start, &rest[..wanted], quota) {
                Ok(count) => {
                    written += count;
                    if count < wanted {
                        break;
                    }
                }
                Err(error) if written == 0 => return Err(error),
                Err(_) => break,
            }
        }
        let written = written as u64;
        if written > 0 {
            self.size = self.size.max(offset + written);
        }
        Ok(written)
    }

    /// [`chunk::write`] for the chunk of this number, which may not exist yet.
    fn write_chunk(
        &mut self,
        number: u64,
        start: usize,
        bytes: &[u8],
        quota: &mut Quota,
    ) -> Result<usize, Error> {
        if self.is_lower(number) {
            return self.replace_lower_chunk(number, bytes, quota);
        }
        if number == 0 {
            return chunk::write(number, &mut self.first, start, bytes, quota);
        }
        match self.others.entry(number) {
            Entry::Occupied(chunk) => chunk::write(number, chunk.into_mut(), start, bytes, quota),
            Entry::Vacant(place) => {
                let mut chunk = Vec::new();
                let written = chunk::write(number, &mut chunk, start, bytes, quota)?;
                place.insert(chunk);
                Ok(written)
            }
        }
    }

    /// Makes `length` bytes at `offset` zero without storing any, and enlarges the file if they end beyond its end.
    /// `offset` plus `length` must not exceed [`MAX_OFFSET`], and [`Contents::lower_chunk_to_keep`] must return `None`
    /// for them. Where zeroes replace bytes of the lower layer, the quota must have room for a record of the replaced
    /// chunks.
    pub(crate) fn write_zeroes(
        &mut self,
        offset: u64,
        length: u64,
        quota: &mut Quota,
    ) -> Result<(), Error> {
        let end = offset + length;
        if let Some(lower) = self.lower.get_mut() {
            let end = end.min(lower.extent);
            if offset < end {
                // The chunks at the ends that keep some of their bytes belong to this layer already.
                lower.take(locate(offset).0, locate(end - 1).0 + 1, quota)?;
            }
        }
        self.clear(offset, end, quota);
        if length > 0 {
            self.size = self.size.max(end);
        }
        Ok(())
    }

    /// Makes the file `size` bytes large: cuts it off there, or adds a hole. `size` must not exceed [`MAX_OFFSET`].
    pub(crate) fn set_size(&mut self, size: u64, quota: &mut Quota) {
        if let Some(lower) = self.lower.get_mut() {
            let before = lower.charge();
            lower.extent = lower.extent.min(size);
            lower.taken.truncate(lower.extent.div_ceil(CHUNK_U64));
            quota.return_bytes(before - lower.charge());
            if size == 0 {
                self.lower = OfOverlay::none();
            }
        }
        self.clear(size, self.size, quota);
        self.size = size;
    }

    /// Makes the bytes from `offset` up to `end` zero, and stores none of them at the end of a chunk.
    fn clear(&mut self, offset: u64, end: u64, quota: &mut Quota) {
        if offset >= end {
            return;
        }
        let (first, start) = locate(offset);
        // The last byte is located, not `end`, because `end` may be the end of a chunk.
        let (last, last_start) = locate(end - 1);
        let start_in = |number| if number == first { start } else { 0 };
        let end_in = |number| {
            if number == last {
                last_start + 1
            } else {
                CHUNK
            }
        };
        if first == 0 {
            chunk::clear(0, &mut self.first, start, end_in(0), quota);
        }
        let cleared = self
            .others
            .extract_if(first.max(1)..=last.max(1), |&number, chunk| {
                if number <= last {
                    chunk::clear(number, chunk, start_in(number), end_in(number), quota);
                }
                chunk.is_empty()
            });
        cleared.for_each(drop);
    }

    /// The first offset from `offset` on whose byte is stored in this layer or in the lower layer.
    pub(crate) fn next_stored(&self, offset: u64) -> Option<u64> {
        let below = self.lower_span(offset, u64::MAX).map(|(start, _)| start);
        match (below, self.next_stored_here(offset)) {
            (Some(below), Some(here)) => Some(below.min(here)),
            (below, here) => below.or(here),
        }
    }

    fn next_stored_here(&self, offset: u64) -> Option<u64> {
        let (number, start) = locate(offset);
        if number == 0 && start < self.first.len() {
            return Some(offset);
        }
        self.others.range(number..).find_map(|(&found, chunk)| {
            let start = if found == number { start } else { 0 };
            (start < chunk.len()).then(|| found * CHUNK_U64 + start as u64)
        })
    }

    /// How many bytes from `offset` on are in the same chunk.
    pub(crate) fn same_chunk(offset: u64) -> u64 {
        CHUNK_U64 - offset % CHUNK_U64
    }

    /// Where the lower layer's bytes end; 0 if there are none.
    pub(crate) fn lower_extent(&self) -> u64 {
        self.lower.get().map_or(0, |lower| lower.extent)
    }

    fn is_lower(&self, number: u64) -> bool {
        self.lower.get().is_some_and(|lower| lower.holds(number))
    }

    /// The span from the first to the last of the lower layer's bytes among `length` bytes at `offset`.
    /// [`Contents::read`] must be lent these bytes.
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

    /// The number, start and end of a chunk that [`Contents::take_chunk`] must bring into memory before the bytes from
    /// `offset` up to `end` can be replaced: a chunk of the lower layer that keeps some of its bytes.
    pub(crate) fn lower_chunk_to_keep(&self, offset: u64, end: u64) -> Option<(u64, u64, u64)> {
        let lower = self.lower.get().filter(|_| offset < end)?;
        // All chunks between these two are replaced as a whole.
        let ends = [locate(offset).0, locate(end - 1).0];
        let mut kept = ends.into_iter().filter_map(|number| {
            let (start, lower_end) = lower.holds(number).then(|| lower.bounds(number))?;
            (offset > start || end < lower_end).then_some((number, start, lower_end))
        });
        kept.next()
    }

    /// Copies a chunk of the lower layer to this layer.
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

    /// Replaces a whole chunk of the lower layer, or nothing: after a partial write, the rest of the chunk would be
    /// lost.
    fn replace_lower_chunk(
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

    /// Returns the first violated invariant as an error.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        if self.size > MAX_OFFSET {
            return Err("a file is too large");
        }
        if self.first.len() > CHUNK || self.first.len() as u64 > self.size {
            return Err("a file's first chunk is too long");
        }
        if let Some(lower) = self.lower.get() {
            if lower.extent == 0 || lower.extent > self.size {
                return Err("a file's lower layer ends in the wrong place");
            }
            let stored = self.others.keys().copied();
            let first = (!self.first.is_empty()).then_some(0);
            if stored.chain(first).any(|number| lower.holds(number)) {
                return Err("a chunk is in both layers");
            }
        }
        for (&number, chunk) in &self.others {
            if number == 0 || chunk.is_empty() || chunk.len() > CHUNK {
                return Err("a chunk has the wrong number or length");
            }
            if number * CHUNK_U64 + chunk.len() as u64 > self.size {
                return Err("a chunk reaches beyond its file");
            }
        }
        Ok(())
    }
}

// The declaration stands here so that the lines above keep their numbers, which the adapters' panic messages contain: a
// build without the feature has the same bytes as before.
#[cfg(feature = "crash")]
pub(crate) mod parts;
