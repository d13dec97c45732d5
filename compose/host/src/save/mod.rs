//! Saves the files of a memory mount to a directory of this machine.

mod entries;
pub mod model;
mod new_file;
pub mod target;
pub mod walk;
