//! How many bytes are moved at once.

use interpose_stdio::Prefixed;

/// How many bytes one call moves at most: the most that a read may allocate and that `check-write` permits. Wasmtime's
/// host moves a sixteenth of this at once; the kernel moves more, because each call between components takes time.
pub const MAX_BYTES: u64 = Prefixed::MAX_BYTES;

/// How many bytes `blocking-write-and-flush` and its kin accept at once, as the WIT says. A host may trap when it gets
/// more.
pub const MAX_BLOCKING_BYTES: usize = 4096;
