//! Why a command fails, and with which exit status. The libraries say what is wrong and what to do about it; how it is
//! printed is in `message`.

use interpose_host::paths::Exchangeable;
use interpose_host::{Exceeded, GrantError, HostError, SaveError, Trap};
use interpose_policy::PolicyErrors;
use miette::Diagnostic;
use wasi_interpose::application::ApplicationError;
use wasi_interpose::audit::AuditError;
use wasi_interpose::compose::ComposeError;
use wasi_interpose::graph::{GraphError, LoadError};
use wasi_interpose::link::LinkError;
use wasi_interpose::plan::PlanError;

use crate::message::{Reporter, Sentence, Words};

/// A failure of this machine or this tool.
const FAILED: u8 = 1;
/// A bad command line, policy or component.
const BAD: u8 = 2;
/// The policy refuses the component.
const REFUSED: u8 = 3;
/// What a shell reports for a process that aborted, and what this tool reports for a guest that trapped or was ended.
const TRAPPED: u8 = 134;

/// Why a command failed, and its exit status.
#[derive(Debug)]
pub struct Failure {
    status: u8,
    words: Words,
    diagnostic: Box<dyn Diagnostic>,
}

impl Failure {
    /// A failure of this machine or this tool, in one sentence.
    pub fn failed(message: String) -> Self {
        Self::new(FAILED, Sentence::new(message))
    }

    /// A bad command line, policy or component, in one sentence.
    pub fn bad(message: String) -> Self {
        Self::new(BAD, Sentence::new(message))
    }

    /// The application trapped.
    pub fn trapped(trap: Trap) -> Self {
        Self::new(TRAPPED, trap)
    }

    fn new(status: u8, diagnostic: impl Diagnostic + 'static) -> Self {
        Self {
            status,
            words: Words::Own,
            diagnostic: Box::new(diagnostic),
        }
    }

    /// The same with what to do about it, where the command knows that better than whoever failed.
    pub fn hint(mut self, hint: &str) -> Self {
        let sentence = Sentence::of(&*self.diagnostic).with_hint(hint);
        self.diagnostic = Box::new(sentence);
        self
    }

    /// Prints what is wrong.
    pub fn report(&self, reporter: &Reporter) {
        reporter.error(&*self.diagnostic, self.words);
    }

    /// The exit status of the command.
    pub fn status(&self) -> u8 {
        self.status
    }
}

/// An error of the libraries, as the reason why a command fails.
trait Reason: Diagnostic {
    /// The exit status of the command.
    fn status(&self) -> u8;

    /// Who wrote what it says.
    fn words(&self) -> Words {
        Words::Own
    }
}

impl<R: Reason + 'static> From<R> for Failure {
    fn from(reason: R) -> Self {
        Self {
            status: reason.status(),
            words: reason.words(),
            diagnostic: Box::new(reason),
        }
    }
}

impl Reason for PolicyErrors {
    fn status(&self) -> u8 {
        BAD
    }
}

impl Reason for ApplicationError {
    fn status(&self) -> u8 {
        BAD
    }

    fn words(&self) -> Words {
        match self {
            Self::File { error, .. } => error.words(),
            Self::NotWasm { .. }
            | Self::Invalid { .. }
            | Self::NotPreview1 { .. }
            | Self::Adapt { .. } => Words::OfALibrary,
            Self::Unreadable { .. }
            | Self::TooMuch(_)
            | Self::OtherFormat { .. }
            | Self::OwnsItsMemory => Words::Own,
        }
    }
}

impl Reason for PlanError {
    fn status(&self) -> u8 {
        match self {
            Self::Bake(_)
            | Self::Stdin { .. }
            | Self::Obstructed { .. }
            | Self::TooManyEntries { .. } => BAD,
            Self::Adapter { .. } => FAILED,
            Self::Refused(_)
            | Self::Unavailable { .. }
            | Self::RealTime { .. }
            | Self::Widens { .. }
            | Self::Leaks { .. }
            | Self::Foreign { .. }
            | Self::NotShared { .. } => REFUSED,
        }
    }
}

impl Reason for LinkError {
    fn status(&self) -> u8 {
        BAD
    }

    fn words(&self) -> Words {
        Words::OfALibrary
    }
}

impl Reason for AuditError {
    fn status(&self) -> u8 {
        match self {
            Self::TooMuch(_) => BAD,
            Self::Unreadable(_) | Self::Differs(_) => FAILED,
        }
    }

    fn words(&self) -> Words {
        Words::OfALibrary
    }
}

impl Reason for ComposeError {
    fn status(&self) -> u8 {
        match self {
            Self::Surface(_) | Self::Configure(_) => BAD,
            Self::Runtime(_) => FAILED,
            Self::Plan(error) => error.status(),
            Self::Graph(error) => error.status(),
            Self::Audit(error) => error.status(),
        }
    }

    fn words(&self) -> Words {
        match self {
            Self::Plan(error) => error.words(),
            Self::Surface(_)
            | Self::Configure(_)
            | Self::Runtime(_)
            | Self::Graph(_)
            | Self::Audit(_) => Words::OfALibrary,
        }
    }
}

impl Reason for LoadError {
    fn status(&self) -> u8 {
        match self {
            Self::File(error) => error.status(),
            Self::Component(component) => component.error.status(),
        }
    }

    fn words(&self) -> Words {
        match self {
            Self::File(error) => error.words(),
            Self::Component(component) => component.error.words(),
        }
    }
}

impl Reason for GraphError {
    fn status(&self) -> u8 {
        match self {
            Self::Problems(_) => BAD,
            Self::Component { error, .. } => error.error.status(),
            Self::Graph(error) => error.status(),
            Self::Audit(error) => error.status(),
        }
    }

    fn words(&self) -> Words {
        match self {
            Self::Problems(_) => Words::Own,
            Self::Component { error, .. } => error.error.words(),
            Self::Graph(error) => error.words(),
            Self::Audit(error) => error.words(),
        }
    }
}

impl Reason for GrantError {
    fn status(&self) -> u8 {
        BAD
    }
}

impl Reason for Exchangeable {
    fn status(&self) -> u8 {
        BAD
    }
}

impl Reason for Exceeded {
    fn status(&self) -> u8 {
        TRAPPED
    }
}

impl Reason for HostError {
    fn status(&self) -> u8 {
        match self {
            Self::Save(SaveError::Shown { .. }) => BAD,
            Self::Save(_) | Self::Runtime(_) | Self::Limits => FAILED,
            Self::Compile(_)
            | Self::Instantiate(_)
            | Self::Configure(_)
            | Self::NotACommand
            | Self::NotAServer
            | Self::ForeignRequests(_)
            | Self::Surface(_)
            | Self::Directory { .. } => BAD,
        }
    }

    fn words(&self) -> Words {
        match self {
            Self::Runtime(_)
            | Self::Compile(_)
            | Self::Instantiate(_)
            | Self::Configure(_)
            | Self::Surface(_) => Words::OfALibrary,
            Self::NotACommand
            | Self::NotAServer
            | Self::ForeignRequests(_)
            | Self::Directory { .. }
            | Self::Limits
            | Self::Save(_) => Words::Own,
        }
    }
}
