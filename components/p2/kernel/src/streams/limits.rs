//! How many bytes are moved at once.

use interpose_stdio::Prefixed;

/// How many bytes one call moves at most: the most that a read may allocate and that `check-write` permits. Sixteen times
/// the bytes that Wasmtime's host moves at once, because each call between components has its price.
pub const MAX_BYTES: u64 = Prefixed::MAX_BYTES;

/// How many bytes `blocking-write-and-flush` and its kin accept at once, as the WIT says: a host may trap when it is
/// given more.
pub const MAX_BLOCKING_BYTES: usize = 4096;
