//! Code that the suites share: building the guest programs, running them, and recording the results.

#![allow(dead_code)] // Each suite is a crate of its own and uses a part of this.

pub mod bugs;
pub mod cases;
pub mod documents;
pub mod guests;
pub mod linking;
pub mod run;
pub mod scripted;
pub mod tools;
pub mod traces;
pub mod transcript;
pub mod wac;
