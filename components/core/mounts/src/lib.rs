//! Paths in a part of a host's filesystem of which some files are hidden.
//!
//! Where a mount shows a directory below a preopen, or hides files, a path is not handed to the host as a whole: a
//! [`Walk`] opens directory by directory without following links, holds what it opened, reads symbolic links itself
//! and goes on in their targets. So whatever is exchanged on the host between two steps, each name is judged in the
//! directory in which it is then used, and `..` leads back to a directory that was opened before, never to one that
//! the host finds.
//!
//! What is hidden is known by a [`Place`]: how far each glob has come on the way to a directory. A descriptor keeps the
//! place of its directory rather than a path.
//!
//! - [`Hidden`] judges names: a hidden one does not exist.
//! - [`Walk`] walks paths in a [`Tree`], which the adapter implements over its host.
//! - [`Guarded`] is a tree without the names that somebody could have exchanged.
//! - [`check_move`] says whether something may get another name: only if no glob could tell what is below it before
//!   from what is below it afterwards.
//!
//! What this crate does not do: it knows nothing about WIT and keeps no state between operations. It trusts the host
//! to open exactly the entry of a directory that it names, without following a link.
#![no_std]

extern crate alloc;

mod guarded;
mod hidden;
mod operation;
mod refusal;
#[cfg(test)]
mod testing;
mod walk;

pub use guarded::Guarded;
pub use hidden::{Hidden, Place};
pub use operation::{Opening, check_move, check_time};
pub use refusal::Refusal;
pub use walk::{Link, Tree, Walk};
