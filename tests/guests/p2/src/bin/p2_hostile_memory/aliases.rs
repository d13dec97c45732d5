//! Lists of which all entries are in the same place.
//!
//! The bindings own what they pass in lists, so that one text in many entries has many owners here. None of them ever
//! frees or changes it.
#![allow(unsafe_code)]

use std::mem::ManuallyDrop;

/// Bytes that have several owners: to be forgotten, not to be freed.
pub fn bytes(shared: &'static [u8]) -> Vec<u8> {
    // Safety: whoever gets it forgets it, and only reads it until then.
    unsafe { Vec::from_raw_parts(shared.as_ptr().cast_mut(), shared.len(), shared.len()) }
}

/// A list of which each entry is made by `entry`, and that nobody frees.
pub fn list<T>(count: usize, mut entry: impl FnMut() -> T) -> ManuallyDrop<Vec<T>> {
    ManuallyDrop::new((0..count).map(|_| entry()).collect())
}

/// A text that lives as long as the program.
pub fn text(length: usize) -> &'static str {
    "a".repeat(length).leak()
}
