//! WASI preview 1 without a host: the table of descriptors, rights, positions, directory listings, and how the values of
//! preview 1 lie in a program's memory.
//!
//! The document for all of it is `wasi_snapshot_preview1.witx` of WASI's repository. Where the document leaves a choice,
//! the functions do the same as Wasmtime's own preview 1, which the tests of this project compare them with. Some choices
//! are others. A pointer beyond the end of the memory gives [`Errno::Fault`], bits and numbers without a meaning give
//! [`Errno::Invalid`], and a pointer need not be aligned, where Wasmtime traps. Rights can be given up. A directory is listed
//! as it was when its reading began.
#![no_std]

extern crate alloc;

mod descriptors;
mod errno;
mod exit;
mod flags;
mod listing;
mod memory;
mod poll;
mod position;
mod revision;
mod rights;
mod stat;
mod strings;
mod vectors;

pub use descriptors::Descriptors;
pub use errno::Errno;
pub use exit::Exit;
pub use flags::{Advice, Clock, FdFlags, LookupFlags, NewTime, OpenFlags, signal, times};
pub use listing::{Listed, Listing};
pub use memory::Memory;
pub use poll::{Event, Interest, Subscription, event_bytes, subscriptions};
pub use position::{Whence, seek};
pub use revision::Revision;
pub use rights::{Rights, Scope};
pub use stat::{FdStat, FileStat, FileType, prestat};
pub use strings::{Strings, path};
pub use vectors::{Span, first_span};
