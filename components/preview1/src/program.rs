//! The memory of the program, and the functions of it that the adapter calls.
//!
//! The tool generates what is imported here. No module of the portable form sees two memories: a generated module that
//! sees the program's alone loads and stores in it, and bytes go through the arguments of calls. With several memories,
//! the generated module copies them at once.

// The ABI between core modules is functions over numbers, which Rust can only declare as unsafe.
#![allow(unsafe_code)]

use interpose_preview1::Memory;

#[link(wasm_import_module = "program")]
unsafe extern "C" {
    /// How many pages of 64 KiB the memory has.
    safe fn pages() -> u32;
    /// Loads and stores of one number. They trap beyond the end of the memory.
    safe fn load8(at: u32) -> u32;
    safe fn load32(at: u32) -> u32;
    safe fn load64(at: u32) -> u64;
    safe fn store8(at: u32, value: u32);
    safe fn store32(at: u32, value: u32);
    safe fn store64(at: u32, value: u64);
    /// Stores eight numbers of 64 bits.
    #[allow(clippy::too_many_arguments)]
    safe fn store512(at: u32, a: u64, b: u64, c: u64, d: u64, e: u64, f: u64, g: u64, h: u64);
    /// Copies bytes from the program's memory to this one.
    fn read(from: u32, to: *mut u8, length: u32);
    /// Copies bytes from this memory to the program's.
    fn write(to: u32, from: *const u8, length: u32);
    /// Runs the program.
    safe fn start();
}

/// The memory of the program.
#[derive(Clone, Copy, Debug)]
pub struct Program;

impl Program {
    /// Runs the program until it returns.
    pub fn run(self) {
        start();
    }
}

impl Memory for Program {
    fn size(&self) -> u64 {
        u64::from(pages()) << 16
    }

    fn read(&self, at: u32, to: &mut [u8]) {
        match to.len() {
            0 => {}
            1 => to[0] = load8(at) as u8,
            4 => to.copy_from_slice(&load32(at).to_le_bytes()),
            8 => to.copy_from_slice(&load64(at).to_le_bytes()),
            // SAFETY: `to` is that many bytes of this memory, and nothing else refers to them.
            length => unsafe { read(at, to.as_mut_ptr(), length as u32) },
        }
    }

    fn write(&mut self, at: u32, from: &[u8]) {
        match *from {
            [] => {}
            [byte] => store8(at, byte.into()),
            [a, b, c, d] => store32(at, u32::from_le_bytes([a, b, c, d])),
            [a, b, c, d, e, f, g, h] => {
                store64(at, u64::from_le_bytes([a, b, c, d, e, f, g, h]));
            }
            // SAFETY: `from` is that many bytes of this memory.
            _ => unsafe { write(at, from.as_ptr(), from.len() as u32) },
        }
    }
}

/// Takes eight numbers of 64 bits from the generated module.
///
/// # Safety
/// `to` is room for them that [`read`] was called with.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)]
unsafe extern "C" fn put512(
    to: *mut u8,
    a: u64,
    b: u64,
    c: u64,
    d: u64,
    e: u64,
    f: u64,
    g: u64,
    h: u64,
) {
    // SAFETY: see above. The room may have any alignment.
    unsafe {
        to.cast::<[u64; 8]>()
            .write_unaligned([a, b, c, d, e, f, g, h])
    }
}

/// Takes a number of 64 bits from the generated module.
///
/// # Safety
/// `to` is room for it that [`read`] was called with.
#[unsafe(no_mangle)]
unsafe extern "C" fn put64(to: *mut u8, value: u64) {
    // SAFETY: see above.
    unsafe { to.cast::<u64>().write_unaligned(value) }
}

/// Takes a byte from the generated module.
///
/// # Safety
/// `to` is room for it that [`read`] was called with.
#[unsafe(no_mangle)]
unsafe extern "C" fn put8(to: *mut u8, value: u32) {
    // SAFETY: see above.
    unsafe { to.write(value as u8) }
}

/// Copies bytes to the program's memory through the arguments of calls: [`write`] of the portable form.
///
/// # Safety
/// `from` is that many bytes of this memory.
#[unsafe(no_mangle)]
unsafe extern "C" fn give(mut to: u32, mut from: *const u8, mut length: u32) {
    // SAFETY: each step reads bytes that were not read before, and no more than there are.
    unsafe {
        while length >= 64 {
            let [a, b, c, d, e, f, g, h] = from.cast::<[u64; 8]>().read_unaligned();
            store512(to, a, b, c, d, e, f, g, h);
            (to, from, length) = (to.wrapping_add(64), from.add(64), length - 64);
        }
        while length >= 8 {
            store64(to, from.cast::<u64>().read_unaligned());
            (to, from, length) = (to.wrapping_add(8), from.add(8), length - 8);
        }
        while length > 0 {
            store8(to, from.read().into());
            (to, from, length) = (to.wrapping_add(1), from.add(1), length - 1);
        }
    }
}
