//! The random numbers that an application sees: those of the host, those that a seed determines, or none.
//!
//! [`Numbers`] decides which of these an application gets. With a seed, every number is a function of the seed and of
//! the calls made before, see [`Generators`].
#![no_std]

extern crate alloc;

mod generators;
mod numbers;

pub use generators::{Generator, Generators, Streams, drawn};
pub use numbers::{Numbers, Refusal, Stream};
