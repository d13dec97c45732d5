//! What a loss of power leaves of the files.
//!
//! [`JournaledFileSystem`] is a [`FileSystem`](crate::FileSystem) that remembers what a disk may not have yet: every
//! change since the last `sync` of the file or directory, with what it needs. Its
//! [`durable`](JournaledFileSystem::durable) chooses by a seed one of the states in which a disk may be when the power is
//! lost, and encodes it.
//!
//! [`JournaledFileSystem`]: crate::JournaledFileSystem
//! [`JournaledFileSystem::durable`]: crate::JournaledFileSystem::durable
//!
//! # The rules
//!
//! They are what POSIX promises of `fsync`, `fdatasync` and `rename`, and no more. The sources are "All File Systems Are
//! Not Created Equal" (Pillai and others, 2014, the tool ALICE) and "Finding Crash-Consistency Bugs with Bounded
//! Black-Box Crash Testing" (Mohan and others, 2018, the tool CrashMonkey).
//!
//! - **Names.** Creating, linking, renaming and removing is one *operation* each, which a crash keeps as a whole or not
//!   at all. `sync` of a directory keeps the operations on its entries; `sync` of a file does not keep its name.
//!   Operations that were not synced are kept independently of each other, but an operation needs, and keeps:
//!   - earlier operations on the same entries;
//!   - for the removal of a directory, earlier operations in it;
//!   - for a move, those that gave the new directory and the directories around it their names, so that a node that had
//!     a durable name has one after the crash, the old or the new;
//!   - for the move of a directory, the earlier move of a directory, so that none comes to lie in itself.
//! - **Contents.** Each file has its own history. The crash chooses a point of it, and the size is the size of then. Each
//!   block is, independently of others, as it was at some time since it was synced: earlier than the chosen point,
//!   because the disk had no time for it, or later, because the disk wrote early. A truncation frees blocks, so a block
//!   before it and a block after it are never mixed with a size of the other side. Bytes that were never on the disk are
//!   zeroes. A block is written as a whole ([`Block`](crate::Block)).
//! - **Times.** Those of a file are as its size; `sync-data` keeps the size, but perhaps not the times. Those of a
//!   directory are as its entries. The time of the last status change by a new name of a file is always kept.
//! - **In order.** With [`Disk::ordered`](crate::Disk::ordered) the disk journals names and sizes in one order, and
//!   writes bytes beyond an old end before the size that shows them, as ext4 with `data=ordered,nodelalloc` does. The crash
//!   then keeps what came before a chosen point, and nothing after it; only bytes that were overwritten in place may be
//!   older or newer. Any `sync` keeps everything up to the last change of what is synced.
//!
//! Everything may also be on the disk early: what takes too much memory to remember counts as written.
//!
//! # Modules
//!
//! `history` has the history of one file, and `journal` all histories and operations. `names` and `contents` of
//! `journaled` record them around the operations of [`FileSystem`](crate::FileSystem). `outcome` chooses what is left.

mod choice;
pub(crate) mod disk;
mod history;
mod journal;
pub(crate) mod journaled;
mod operation;
mod outcome;
