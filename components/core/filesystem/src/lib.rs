//! An in-memory filesystem with the semantics of POSIX and of WASI's capability-based paths.
//!
//! A [`FileSystem`] holds any number of trees ([`FileSystem::add_root`]). A [`Descriptor`] of a directory gives access
//! to everything below this directory and to nothing else: a path that is absolute, that climbs above the descriptor
//! with `..`, or that meets a symbolic link with such a target, fails with [`Error::NotPermitted`].
//!
//! ```
//! use interpose_filesystem::{Access, FileSystem, Limits, OpenOptions, Timestamp};
//!
//! # fn main() -> Result<(), interpose_filesystem::Error> {
//! let now = Timestamp { seconds: 1, nanoseconds: 0 };
//! let mut files = FileSystem::new(Limits { max_bytes: 1 << 20, max_entries: 100 });
//! let root = files.add_root(false, now)?;
//! let directory = files.open_root(root);
//! let options = OpenOptions { create: true, access: Access { read: true, write: true, ..Access::default() },
//!     ..OpenOptions::default() };
//! let file = files.open_at(&directory, "greeting", options, now)?;
//! files.write(&file, 0, b"hello", now)?;
//! assert_eq!(files.read(&file, 1, 100)?, b"ello");
//! files.close(file);
//! assert_eq!(files.stat_at(&directory, "greeting", true)?.size, 5);
//! # Ok(())
//! # }
//! ```
//!
//! A tree may lie over another tree, which somebody else holds, and show its files until they are changed: see
//! [`FileSystem::add_overlay`] and [`Need`].
//!
//! With the feature `crash`, the type `JournaledFileSystem` knows what a loss of power leaves of the files, and
//! `FileSystem::files` and `FileSystem::restore` encode a whole filesystem and take it in again.
//!
//! Errors follow POSIX (IEEE Std 1003.1-2024); where POSIX leaves a choice, they are the errors of Wasmtime's WASI host
//! on Linux, so that a program cannot tell this filesystem from a directory of that host by its errors.
//!
//! The filesystem deliberately has no clock (the caller of each change passes the time), no permissions or owners (WASI
//! has none) and no locks, and it performs no input or output for the [`Device`]s that it stores. Reading does not
//! update access times ("noatime"). No operation blocks, and no argument of a guest makes one panic.
//!
//! # Modules
//!
//! Each of these modules uses only modules above it, and inside each of them no two modules use each other:
//!
//! | Module | Holds |
//! | --- | --- |
//! | `model` | the data: [`FileSystem`], nodes, directories, contents in chunks, descriptors, quota, rules of paths, and what is known of lower layers |
//! | `overlay` | reading through to the lower layer of a tree: asking questions about it, and taking in the answers |
//! | `ops` | the operations, a module per family: `open`, `io`, `directory`, `link`, `rename`, `metadata`, and what they share: `resolve`, `entry`, `descriptor` |
//! | `image` | encoding a filesystem, and making one of the bytes; with the feature `crash` |
//! | `crash` | which changes the disk may not have, and what a loss of power leaves; with the feature `crash` |
//! | `bake`, `check` | filling a tree before a guest sees it; the invariants, for tests and fuzzing |
//!
//! The operations use `overlay` wherever a lower layer may hold more, so `overlay` stands above `ops` in the table. The
//! answers of a lower layer are part of [`FileSystem`], so their types are in `model`, as `lower` and `need`.
#![no_std]

extern crate alloc;

mod bake;
mod check;
#[cfg(feature = "crash")]
mod crash;
#[cfg(feature = "crash")]
mod image;
mod model;
mod ops;
mod overlay;
#[cfg(test)]
mod testing;

#[cfg(feature = "crash")]
pub use crash::{
    disk::{Block, Disk},
    journaled::JournaledFileSystem,
};
#[cfg(feature = "crash")]
pub use image::error::RestoreError;
pub use interpose_paths::{MAX_NAME_LENGTH, MAX_PATH_LENGTH, MAX_SYMLINKS};
pub use model::{
    descriptor::{Access, Descriptor, OpenOptions},
    directory::Entry,
    error::Error,
    filesystem::{Change, FileSystem, Refusal},
    ids::Root,
    metadata::{NewTimestamp, Stat},
    need::{LowerEntry, Need, What},
    node_type::{Device, NodeType},
    quota::{Limits, Usage},
    timestamp::Timestamp,
};
