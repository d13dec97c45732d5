//! What a filesystem holds. Nothing here resolves a path or performs an operation.

pub(crate) mod contents;
pub(crate) mod descriptor;
pub(crate) mod directory;
pub(crate) mod error;
pub(crate) mod filesystem;
pub(crate) mod ids;
pub(crate) mod lower;
pub(crate) mod metadata;
pub(crate) mod need;
pub(crate) mod node;
pub(crate) mod node_type;
pub(crate) mod nodes;
pub(crate) mod of_overlay;
pub(crate) mod quota;
pub(crate) mod ranges;
pub(crate) mod timestamp;
