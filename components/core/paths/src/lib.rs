//! The rules about paths that need no filesystem.
//!
//! A path that an application uses is [checked](check) as Linux does before it looks anything up. A path that a policy names
//! is [canonical](check_canonical_absolute): one spelling for each file.
#![no_std]

extern crate alloc;

mod canonical;
mod relative;

pub use canonical::{CanonicalError, check_canonical_absolute, check_canonical_relative};
pub use relative::{
    MAX_NAME_LENGTH, MAX_PATH_LENGTH, MAX_SYMLINKS, PathError, check, check_length, check_no_nul,
    requires_directory, without_trailing_slashes,
};
