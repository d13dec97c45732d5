//! The canonical ABI: how a value of a component's type lies in memory, and as which numbers it is passed.
//!
//! This module is the only place that knows it. [`Types`] reads the types and functions of a WIT package; a [`Type`] knows
//! its layout, and a [`Signature`] the core functions on both sides of a call. Memories have 32-bit addresses, and strings
//! are UTF-8. Asynchronous functions and their types (streams, futures, error contexts) are not part of it.
//!
//! wit-parser knows the same rules (`SizeAlign`, `Resolve::wasm_signature`). It assumes that sizes fit, and panics or is
//! wrong where an application says otherwise, so that it is what the tests compare with.

mod read;
mod signature;
#[cfg(test)]
mod tests;
mod types;

pub use read::Types;
pub use signature::{CoreType, Signature};
pub use types::{Field, Kind, MAX_FLAT_PARAMETERS, Number, Type, Unsupported, Variant};
