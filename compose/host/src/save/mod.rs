//! Saves the files of a memory mount to a directory of this machine.

mod entries;
pub mod model;
pub mod target;
pub mod walk;
