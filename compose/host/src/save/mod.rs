//! Saving what a memory mount holds to a directory of this machine.

mod entries;
pub mod model;
pub mod target;
pub mod walk;
