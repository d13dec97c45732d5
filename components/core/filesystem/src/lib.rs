//! An in-memory filesystem with the semantics of POSIX and of WASI's capability-based paths.
//!
//! A [`FileSystem`] holds any number of trees ([`FileSystem::add_root`]); whoever has a [`Descriptor`] of a directory
//! reaches what lies below it and nothing else: a path that is absolute, that climbs above the descriptor with `..`,
//! or that meets a symbolic link which does either, fails with [`Error::NotPermitted`].
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
//! A tree may lie over another one, which is held elsewhere, and show its files until they are changed: see
//! [`FileSystem::add_overlay`] and [`Need`].
//!
//! Errors follow POSIX (IEEE Std 1003.1-2024); where it leaves a choice, they are those of Wasmtime's WASI host on
//! Linux, so that a program cannot tell this filesystem from that one by its errors.
//!
//! What it deliberately does not do: it has no clock (each change is told the time), no permissions or owners (WASI
//! has none), no locks, and it performs no input or output for the [`Device`]s that it stores. Reading does not
//! update access times ("noatime"). Nothing blocks, and nothing that a guest passes makes it panic.
//!
//! # Modules
//!
//! Each of these uses only those above it, and within each no module uses another that uses it:
//!
//! | Module | Holds |
//! | --- | --- |
//! | `model` | the data: [`FileSystem`], nodes, directories, contents in chunks, descriptors, quota, rules of paths, and what is known of lower layers |
//! | `overlay` | reading through to the lower layer of a tree: what is needed of it, and taking in the answers |
//! | `ops` | the operations, a module per family: `open`, `io`, `directory`, `link`, `rename`, `metadata`, and what they share: `resolve`, `entry`, `descriptor` |
//! | `bake`, `check` | filling a tree before a guest sees it; the invariants, for tests and fuzzing |
//!
//! The operations ask `overlay` wherever a lower layer may know more, so it is below them. What it learns is data like
//! any other and part of [`FileSystem`], so that is in `model`, under the names `lower` and `need`.
#![no_std]

extern crate alloc;

mod bake;
mod check;
mod model;
mod ops;
mod overlay;
#[cfg(test)]
mod testing;

pub use interpose_paths::{MAX_NAME_LENGTH, MAX_PATH_LENGTH, MAX_SYMLINKS};
pub use model::{
    descriptor::{Access, Descriptor, OpenOptions},
    directory::Entry,
    error::Error,
    filesystem::FileSystem,
    ids::Root,
    metadata::{NewTimestamp, Stat},
    need::{LowerEntry, Need, What},
    node_type::{Device, NodeType},
    quota::{Limits, Usage},
    timestamp::Timestamp,
};
