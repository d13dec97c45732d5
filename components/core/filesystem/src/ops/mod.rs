//! The operations, in one module per family. Each module adds its operations to [`FileSystem`](crate::FileSystem).
//!
//! Functions that these modules share are visible in `ops` alone, so that no other module can call them.

pub(crate) mod descriptor;
pub(crate) mod directory;
pub(crate) mod entry;
pub(crate) mod io;
pub(crate) mod link;
pub(crate) mod metadata;
pub(crate) mod open;
pub(crate) mod rename;
pub(crate) mod resolve;
