//! What a server reports: answered requests, and failures of the component.

use std::time::Duration;

use miette::Diagnostic;
use thiserror::Error;

use crate::error::HostError;
use crate::exceeded::Exceeded;
use crate::outcome::Trap;
use crate::save::model::{SaveError, Saved};

/// A report of the server.
#[derive(Debug)]
pub enum Event {
    /// A request was answered. Bodies may still be under way.
    Answered {
        /// The request's method and path.
        request: String,
        /// The answer's status.
        status: u16,
        /// The time until the head of the answer.
        after: Duration,
    },
    /// The component failed to handle a request.
    Failed {
        /// The request's method and path.
        request: String,
        /// The failure.
        failure: Failure,
    },
    /// Files of the instance that answered a request were saved.
    Saved {
        /// The request's method and path.
        request: String,
        /// The saved files, in the order of the requests to save.
        saved: Vec<Saved>,
    },
    /// The client hung up before it had an answer, so the host ended the instance.
    HungUp {
        /// The request's method and path.
        request: String,
    },
    /// A connection could not be accepted.
    NotAccepted(std::io::Error),
}

/// How a component failed to handle a request.
#[derive(Debug, Error, Diagnostic)]
pub enum Failure {
    /// The component could not be instantiated.
    #[error(transparent)]
    #[diagnostic(transparent)]
    NotStarted(HostError),
    /// The component trapped.
    #[error("the application trapped{}: {}", after(*answered), trap.message)]
    #[diagnostic(forward(trap))]
    Trapped {
        /// The trap.
        trap: Trap,
        /// Whether the component had answered before. Then the body of the answer breaks off.
        answered: bool,
    },
    /// The component exceeded a limit and was ended.
    #[error("{exceeded}{}", match *answered { true => "; it had answered", false => "" })]
    #[diagnostic(forward(exceeded))]
    Exceeded {
        /// The limit.
        exceeded: Exceeded,
        /// Whether the component had answered before. Then the body of the answer breaks off if it was incomplete.
        answered: bool,
    },
    /// The component exited with this status without an answer.
    #[error("the application exited with status {0} without an answer")]
    #[diagnostic(code("serve::exited"))]
    Exited(i32),
    /// The component returned without an answer.
    #[error("the application gave no answer")]
    #[diagnostic(code("serve::no-answer"))]
    NoAnswer,
    /// The component returned this error of `wasi:http` in place of an answer.
    #[error("the application answered with the error {0}")]
    #[diagnostic(code("serve::refused"))]
    Refused(String),
    /// The component waited too long without any event and was ended.
    #[error(
        "the application waited for {limit:?}{} without anything happening, and was ended",
        after(*answered)
    )]
    #[diagnostic(code("serve::idle"))]
    Idle {
        /// The time it waited.
        limit: Duration,
        /// Whether the component had answered before. Then the body of the answer breaks off if it was incomplete.
        answered: bool,
    },
    /// The component ran on for too long after its answer was sent or could not be sent any more, and was ended.
    #[error(
        "the application went on for {limit:?} after nobody waited for it any more, and was ended"
    )]
    #[diagnostic(code("serve::late"))]
    Late {
        /// The time it ran on.
        limit: Duration,
    },
    /// The component's files could not be saved.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Save(SaveError),
}

/// The part of a message that says whether the component had answered before.
fn after(answered: bool) -> &'static str {
    if answered {
        " after it had answered"
    } else {
        ""
    }
}

impl Failure {
    /// The trap, if the failure is one.
    pub fn trap(&self) -> Option<&Trap> {
        match self {
            Self::Trapped { trap, .. } => Some(trap),
            _ => None,
        }
    }
}
