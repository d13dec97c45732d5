//! Tests WebAssembly components under many seeds.
//!
//! A [`Campaign`] composes an application for tests once and compiles it once. Each seed is a run: an instance of its own,
//! whose random numbers and whose faults the seed decides on, and nothing else does. So a run that fails can be repeated,
//! and a campaign makes it smaller: it finds few faults with which the run still fails.
//!
//! A run fails if the application, or what is started after it,
//!
//! - exits with another status than 0, or traps,
//! - waits for something that can never happen,
//! - exceeds its [`Budget`], which counts only what is the same in equal runs,
//! - or does not do the same when the seed runs a second time.
//!
//! With [`Campaign::crash`] the application loses its power at a call, and is started again on the files that a disk could
//! have kept. With [`Campaign::check`] another component looks at the files after each run.
//!
//! ```
//! use interpose_simulate::Campaign;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))?;
//! let report = Campaign::new("examples/dice.wat")
//!     .policy("deterministic")
//!     .seeds(0..20)
//!     .run()?;
//! report.assert_passed();
//! assert_eq!(report.count(), 20);
//! # Ok(())
//! # }
//! ```
//!
//! A range of seeds can be split into [`Shard`]s for several machines, whose reports [`Report::merge`] joins.

mod budget;
mod campaign;
mod cause;
mod digest;
mod error;
mod report;
mod run;
mod seeds;
mod shard;
pub mod shrink;
mod shrinking;
mod subject;
mod timeline;
mod watcher;

pub use budget::{Budget, Measure};
pub use campaign::{Campaign, Progress, Repeated};
pub use cause::{Cause, End, Part};
pub use digest::Digest;
pub use error::CampaignError;
pub use interpose_faults::Decision;
pub use report::{Example, Group, MergeError, Named, Replay, ReplayError, Report, Runs, Subject};
pub use seeds::Seeds;
pub use shard::{Count, Shard, ShardError};
pub use subject::{Component, TestPolicy};
