//! Whole filesystems as bytes.
//!
//! An image has every tree, with the identity, the times and the contents of each node that has a name, and what is known
//! of lower layers. It has no limits and does not say which trees are read-only: the filesystem that takes an image in was
//! made of the same configuration, and has both. Equal filesystems have equal images.
//!
//! Bytes that are no image are refused, whatever they are. An image that is taken in can contain nothing that operations
//! could not have made.

pub(crate) mod encode;
pub(crate) mod error;
pub(crate) mod format;
mod restore;
mod shape;
pub(crate) mod view;
