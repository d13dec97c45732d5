//! The memory to which the arguments of a call are copied: the function that the runtime asks for space, and the
//! allocator behind it.
//!
//! `unsafe` cannot be avoided here, because the canonical ABI and Rust define both as functions over raw memory.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System, alloc, dealloc, realloc};
use std::cell::Cell;
use std::ptr;

use super::{Budget, NEXT};
use crate::trap;

/// The smallest block of shared space, a page of WebAssembly's memory.
const MIN_BLOCK: usize = 64 * 1024;

/// More blocks than there can be, because each block is at least twice as large as the one before.
const MAX_BLOCKS: usize = 32;

/// Space that is given out several times.
#[derive(Clone, Copy)]
struct Block {
    start: *mut u8,
    size: usize,
}

const NO_BLOCK: Block = Block {
    start: ptr::null_mut(),
    size: 0,
};

thread_local! {
    /// How many elements of [`BLOCKS`] are in use.
    static COUNT: Cell<usize> = const { Cell::new(0) };
    /// Shared space. Texts and lists in it are dropped before the next call, which frees it.
    static BLOCKS: Cell<[Block; MAX_BLOCKS]> = const { Cell::new([NO_BLOCK; MAX_BLOCKS]) };
    /// The requests of lists of texts and the like. Their entries point to the texts, so these lists get no shared
    /// space.
    static STRUCTURES: Cell<Budget> = const { Cell::new(Budget::new()) };
}

/// The block in which an address lies.
fn block_of(address: *mut u8) -> Option<Block> {
    BLOCKS.get()[..COUNT.get()]
        .iter()
        .find(|block| (block.start..block.start.wrapping_add(block.size)).contains(&address))
        .copied()
}

/// Space that has been given out before, or will be given out again.
fn shared(size: usize) -> *mut u8 {
    let (count, mut blocks) = (COUNT.get(), BLOCKS.get());
    let last = blocks[..count].last().copied().unwrap_or(NO_BLOCK);
    if size <= last.size {
        return last.start;
    }
    // Each block is at least twice as large as the one before, so that texts of growing size take at most four times as
    // much as the largest of them.
    let size = size.max(last.size.saturating_mul(2)).max(MIN_BLOCK);
    let start = match Layout::from_size_align(size, 1) {
        // Safety: the size is not zero.
        Ok(layout) => unsafe { System.alloc(layout) },
        Err(_) => ptr::null_mut(),
    };
    if start.is_null() {
        trap!(an_argument_does_not_fit_into_memory);
    }
    blocks[count] = Block { start, size };
    BLOCKS.set(blocks);
    COUNT.set(count + 1);
    start
}

/// Frees the shared space of the previous call.
#[cold]
fn free_shared() {
    for block in &BLOCKS.get()[..COUNT.replace(0)] {
        // Safety: the block was allocated with this layout, and everything that pointed into it is gone.
        unsafe {
            System.dealloc(
                block.start,
                Layout::from_size_align_unchecked(block.size, 1),
            );
        }
    }
}

/// Gives the runtime space for a part of a call's arguments, as the canonical ABI says. The encoder of components takes
/// this function for arguments because of its name, and `cabi_realloc` for results of imports.
///
/// # Safety
/// `old` must be zero, or what this function returned for `old_size` bytes and the same alignment within the same call.
#[unsafe(no_mangle)]
unsafe extern "C" fn cabi_export_realloc(
    old: *mut u8,
    old_size: usize,
    align: usize,
    size: usize,
) -> *mut u8 {
    let (mut budget, fitted) = NEXT.get();
    if budget == Budget::new() {
        STRUCTURES.set(Budget::new());
        if COUNT.get() != 0 {
            free_shared();
        }
    }
    if size == 0 {
        if old_size != 0 {
            // Safety: the caller promises what is required of `old`; nothing in shared space is freed.
            unsafe { dealloc(old, Layout::from_size_align_unchecked(old_size, align)) };
        }
        return ptr::without_provenance_mut(align);
    }
    let fits = fitted
        & if old_size == 0 {
            budget.take(size)
        } else {
            budget.replace(old_size, size)
        };
    NEXT.set((budget, fits));
    // Only texts and lists of bytes are aligned to one byte, and nothing is read from them while the arguments are
    // built.
    if !fits && align == 1 {
        if old_size != 0 {
            // Safety: the caller promises what is required of `old`; nothing in shared space is freed.
            unsafe { dealloc(old, Layout::from_size_align_unchecked(old_size, align)) };
        }
        return shared(size);
    }
    if align > 1 {
        let mut structures = STRUCTURES.get();
        if !structures.take(size) {
            // No function of WASI has a list of lists that could become so large.
            trap!(the_lists_of_a_call_take_too_much_memory);
        }
        STRUCTURES.set(structures);
    }
    // Safety: the caller promises what is required of `old`; the size is not zero.
    let space = unsafe {
        if old_size == 0 {
            alloc(Layout::from_size_align_unchecked(size, align))
        } else {
            realloc(
                old,
                Layout::from_size_align_unchecked(old_size, align),
                size,
            )
        }
    };
    if space.is_null() {
        trap!(an_argument_does_not_fit_into_memory);
    }
    space
}

/// The system's allocator, except that it ignores requests to free shared space: the bindings build texts and lists in
/// the space that they were given, and free each of them.
struct Allocator;

// Safety: the system's allocator does everything, except for addresses in shared space, which were not allocated
// through this allocator.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { System.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        unsafe { System.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, address: *mut u8, layout: Layout) {
        if COUNT.get() != 0 && block_of(address).is_some() {
            return;
        }
        unsafe { System.dealloc(address, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, address: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if COUNT.get() != 0 && block_of(address).is_some() {
            return shared(size);
        }
        unsafe { System.realloc(address, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;
