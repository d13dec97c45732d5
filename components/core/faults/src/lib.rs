//! Faults in calls between components.
//!
//! A [`Plan`] has rules, and for each function that a rule is about, what happens to its calls. An [`Injector`] follows the
//! calls of an application and says of each what is to happen: nothing, an error in place of the call, fewer bytes, time that
//! passes, or a loss of power.
//!
//! Of the rules for a call, the first one decides whose conditions hold. Each rule counts the calls that it decides about,
//! and what it draws for one of them depends on the seed, the rule and that count alone. So a run can be replayed with only
//! some of its faults: those that stay are as they were, which is what finding the smallest set of faults needs.
#![no_std]

extern crate alloc;

mod decision;
mod injector;
mod plan;

pub use decision::{Begin, Decision, Happened};
pub use injector::{Injector, Verdict, shortened};
pub use plan::{Action, Condition, Disk, Invention, Plan, Rule, Site, Trigger};
