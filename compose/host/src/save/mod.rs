//! Saving what a memory mount holds to a directory of this machine.

mod entries;
pub mod model;
mod new_file;
pub mod target;
pub mod walk;
