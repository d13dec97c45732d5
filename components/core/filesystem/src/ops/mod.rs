//! The operations, a module per family. Each module adds its own to [`FileSystem`](crate::FileSystem).
//!
//! What they do for each other is visible here alone, so that nothing below can call it.

pub(crate) mod descriptor;
pub(crate) mod directory;
pub(crate) mod entry;
pub(crate) mod io;
pub(crate) mod link;
pub(crate) mod metadata;
pub(crate) mod open;
pub(crate) mod rename;
pub(crate) mod resolve;
