//! Shows calls between components.
//!
//! The calls come as the [events](interpose_calls::Event) of a probe. [`Labels`] follows them and knows what each resource
//! stands for.

pub mod labels;

pub use labels::Labels;
