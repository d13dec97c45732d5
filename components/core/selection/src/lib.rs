//! The named values that an application sees: a selection of those of its host, and others besides.
//!
//! [`Selection`] selects environment variables and configuration values alike. [`Environment`] adds the rest of what
//! `wasi:cli` tells an application about its start: the command line, the working directory, and whether it may exit.
#![no_std]

extern crate alloc;

mod environment;
mod selection;

pub use environment::Environment;
pub use selection::{InvalidName, Selection};
