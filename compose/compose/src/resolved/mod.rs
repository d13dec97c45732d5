//! From a policy to decisions: for each capability what the application gets, without defaults and without tables that may
//! be missing.
//!
//! The defaults of a policy are applied here and nowhere else. [`Decisions::of`] decides about the imports of an
//! application and refuses those that it may not have. The plan, the host's grant and the check of paths see the decisions
//! alone.

mod decisions;
mod refusal;
mod resolve;

pub use decisions::{Decisions, Given, trapping};
pub(crate) use refusal::left_by_name;
pub use refusal::{Refusal, RefusalReason, Refused};
