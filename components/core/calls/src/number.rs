//! How events are put together: numbers of variable length, seven bits a byte, the lowest first (LEB128), and texts.

use alloc::vec::Vec;

use crate::event::Tag;

/// Writes a number.
pub fn write(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Reads a number at the beginning of `bytes` and removes it from there; `None` if there is none, or none of 64 bits.
pub fn read(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7f);
        if bits << shift >> shift != bits {
            return None;
        }
        number |= bits << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// Begins an event in the place of another one.
pub fn begin(event: &mut Vec<u8>, tag: Tag, index: u32) {
    event.clear();
    event.push(tag as u8);
    write(event, index.into());
}

/// Removes the first of several events that have their lengths in front; `None` if there is none.
pub fn next<'a>(events: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(read(events)?).ok()?;
    take(events, length)
}

/// Takes so many bytes from the beginning; `None` if there are fewer.
pub fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

/// A number that is small for integers near zero, on both of its sides.
pub fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

/// The integer of such a number.
pub fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

/// A hash of bytes (FNV-1a, eight bytes at a time), by which what was not kept can be compared. Nobody is expected to
/// look for collisions.
pub fn hash(bytes: &[u8]) -> u64 {
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let mut hash = 0xcbf2_9ce4_8422_2325 ^ bytes.len() as u64;
    for chunk in bytes.chunks(8) {
        let mut number = [0; 8];
        number[..chunk.len()].copy_from_slice(chunk);
        hash = (hash ^ u64::from_le_bytes(number)).wrapping_mul(PRIME);
        hash ^= hash >> 32;
    }
    hash
}
