//! The glue between an application and its callee does what a runtime does between two components.
//!
//! Wasmtime is the oracle: each case runs as two components that are wired, and as core modules with generated glue in
//! both of its forms. All must agree on every byte of both memories after every step, and on every trap.

mod agreement;
mod case;
mod compare;
mod hostile;
mod interface;
mod layouts;
mod package;
mod program;
mod runs;
mod value;
