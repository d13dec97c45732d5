//! The type for which everything that this component exports is implemented.

/// The filter.
pub struct Adapter;
