//! One chunk of a file.

use alloc::vec::Vec;

use crate::{Error, model::quota::Quota};

/// How many bytes of a file are stored together. Writing to a hole stores the zeroes before it in the chunk too, so
/// larger chunks make sparse files larger, and smaller chunks make large files slower.
pub(super) const CHUNK: usize = 16 * 1024;
pub(super) const CHUNK_U64: u64 = CHUNK as u64;

/// The least number of bytes that each chunk except a file's first counts against the quota. Without this minimum, a
/// file with one byte in every chunk would need many times the memory that it counts.
pub(super) const MINIMUM_CHARGE: u64 = 4096;

/// The number of bytes that a chunk of this length counts against the quota.
pub(super) fn charge(number: u64, length: usize) -> u64 {
    let length = length as u64;
    if number == 0 || length == 0 {
        length
    } else {
        length.max(MINIMUM_CHARGE)
    }
}

/// The number of the chunk that holds the byte at `offset`, and the byte's place there.
pub(super) fn locate(offset: u64) -> (u64, usize) {
    (offset / CHUNK_U64, (offset % CHUNK_U64) as usize)
}

/// Makes the bytes from `start` up to `end` of a chunk zero, and stores none of them if they are the chunk's last.
/// Returns the freed bytes to the quota.
pub(super) fn clear(number: u64, chunk: &mut Vec<u8>, start: usize, end: usize, quota: &mut Quota) {
    let before = charge(number, chunk.len());
    if start >= chunk.len() {
        return;
    }
    if end < chunk.len() {
        chunk[start..end].fill(0);
        return;
    }
    chunk.truncate(start);
    // Without this, a guest could hold memory that the quota does not count.
    chunk.shrink_to(start);
    quota.return_bytes(before - charge(number, chunk.len()));
}

/// Stores all of these bytes in an empty chunk, or none.
pub(super) fn write_whole(
    number: u64,
    chunk: &mut Vec<u8>,
    bytes: &[u8],
    quota: &mut Quota,
) -> Result<(), Error> {
    if charge(number, bytes.len()) > quota.bytes_left() {
        return Err(Error::InsufficientSpace);
    }
    if !bytes.is_empty() {
        write(number, chunk, 0, bytes, quota)?;
    }
    Ok(())
}

/// Writes as many bytes into a chunk from `start` as the quota allows, at least one, and returns how many.
pub(super) fn write(
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
        // The quota cannot pay for the whole chunk, so this is less than its length.
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
