//! What a campaign found.

mod html;
mod junit;
mod markup;
mod merge;
mod model;

pub use merge::MergeError;
pub use model::{Example, Group, Named, Replay, ReplayError, Report, Runs, Subject};
