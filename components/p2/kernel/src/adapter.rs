//! The type for which everything that this component exports is implemented.

/// The kernel.
pub struct Adapter;
