//! The contents of a file.

use alloc::{
    collections::{BTreeMap, btree_map::Entry},
    vec::Vec,
};

use crate::{Error, lower::OfOverlay, quota::Quota, ranges::Ranges};

/// The largest size of a file: the largest offset that POSIX `off_t` expresses.
pub(crate) const MAX_SIZE: u64 = i64::MAX as u64;

/// How many bytes of a file are stored together. Writing to a hole stores the zeroes before it in the chunk too, so
/// larger chunks make sparse files dearer and smaller ones large files slower.
const CHUNK: usize = 16 * 1024;
const CHUNK_U64: u64 = CHUNK as u64;

/// What each chunk but a file's first counts at least against the quota. Without it, a file with one byte in every
/// chunk would need many times the memory that it counts.
const MINIMUM_CHARGE: u64 = 4096;

/// What each run of chunks that are this layer's, but a file's first run, counts against the quota. Holes between chunks of
/// the lower layer store nothing, but have to be remembered.
const RUN_CHARGE: u64 = 64;

/// The contents of a file, stored in chunks of which each is allocated as far as it was written. What is not stored
/// reads as zeroes. Every operation costs what it touches, whatever the size.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    size: u64,
    /// Chunk 0, apart from the others so that a small file needs one allocation.
    first: Vec<u8>,
    /// The other chunks by number: the byte at `offset` is in chunk `offset / CHUNK`. None is empty, none reaches
    /// beyond `size`.
    others: BTreeMap<u64, Vec<u8>>,
    /// What is still to be read from the lower layer, if anything is.
    lower: OfOverlay<LowerPart>,
}

/// Which bytes of a file are those of the file in the lower layer. A chunk is either altogether the lower layer's, as
/// far as `extent`, or altogether this layer's, be it stored or a hole.
#[derive(Debug)]
struct LowerPart {
    /// Where the lower layer's bytes end: its size, or the smallest that the file had since. Never 0.
    extent: u64,
    /// The numbers of the chunks before `extent` that are this layer's.
    taken: Ranges,
}

impl LowerPart {
    /// Whether the chunk of this number is the lower layer's.
    fn holds(&self, number: u64) -> bool {
        number
            .checked_mul(CHUNK_U64)
            .is_some_and(|start| start < self.extent)
            && !self.taken.contains(number)
    }

    /// Where the lower layer's bytes of this chunk, which it holds, begin and end.
    fn bounds(&self, number: u64) -> (u64, u64) {
        let start = number * CHUNK_U64;
        (start, self.extent.min(start.saturating_add(CHUNK_U64)))
    }

    /// What `taken` counts against the quota.
    fn charge(&self) -> u64 {
        self.taken.count().saturating_sub(1) * RUN_CHARGE
    }

    /// Makes the chunks from `first` up to `end` this layer's, if the quota allows that.
    fn take(&mut self, first: u64, end: u64, quota: &mut Quota) -> Result<(), Error> {
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
    fn between(self, start: u64, end: u64) -> &'a [u8] {
        let place = |offset: u64| {
            let place = usize::try_from(offset.saturating_sub(self.offset)).unwrap_or(usize::MAX);
            place.min(self.bytes.len())
        };
        &self.bytes[place(start)..place(end)]
    }
}

/// What a chunk of this length counts against the quota.
fn charge(number: u64, length: usize) -> u64 {
    let length = length as u64;
    if number == 0 || length == 0 {
        length
    } else {
        length.max(MINIMUM_CHARGE)
    }
}

/// The number of the chunk that holds the byte at `offset`, and the byte's place there.
fn locate(offset: u64) -> (u64, usize) {
    (offset / CHUNK_U64, (offset % CHUNK_U64) as usize)
}

/// Makes the bytes from `start` up to `end` of a chunk zero, and stores none if they are its last. Gives back what
/// that frees.
fn clear(number: u64, chunk: &mut Vec<u8>, start: usize, end: usize, quota: &mut Quota) {
    let before = charge(number, chunk.len());
    if start >= chunk.len() {
        return;
    }
    if end < chunk.len() {
        chunk[start..end].fill(0);
        return;
    }
    chunk.truncate(start);
    // Else a guest could hold memory that the quota does not count.
    chunk.shrink_to(start);
    quota.return_bytes(before - charge(number, chunk.len()));
}

/// Makes an empty chunk hold these bytes, all or none.
fn write_chunk_whole(
    number: u64,
    chunk: &mut Vec<u8>,
    bytes: &[u8],
    quota: &mut Quota,
) -> Result<(), Error> {
    if charge(number, bytes.len()) > quota.bytes_left() {
        return Err(Error::InsufficientSpace);
    }
    if !bytes.is_empty() {
        write_chunk(number, chunk, 0, bytes, quota)?;
    }
    Ok(())
}

/// Writes into a chunk from `start`, as many bytes as the quota allows, which are at least one, and says how many.
fn write_chunk(
    number: u64,
    chunk: &mut Vec<u8>,
    start: usize,
    bytes: &[u8],
    quota: &mut Quota,
) -> Result<usize, Error> {
    let held = chunk.len();
    let before = charge(number, held);
    let mut end = start + bytes.len();
    let mut cost = charge(number, end.max(held)) - before;
    if cost > quota.bytes_left() {
        cost = quota.bytes_left();
        let affordable = before + cost;
        if affordable < charge(number, start + 1) {
            return Err(Error::InsufficientSpace);
        }
        // Not all of the chunk can be afforded, so this is less than its length.
        end = affordable as usize;
    }
    let bytes = &bytes[..end - start];
    chunk
        .try_reserve(end.saturating_sub(held))
        .map_err(|_| Error::InsufficientMemory)?;
    quota.take_bytes(cost)?;
    if held < start {
        chunk.resize(start, 0);
    }
    let overwritten = chunk.len().min(end) - start;
    chunk[start..start + overwritten].copy_from_slice(&bytes[..overwritten]);
    chunk.extend_from_slice(&bytes[overwritten..]);
    Ok(bytes.len())
}

impl Contents {
    /// The contents of a file of the lower layer that is `size` bytes long.
    pub(crate) fn of_lower(size: u64) -> Self {
        let size = size.min(MAX_SIZE);
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

    /// Where the lower layer's bytes end; 0 if there are none.
    pub(crate) fn lower_extent(&self) -> u64 {
        self.lower.get().map_or(0, |lower| lower.extent)
    }

    fn is_lower(&self, number: u64) -> bool {
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
        write_chunk_whole(number, &mut chunk, bytes, quota)?;
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

    /// What the contents count against the quota.
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

    /// The bytes from `offset`, as many as asked for or as there are. `lent` holds what [`Contents::lower_span`] tells.
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

    /// Writes `bytes` at `offset`, as many as the quota and the memory allow, and says how many. `offset` plus their
    /// number must not exceed [`MAX_SIZE`], and [`Contents::lower_chunk_to_keep`] must have none.
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

    /// [`write_chunk`] for the chunk of this number, which may not exist yet.
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
            return write_chunk(number, &mut self.first, start, bytes, quota);
        }
        match self.others.entry(number) {
            Entry::Occupied(chunk) => write_chunk(number, chunk.into_mut(), start, bytes, quota),
            Entry::Vacant(place) => {
                let mut chunk = Vec::new();
                let written = write_chunk(number, &mut chunk, start, bytes, quota)?;
                place.insert(chunk);
                Ok(written)
            }
        }
    }

    /// Writes all of the lower layer's bytes in a chunk at once: a part of them would leave the rest nowhere.
    fn replace_lower_chunk(
        &mut self,
        number: u64,
        bytes: &[u8],
        quota: &mut Quota,
    ) -> Result<usize, Error> {
        let mut chunk = Vec::new();
        write_chunk_whole(number, &mut chunk, bytes, quota)?;
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

    /// Makes `length` bytes at `offset` zero without storing any, and the file as large as that needs. `offset` plus
    /// `length` must not exceed [`MAX_SIZE`], and [`Contents::lower_chunk_to_keep`] must have none. Where the lower layer
    /// has bytes, the quota must allow to remember that they are none any more.
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
                // A chunk at either end that keeps some of its bytes is taken already.
                lower.take(locate(offset).0, locate(end - 1).0 + 1, quota)?;
            }
        }
        self.clear(offset, end, quota);
        if length > 0 {
            self.size = self.size.max(end);
        }
        Ok(())
    }

    /// Makes the file this large: cuts off what is beyond, or adds a hole. `size` must not exceed [`MAX_SIZE`].
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

    /// Makes the bytes from `offset` up to `end` zero, storing none where it can.
    fn clear(&mut self, offset: u64, end: u64, quota: &mut Quota) {
        if offset >= end {
            return;
        }
        let (first, start) = locate(offset);
        // Of the last byte, so that `end` may be the end of a chunk.
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
            clear(0, &mut self.first, start, end_in(0), quota);
        }
        let cleared = self
            .others
            .extract_if(first.max(1)..=last.max(1), |&number, chunk| {
                if number <= last {
                    clear(number, chunk, start_in(number), end_in(number), quota);
                }
                chunk.is_empty()
            });
        cleared.for_each(drop);
    }

    /// The first offset from `offset` on whose byte is stored, here or in the lower layer.
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

    /// Says which invariant does not hold.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        if self.size > MAX_SIZE {
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

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::{collection::vec as any_vec, prelude::*};

    use super::*;
    use crate::Limits;

    const NONE: LowerBytes<'_> = LowerBytes {
        offset: 0,
        bytes: &[],
    };

    fn quota(max_bytes: u64) -> Quota {
        Quota::new(Limits {
            max_bytes,
            max_entries: 0,
        })
    }

    #[test]
    fn a_small_file_stores_its_bytes_and_no_more() {
        let mut quota = quota(u64::MAX);
        let mut contents = Contents::default();
        assert_eq!(contents.write(0, b"0123456789", &mut quota), Ok(10));
        assert_eq!(contents.stored(), 10);
        assert!(contents.first.capacity() < 64);
        assert!(contents.others.is_empty());
    }

    #[test]
    fn holes_cost_nothing_whatever_their_size() {
        let mut quota = quota(u64::MAX);
        let mut contents = Contents::default();
        contents.set_size(MAX_SIZE, &mut quota);
        assert_eq!(contents.stored(), 0);
        assert_eq!(contents.write(MAX_SIZE - 1, b"x", &mut quota), Ok(1));
        assert!(contents.stored() <= CHUNK_U64);
        assert_eq!(
            contents.read(MAX_SIZE - 3, u64::MAX, NONE).unwrap(),
            b"\0\0x"
        );
        assert_eq!(
            contents.next_stored(1 << 40),
            Some(MAX_SIZE - MAX_SIZE % CHUNK_U64)
        );
        assert_eq!(contents.write_zeroes(0, MAX_SIZE, &mut quota), Ok(()));
        assert_eq!((contents.stored(), contents.size()), (0, MAX_SIZE));
        assert_eq!(contents.next_stored(0), None);
        assert_eq!(quota.usage().bytes, 0);
    }

    #[test]
    fn more_than_memory_holds_cannot_be_read_at_once() {
        let mut contents = Contents::default();
        contents.set_size(MAX_SIZE, &mut quota(0));
        assert_eq!(
            contents.read(0, u64::MAX, NONE),
            Err(Error::InsufficientMemory)
        );
    }

    #[test]
    fn what_was_cut_off_does_not_come_back() {
        let mut quota = quota(u64::MAX);
        let mut contents = Contents::default();
        contents.write(0, &[1; 3 * CHUNK], &mut quota).unwrap();
        contents.set_size(CHUNK_U64 + 10, &mut quota);
        assert_eq!(quota.usage().bytes, CHUNK_U64 + MINIMUM_CHARGE);
        contents.set_size(3 * CHUNK_U64, &mut quota);
        let mut expected = vec![1; CHUNK + 10];
        expected.resize(3 * CHUNK, 0);
        assert_eq!(contents.read(0, u64::MAX, NONE).unwrap(), expected);
        contents.set_size(0, &mut quota);
        assert_eq!(quota.usage().bytes, 0);
        assert_eq!(contents.first.capacity(), 0);
    }

    #[test]
    fn a_write_goes_as_far_as_the_quota() {
        let mut quota = quota(100);
        let mut contents = Contents::default();
        assert_eq!(contents.write(0, &[1; 200], &mut quota), Ok(100));
        assert_eq!(
            contents.write(100, b"x", &mut quota),
            Err(Error::InsufficientSpace)
        );
        assert_eq!(contents.write(0, &[2; 200], &mut quota), Ok(100));
        assert_eq!(contents.read(0, 1000, NONE).unwrap(), [2; 100]);
        contents.set_size(50, &mut quota);
        // The ten zeroes before the byte are stored too.
        assert_eq!(contents.write(60, &[3; 50], &mut quota), Ok(40));
        assert_eq!(contents.size(), 100);
        // A chunk that is not the first counts its minimum.
        assert_eq!(
            contents.write(CHUNK_U64, b"x", &mut quota),
            Err(Error::InsufficientSpace)
        );
        assert_eq!(contents.size(), 100);
    }

    #[test]
    fn a_limit_that_is_a_multiple_of_the_minimum_is_reached_exactly() {
        let mut quota = quota(1 << 20);
        let mut contents = Contents::default();
        assert_eq!(
            contents.write(0, &vec![1; 2 << 20], &mut quota),
            Ok(1 << 20)
        );
        assert_eq!(quota.bytes_left(), 0);
    }

    /// Holes in the lower layer store nothing, but memory holds where they are.
    #[cfg(feature = "overlay")]
    #[test]
    fn zeroes_among_lower_chunks_come_to_an_end() {
        let mut quota = quota(10 * RUN_CHARGE);
        let mut contents = Contents::of_lower(1 << 40);
        let mut zero = |contents: &mut Contents, number: u64| {
            let written = contents.write_zeroes(number * CHUNK_U64, CHUNK_U64, &mut quota);
            assert_eq!(contents.stored(), quota.usage().bytes);
            assert_eq!(contents.check(), Ok(()));
            written
        };
        for number in 0..=10 {
            assert_eq!(zero(&mut contents, 2 * number), Ok(()));
        }
        assert_eq!(zero(&mut contents, 100), Err(Error::InsufficientSpace));
        assert!(contents.is_lower(100));
        // Where two runs meet, there is room for another.
        assert_eq!(zero(&mut contents, 1), Ok(()));
        assert_eq!(zero(&mut contents, 100), Ok(()));
        assert_eq!(zero(&mut contents, 200), Err(Error::InsufficientSpace));
        contents.set_size(5 * CHUNK_U64, &mut quota);
        assert_eq!(contents.stored(), RUN_CHARGE);
        contents.set_size(0, &mut quota);
        assert_eq!((contents.stored(), quota.usage().bytes), (0, 0));
    }

    #[derive(Clone, Debug)]
    enum Operation {
        Write {
            offset: usize,
            length: usize,
            byte: u8,
        },
        WriteZeroes {
            offset: usize,
            length: usize,
        },
        SetSize {
            size: usize,
        },
    }

    fn operation() -> impl Strategy<Value = Operation> {
        let place = || {
            prop_oneof![
                0..5 * CHUNK,
                (0..5usize).prop_map(|number| number * CHUNK),
                0..100usize
            ]
        };
        prop_oneof![
            (place(), place(), 1..255u8).prop_map(|(offset, length, byte)| Operation::Write {
                offset,
                length,
                byte
            }),
            (place(), place())
                .prop_map(|(offset, length)| Operation::WriteZeroes { offset, length }),
            place().prop_map(|size| Operation::SetSize { size }),
        ]
    }

    /// Takes the chunks at either end of a change, and says up to where it can be made.
    fn take(
        contents: &mut Contents,
        offset: usize,
        end: usize,
        lent: LowerBytes<'_>,
        quota: &mut Quota,
    ) -> usize {
        while let Some((number, start, _)) = contents.lower_chunk_to_keep(offset as u64, end as u64)
        {
            if contents.take_chunk(number, lent, quota).is_err() {
                return offset.max(start as usize);
            }
        }
        end
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn does_what_a_vector_does(
            operations in any_vec(operation(), 1..20),
            max_bytes in prop_oneof![Just(u64::MAX), 0..100_000u64],
            lower in prop_oneof![Just(0), 0..5 * CHUNK, (0..5usize).prop_map(|number| number * CHUNK)],
        ) {
            let mut quota = quota(max_bytes);
            let lower = if cfg!(feature = "overlay") { lower } else { 0 };
            let below: Vec<u8> = (0..lower).map(|place| (place % 251) as u8 + 1).collect();
            let lent = LowerBytes { offset: 0, bytes: &below };
            let mut contents = Contents::of_lower(lower as u64);
            let mut model = below.clone();
            for operation in operations {
                match operation {
                    Operation::Write { offset, length, byte } => {
                        let end = take(&mut contents, offset, offset + length, lent, &mut quota);
                        let length = end - offset;
                        let written = match contents.write(offset as u64, &vec![byte; length], &mut quota) {
                            Ok(written) => written as usize,
                            Err(error) => {
                                prop_assert_eq!(error, Error::InsufficientSpace);
                                0
                            }
                        };
                        prop_assert!(written == length || max_bytes < u64::MAX);
                        if written > 0 {
                            model.resize(model.len().max(offset + written), 0);
                            model[offset..offset + written].fill(byte);
                        }
                    }
                    Operation::WriteZeroes { offset, length } => {
                        let end = take(&mut contents, offset, offset + length, lent, &mut quota);
                        if end < offset + length {
                            continue;
                        }
                        if contents.write_zeroes(offset as u64, length as u64, &mut quota).is_err() {
                            prop_assert!(max_bytes < u64::MAX);
                            continue;
                        }
                        if length > 0 {
                            model.resize(model.len().max(offset + length), 0);
                            model[offset..offset + length].fill(0);
                        }
                    }
                    Operation::SetSize { size } => {
                        contents.set_size(size as u64, &mut quota);
                        model.resize(size, 0);
                    }
                }
                prop_assert_eq!(contents.check(), Ok(()));
                prop_assert_eq!(contents.stored(), quota.usage().bytes);
                prop_assert!(quota.usage().bytes <= max_bytes);
                prop_assert_eq!(contents.size(), model.len() as u64);
                prop_assert!(contents.read(0, u64::MAX, lent).unwrap() == model);
                let start = model.len() / 3;
                let end = model.len().min(start + 20_000);
                // No more than is needed.
                let lent = match contents.lower_span(start as u64, 20_000) {
                    Some((first, last)) => LowerBytes {
                        offset: first,
                        bytes: &below[first as usize..last as usize],
                    },
                    None => NONE,
                };
                prop_assert!(contents.read(start as u64, 20_000, lent).unwrap() == model[start..end]);
                // Whatever is not zero is stored.
                let mut at = 0;
                while let Some(stored) = contents.next_stored(at) {
                    prop_assert!(model[at as usize..stored as usize].iter().all(|byte| *byte == 0));
                    at = stored + 1000;
                }
            }
        }
    }
}
