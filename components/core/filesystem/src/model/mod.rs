//! What a filesystem holds. Nothing here resolves a path or performs an operation.

pub(crate) mod error;
pub(crate) mod path;
pub(crate) mod quota;
pub(crate) mod ranges;
pub(crate) mod timestamp;
