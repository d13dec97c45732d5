//! Learns the smallest policy that lets an application do what it did.
//!
//! 1. [`Learner`] folds the events of a probe into [`Uses`]: a plain value that says what was used of each capability, and
//!    how often.
//! 2. [`narrow`] narrows the policy under which the application ran to that.
//! 3. [`Learnt::to_toml`] writes it as a policy file, with comments that say how often each thing was used; [`widen`] changes
//!    a file that exists, and keeps what it says.
//! 4. [`missing`] says what a policy does not allow of what was used.
//!
//! [`AnswerLearner`] folds the events of a recording into what servers answered, and [`Answers::to_responses`] writes that
//! as `[[http.responses]]` of a policy.
//!
//! Nothing is used by a call that was refused. What was looked for and not found needs a directory in which it is missing.
//! The crate runs nothing and reads no files.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod answers;
mod disk;
mod fold;
mod judge;
mod merge;
mod narrow;
mod responses;
mod seen;
mod state;
mod uses;
mod verify;
mod write;

pub use answers::{Answer, AnswerLearner, Answers, End, Exchange, Outcome};
pub use disk::Disk;
pub use fold::Learner;
pub use judge::missing;
pub use merge::{MergeError, widen};
pub use narrow::narrow;
pub use responses::Responses;
pub use uses::{Count, Files, Local, LookedUp, NOBODY, Peer, Read, Refusal, Request, Uses};
pub use verify::{VerifyError, verify};
pub use write::Learnt;
