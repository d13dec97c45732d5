//! Arguments and variables.

use interpose_preview1::{Errno, Strings};

use crate::bindings::wasi::cli::environment::{get_arguments, get_environment};
use crate::program::Program;

/// `args_get`.
pub fn arguments(pointers: u32, bytes: u32) -> Result<(), Errno> {
    all_arguments().store(&mut Program, pointers, bytes)
}

/// `args_sizes_get`.
pub fn argument_sizes(count: u32, bytes: u32) -> Result<(), Errno> {
    all_arguments().store_sizes(&mut Program, count, bytes)
}

/// `environ_get`.
pub fn variables(pointers: u32, bytes: u32) -> Result<(), Errno> {
    all_variables().store(&mut Program, pointers, bytes)
}

/// `environ_sizes_get`.
pub fn variable_sizes(count: u32, bytes: u32) -> Result<(), Errno> {
    all_variables().store_sizes(&mut Program, count, bytes)
}

fn all_arguments() -> Strings {
    let mut strings = Strings::default();
    for argument in get_arguments() {
        strings.add(&[&argument]);
    }
    strings
}

fn all_variables() -> Strings {
    let mut strings = Strings::default();
    for (name, value) in get_environment() {
        strings.add(&[&name, "=", &value]);
    }
    strings
}
