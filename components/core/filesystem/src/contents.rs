//! The contents of a file.

use alloc::{collections::BTreeMap, vec::Vec};

use crate::{Error, quota::Quota};

/// The largest size of a file: the largest offset that POSIX `off_t` expresses.
pub(crate) const MAX_SIZE: u64 = i64::MAX as u64;

/// How many bytes of a file are stored together. Writing to a hole stores the zeroes before it in the chunk too, so
/// larger chunks make sparse files dearer and smaller ones large files slower.
const CHUNK: usize = 16 * 1024;
const CHUNK_U64: u64 = CHUNK as u64;

/// What each chunk but a file's first counts at least against the quota. Without it, a file with one byte in every
/// chunk would need many times the memory that it counts.
const MINIMUM_CHARGE: u64 = 4096;

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

impl Contents {
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// What the contents count against the quota.
    pub(crate) fn stored(&self) -> u64 {
        let others: u64 = self
            .others
            .iter()
            .map(|(&number, chunk)| charge(number, chunk.len()))
            .sum();
        charge(0, self.first.len()) + others
    }

    fn chunk(&self, number: u64) -> &[u8] {
        if number == 0 {
            &self.first
        } else {
            self.others.get(&number).map_or(&[], Vec::as_slice)
        }
    }

    /// The bytes from `offset`, as many as asked for or as there are.
    pub(crate) fn read(&self, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
        let length = length.min(self.size.saturating_sub(offset));
        let length = usize::try_from(length).map_err(|_| Error::InsufficientMemory)?;
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact(length)
            .map_err(|_| Error::InsufficientMemory)?;
        while bytes.len() < length {
            let (number, start) = locate(offset + bytes.len() as u64);
            let end = CHUNK.min(start + (length - bytes.len()));
            let chunk = self.chunk(number);
            let stored = &chunk[start.min(chunk.len())..end.min(chunk.len())];
            bytes.extend_from_slice(stored);
            bytes.resize(bytes.len() + (end - start - stored.len()), 0);
        }
        Ok(bytes)
    }

    /// Writes `bytes` at `offset`, as many as the quota and the memory allow, and says how many. `offset` plus their
    /// number must not exceed [`MAX_SIZE`].
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

    /// Writes into one chunk, as many bytes as the quota allows, which are at least one.
    fn write_chunk(
        &mut self,
        number: u64,
        start: usize,
        bytes: &[u8],
        quota: &mut Quota,
    ) -> Result<usize, Error> {
        let held = self.chunk(number).len();
        let before = charge(number, held);
        let mut end = start + bytes.len();
        if charge(number, end.max(held)) - before > quota.bytes_left() {
            let affordable = before.saturating_add(quota.bytes_left());
            if affordable < charge(number, start + 1) {
                return Err(Error::InsufficientSpace);
            }
            // Not all of the chunk can be afforded, so this is less than its length.
            end = affordable as usize;
        }
        let bytes = &bytes[..end - start];
        let chunk = if number == 0 {
            &mut self.first
        } else {
            self.others.entry(number).or_default()
        };
        if chunk.try_reserve(end.saturating_sub(held)).is_err() {
            if held == 0 {
                self.others.remove(&number);
            }
            return Err(Error::InsufficientMemory);
        }
        quota.take_bytes(charge(number, end.max(held)) - before)?;
        if held < start {
            chunk.resize(start, 0);
        }
        let overwritten = chunk.len().min(end) - start;
        chunk[start..start + overwritten].copy_from_slice(&bytes[..overwritten]);
        chunk.extend_from_slice(&bytes[overwritten..]);
        Ok(bytes.len())
    }

    /// Makes `length` bytes at `offset` zero without storing any, and the file as large as that needs. `offset` plus
    /// `length` must not exceed [`MAX_SIZE`].
    pub(crate) fn write_zeroes(&mut self, offset: u64, length: u64, quota: &mut Quota) {
        let end = offset + length;
        self.clear(offset, end, quota);
        if length > 0 {
            self.size = self.size.max(end);
        }
    }

    /// Makes the file this large: cuts off what is beyond, or adds a hole. `size` must not exceed [`MAX_SIZE`].
    pub(crate) fn set_size(&mut self, size: u64, quota: &mut Quota) {
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

    /// The first offset from `offset` on whose byte is stored.
    pub(crate) fn next_stored(&self, offset: u64) -> Option<u64> {
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
