//! Arguments and variables.

use super::Case;
use crate::call::Out;
use crate::{say, wasi};

pub const CASES: &[Case] = &[
    ("args_get::all", arguments),
    ("environ_get::all", variables),
];

fn all(sizes: fn(u32, u32) -> u32, get: fn(u32, u32) -> u32) {
    let mut size = Out::<8>::new();
    let base = size.at();
    say!("{}: {} {}", sizes(base, base + 4), size.u32(0), size.u32(4));
    let count = size.u32(0) as usize;
    let mut pointers = vec![0u32; count + 1];
    let mut bytes = vec![b'_'; size.u32(4) as usize + 4];
    let start = bytes.as_mut_ptr() as u32;
    say!(
        "{}: {}",
        get(pointers.as_mut_ptr() as u32, start),
        bytes.escape_ascii()
    );
    for pointer in &pointers[..count] {
        say!("{}", pointer - start);
    }
    say!("{}", pointers[count]);
}

fn arguments() {
    all(
        |a, b| wasi::args_sizes_get(a, b),
        |a, b| wasi::args_get(a, b),
    );
}

fn variables() {
    all(
        |a, b| wasi::environ_sizes_get(a, b),
        |a, b| wasi::environ_get(a, b),
    );
}
