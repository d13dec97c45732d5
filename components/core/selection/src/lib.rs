//! The named values that an application sees: a selection of its host's values, and values that the policy sets.
//!
//! [`Selection`] selects environment variables and configuration values alike. [`Environment`] adds the rest of
//! `wasi:cli/environment` and `wasi:cli/exit`: the command line, the working directory, and whether the application may
//! exit.
#![no_std]

extern crate alloc;

mod environment;
mod selection;

pub use environment::Environment;
pub use selection::{InvalidName, Selection};
