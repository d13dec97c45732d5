//! The memory of the probe, by address.

use interpose_calls::Memory;

use crate::arena;

/// The memory of this module.
pub struct Own;

impl Memory for Own {
    fn bytes(&self, at: u32, length: u32) -> &[u8] {
        bytes(at, length)
    }

    fn set(&mut self, at: u32, bytes: &[u8]) {
        // SAFETY: the place is in the frame, the result area or the arena, see `Memory`, and `bytes` is in none of them.
        unsafe { (at as *mut u8).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) }
    }

    fn allocate(&mut self, size: u32, alignment: u32) -> u32 {
        arena::allocate(size, alignment)
    }
}

/// The bytes at an address.
pub fn bytes(at: u32, length: u32) -> &'static [u8] {
    if length == 0 {
        // The address of an empty list may be any.
        return &[];
    }
    // SAFETY: whoever calls this has the address from the canonical ABI or from the tool, which wrote the bytes there.
    unsafe { std::slice::from_raw_parts(at as *const u8, length as usize) }
}
