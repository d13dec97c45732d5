//! Paths in a host's filesystem of which only a part is shown, or some files are hidden.
//!
//! Where a mount shows a directory below a preopen, or hides files, a path is not handed to the host as a whole: a
//! [`Walk`] opens directory by directory without following links, keeps these directories open, reads symbolic links
//! itself and goes on in their targets. So even if entries are exchanged on the host between two steps, each name is
//! judged in the directory in which it is then used, and `..` leads back to a directory that the walk has opened, never
//! to one that the host looks up.
//!
//! A [`Place`] tells how much of each glob the path to a directory has matched, and so which names below are hidden. A
//! descriptor keeps the place of its directory instead of a path.
//!
//! - [`Hidden`] decides which names are hidden.
//! - [`Walk`] walks paths in a [`Tree`], which the adapter implements over its host.
//! - [`Guarded`] is a tree without the names that an application could have exchanged.
//! - [`check_move`] says whether an entry may be moved to another name: only if the same names are hidden below both.
//!
//! This crate knows nothing about WIT and keeps no state between operations. It trusts the host to open exactly the
//! entry of a directory that it names, without following a link.
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
