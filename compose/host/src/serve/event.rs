//! What a server tells of requests and of how a component failed with one.

use std::time::Duration;

use miette::Diagnostic;
use thiserror::Error;

use crate::error::HostError;
use crate::exceeded::Exceeded;
use crate::outcome::Trap;
use crate::save::model::{SaveError, Saved};

/// What a server tells.
#[derive(Debug)]
pub enum Event {
    /// A request was answered, or the head of its answer was: bodies may still be on their way.
    Answered {
        /// Its method and path.
        request: String,
        /// The answer's status.
        status: u16,
        /// How long the head of the answer took.
        after: Duration,
    },
    /// The component failed with a request.
    Failed {
        /// Its method and path.
        request: String,
        /// What went wrong.
        failure: Failure,
    },
    /// Files of the instance that answered a request were saved.
    Saved {
        /// The request's method and path.
        request: String,
        /// What was saved, in the order of the requests to save.
        saved: Vec<Saved>,
    },
    /// The client hung up before it had an answer, and the instance was ended.
    HungUp {
        /// The request's method and path.
        request: String,
    },
    /// A connection could not be accepted.
    NotAccepted(std::io::Error),
}

/// How a component failed with a request.
#[derive(Debug, Error, Diagnostic)]
pub enum Failure {
    /// No instance could be made.
    #[error(transparent)]
    #[diagnostic(transparent)]
    NotStarted(HostError),
    /// It trapped.
    #[error("the application trapped{}: {}", after(*answered), trap.message)]
    #[diagnostic(forward(trap))]
    Trapped {
        /// Why.
        trap: Trap,
        /// Whether it had given its answer before; the answer's body breaks off then.
        answered: bool,
    },
    /// It exceeded a limit, and was ended.
    #[error("{exceeded}{}", match *answered { true => "; it had answered", false => "" })]
    #[diagnostic(forward(exceeded))]
    Exceeded {
        /// Which.
        exceeded: Exceeded,
        /// Whether it had given its answer before; the answer's body breaks off then, if it had not come to its end.
        answered: bool,
    },
    /// It exited with this status without an answer.
    #[error("the application exited with status {0} without an answer")]
    #[diagnostic(code("serve::exited"))]
    Exited(i32),
    /// It returned without an answer.
    #[error("the application gave no answer")]
    #[diagnostic(code("serve::no-answer"))]
    NoAnswer,
    /// It answered that it had no answer, with this error of `wasi:http`.
    #[error("the application answered with the error {0}")]
    #[diagnostic(code("serve::refused"))]
    Refused(String),
    /// It waited for so long without anything happening that it was ended.
    #[error(
        "the application waited for {limit:?}{} without anything happening, and was ended",
        after(*answered)
    )]
    #[diagnostic(code("serve::idle"))]
    Idle {
        /// How long.
        limit: Duration,
        /// Whether it had given its answer before; the answer's body breaks off then, if it had not come to its end.
        answered: bool,
    },
    /// It went on for so long after its answer had been sent, or could not be sent any more, that it was ended.
    #[error(
        "the application went on for {limit:?} after nobody waited for it any more, and was ended"
    )]
    #[diagnostic(code("serve::late"))]
    Late {
        /// How long.
        limit: Duration,
    },
    /// Its files could not be saved.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Save(SaveError),
}

/// When something happened that can happen before and after the answer.
fn after(answered: bool) -> &'static str {
    if answered {
        " after it had answered"
    } else {
        ""
    }
}

impl Failure {
    /// The trap, if it was one.
    pub fn trap(&self) -> Option<&Trap> {
        match self {
            Self::Trapped { trap, .. } => Some(trap),
            _ => None,
        }
    }
}
