//! Turns a policy into decisions: what the application gets of each capability, without defaults and without missing
//! tables.
//!
//! Only this module applies the defaults of a policy. [`Decisions::of`] decides about the imports of an application and
//! refuses forbidden ones. The plan, the host's grant and the check of paths see only the decisions.

mod decisions;
mod p3;
mod refusal;
mod resolve;

pub use decisions::{Decisions, Given, trapping};
pub(crate) use p3::has_no_authority;
pub(crate) use refusal::left_by_name;
pub use refusal::{Refusal, RefusalReason, Refused};
