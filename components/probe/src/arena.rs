//! Room for the arguments and results of one call, which is free again when the call is over.

use std::cell::RefCell;
use std::mem::MaybeUninit;

/// How much room is kept for the next call.
const KEPT: usize = 1 << 20;

/// How much room there is at first.
const FIRST: usize = 4 << 10;

struct Arena {
    chunks: Vec<Box<[MaybeUninit<u64>]>>,
    /// How many bytes of the last chunk are used.
    used: usize,
}

thread_local! {
    static ARENA: RefCell<Arena> = const { RefCell::new(Arena { chunks: Vec::new(), used: 0 }) };
}

/// Gives room of this size. No alignment of the canonical ABI is greater than 8.
pub fn allocate(size: u32, alignment: u32) -> u32 {
    ARENA.with_borrow_mut(|arena| {
        let (size, alignment) = (size as usize, alignment.clamp(1, 8) as usize);
        let start = arena.used.next_multiple_of(alignment);
        let (start, chunk) = match arena.chunks.last_mut() {
            Some(chunk) if start + size <= size_of_val::<[_]>(chunk) => (start, chunk),
            _ => {
                let length = size.max(FIRST).max(2 * arena.used).div_ceil(8);
                arena.chunks.push(Box::new_uninit_slice(length));
                let Some(chunk) = arena.chunks.last_mut() else {
                    unreachable!("one was added");
                };
                (0, chunk)
            }
        };
        arena.used = start + size;
        chunk.as_mut_ptr() as u32 + start as u32
    })
}

/// Gives more room for what lies somewhere already.
pub fn reallocate(old: u32, old_size: u32, alignment: u32, size: u32) -> u32 {
    let new = allocate(size, alignment);
    let kept = old_size.min(size) as usize;
    if kept > 0 {
        // SAFETY: the canonical ABI calls this with room that it got here, and the new room is apart from it.
        unsafe { (new as *mut u8).copy_from_nonoverlapping(old as *const u8, kept) }
    }
    new
}

/// Frees all room.
pub fn reset() {
    ARENA.with_borrow_mut(|arena| {
        arena.used = 0;
        if arena.chunks.len() > 1 {
            let last = arena.chunks.pop();
            arena.chunks.clear();
            arena.chunks.extend(last);
        }
        if let Some([chunk]) = arena.chunks.get(..1)
            && size_of_val::<[_]>(chunk) > KEPT
        {
            arena.chunks.clear();
        }
    });
}
