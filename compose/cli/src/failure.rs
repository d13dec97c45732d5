//! Why a command failed, and with which exit status. The libraries describe the problem and its solution; the module
//! `message` prints both.

use interpose_host::paths::Exchangeable;
use interpose_host::{Exceeded, GrantError, HostError, SaveError, Trap};
use interpose_learn::{MergeError, VerifyError};
use interpose_policy::{EffectiveError, PolicyErrors};
use interpose_recording::RecordingError;
use interpose_simulate::{CampaignError, MergeError as ReportsError, ReplayError, ShardError};
use interpose_trace::FilterError;
use miette::Diagnostic;
use wasi_interpose::application::ApplicationError;
use wasi_interpose::audit::AuditError;
use wasi_interpose::compose::ComposeError;
use wasi_interpose::graph::{GraphError, GraphProblem, LoadError};
use wasi_interpose::interposers::InterposeError;
use wasi_interpose::link::LinkError;
use wasi_interpose::plan::PlanError;
use wasi_interpose::preview1::{Preview1Error, StandardError};
use wasi_interpose::probe::ProbeError;

use crate::lines::Message;
use crate::message::{Reporter, Sentence, Words};

/// The kind of a failure, which decides the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// This machine or this tool failed.
    Machine,
    /// The command line, a policy or another file is wrong.
    Input,
    /// The policy refuses the component.
    Refused,
    /// The application trapped.
    Trapped,
    /// The application exceeded a limit.
    Exceeded,
}

/// The set of exit statuses that a command uses for its own failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statuses {
    /// Small numbers, for commands whose status is never the application's.
    Small,
    /// The same, but for 1, which says that what was compared differs: a script must not take a full disk for a difference.
    BesideADifference,
    /// Numbers that applications hardly use, for `run`, whose other statuses are the application's. `env`, `timeout`
    /// and `docker run` use the same numbers: 125 for their own failures, 126 and 127 if the command cannot be run.
    BesideAnApplication,
}

impl Kind {
    /// The description of the kind, for `--help`.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Machine => "this machine or this tool failed",
            Self::Input => "a bad command line, policy, component or other file",
            Self::Refused => "the policy refuses the component",
            Self::Trapped => "the application trapped",
            Self::Exceeded => "the application exceeded a limit, and was ended",
        }
    }

    /// The exit status for this kind in a set of statuses.
    pub fn status(self, statuses: Statuses) -> u8 {
        match (self, statuses) {
            // Shells report this status for a process that aborted.
            (Self::Trapped | Self::Exceeded, _) => 134,
            (Self::Machine, Statuses::Small) => 1,
            (Self::Input, Statuses::Small | Statuses::BesideADifference) => 2,
            (Self::Refused, Statuses::Small | Statuses::BesideADifference) => 3,
            (Self::Machine, Statuses::BesideADifference | Statuses::BesideAnApplication) => 125,
            (Self::Refused, Statuses::BesideAnApplication) => 126,
            (Self::Input, Statuses::BesideAnApplication) => 127,
        }
    }
}

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    kind: Kind,
    words: Words,
    diagnostic: Box<dyn Diagnostic>,
    /// The component of a graph at fault, if it is known: one entry for each of the problems.
    components: Vec<Option<String>>,
}

impl Failure {
    /// A failure of this machine or this tool, in one sentence.
    pub fn failed(code: &'static str, message: String) -> Self {
        Self::new(Kind::Machine, Sentence::new(code, message))
    }

    /// A bad command line, policy or component, in one sentence.
    pub fn bad(code: &'static str, message: String) -> Self {
        Self::new(Kind::Input, Sentence::new(code, message))
    }

    /// A failure because the application trapped. `component` is the component of a graph in which it trapped, if it is
    /// known.
    pub fn trapped(trap: Trap, component: Option<String>) -> Self {
        let sentence = Sentence::of(&trap);
        let sentence = match &component {
            Some(name) => sentence.about(&format!("`{name}`")),
            None => sentence,
        };
        Self {
            components: vec![component],
            ..Self::new(Kind::Trapped, sentence)
        }
    }

    fn new(kind: Kind, diagnostic: impl Diagnostic + 'static) -> Self {
        Self {
            kind,
            words: Words::Own,
            diagnostic: Box::new(diagnostic),
            components: Vec::new(),
        }
    }

    /// Replaces the hint by a better one that only the command knows.
    pub fn hint(mut self, hint: &str) -> Self {
        let sentence = Sentence::of(&*self.diagnostic).with_hint(hint);
        self.diagnostic = Box::new(sentence);
        self
    }

    /// Puts what the failure is about in front of its message.
    pub fn about(mut self, what: &str) -> Self {
        self.diagnostic = Box::new(Sentence::of(&*self.diagnostic).about(what));
        self
    }

    /// Prints the failure.
    pub fn report(&self, reporter: &Reporter) {
        reporter.error(&*self.diagnostic, self.words, &self.components);
    }

    /// The problems as the objects that `--json` prints.
    pub fn objects(&self) -> Vec<Message> {
        Reporter::objects(&*self.diagnostic, &self.components)
    }

    /// The kind of the failure.
    pub fn kind(&self) -> Kind {
        self.kind
    }
}

/// An error of the libraries that makes a command fail.
trait Reason: Diagnostic {
    /// The kind of the failure.
    fn kind(&self) -> Kind;

    /// The author of the error's text.
    fn words(&self) -> Words {
        Words::Own
    }

    /// The component of a graph at fault, if it is known: one entry for each of the problems.
    fn components(&self) -> Vec<Option<String>> {
        Vec::new()
    }
}

impl<R: Reason + 'static> From<R> for Failure {
    fn from(reason: R) -> Self {
        Self {
            kind: reason.kind(),
            words: reason.words(),
            components: reason.components(),
            diagnostic: Box::new(reason),
        }
    }
}

impl Reason for PolicyErrors {
    fn kind(&self) -> Kind {
        Kind::Input
    }
}

impl Reason for RecordingError {
    fn kind(&self) -> Kind {
        Kind::Input
    }
}

impl Reason for ProbeError {
    fn kind(&self) -> Kind {
        match self {
            Self::Unreadable(_) | Self::Unsupported { .. } | Self::OtherApplication => Kind::Input,
            Self::Encode(_) => Kind::Machine,
            Self::Link(error) => error.kind(),
        }
    }

    fn words(&self) -> Words {
        match self {
            Self::Unsupported { .. } | Self::OtherApplication => Words::Own,
            _ => Words::OfALibrary,
        }
    }
}

impl Reason for EffectiveError {
    fn kind(&self) -> Kind {
        Kind::Input
    }
}

impl Reason for MergeError {
    fn kind(&self) -> Kind {
        Kind::Input
    }
}

impl Reason for CampaignError {
    fn kind(&self) -> Kind {
        match self {
            Self::Application(error) => error.kind(),
            Self::Policy(error) => error.kind(),
            Self::Effective(error) => error.kind(),
            Self::Compose(error) => error.kind(),
            Self::Host(error) => error.kind(),
            Self::Replay(error) => error.kind(),
            Self::SharedDirectory(_) | Self::Peers(_) | Self::NoFiles(_) => Kind::Input,
            Self::Thread(_) => Kind::Machine,
        }
    }

    fn words(&self) -> Words {
        match self {
            Self::Application(error) => error.words(),
            Self::Compose(error) => error.words(),
            Self::Host(error) => error.words(),
            _ => Words::Own,
        }
    }
}

impl Reason for ReplayError {
    fn kind(&self) -> Kind {
        Kind::Input
    }
}

impl Reason for ReportsError {
    fn kind(&self) -> Kind {
        Kind::Input
    }
}

impl Reason for ShardError {
    fn kind(&self) -> Kind {
        Kind::Input
    }
}

impl Reason for VerifyError {
    fn kind(&self) -> Kind {
        Kind::Refused
    }
}

impl Reason for ApplicationError {
    fn kind(&self) -> Kind {
        Kind::Input
    }

    fn words(&self) -> Words {
        match self {
            Self::File { error, .. } => error.words(),
            Self::Preview1 { error } => match **error {
                Preview1Error::Encode(_) => Words::OfALibrary,
                _ => Words::Own,
            },
            Self::Standard(error) => match error {
                StandardError::NotPreview1 { .. } | StandardError::Adapt { .. } => {
                    Words::OfALibrary
                }
                StandardError::TooMuch(_) | StandardError::OwnsItsMemory => Words::Own,
            },
            Self::NotWasm { .. } | Self::Invalid { .. } => Words::OfALibrary,
            Self::Unreadable { .. } | Self::TooMuch(_) | Self::OtherFormat { .. } => Words::Own,
        }
    }
}

impl Reason for InterposeError {
    fn kind(&self) -> Kind {
        match self {
            Self::Refused(_) => Kind::Refused,
            Self::File { error, .. } => error.kind(),
            Self::Link(error) => error.kind(),
            Self::Audit(error) => error.kind(),
            Self::Unreadable { .. }
            | Self::Hash { .. }
            | Self::NotAComponent { .. }
            | Self::Surface { .. }
            | Self::AnswersNothing { .. }
            | Self::Lacks { .. }
            | Self::SharedTypes { .. }
            | Self::DifferentTypes { .. }
            | Self::Leaks { .. }
            | Self::Cycle { .. }
            | Self::Ambiguous { .. }
            | Self::Mismatch { .. }
            | Self::NoApplication => Kind::Input,
        }
    }

    fn words(&self) -> Words {
        match self {
            Self::File { error, .. } => error.words(),
            Self::Link(error) => error.words(),
            Self::Audit(error) => error.words(),
            Self::Surface { .. } | Self::Mismatch { .. } => Words::OfALibrary,
            Self::Unreadable { .. }
            | Self::Hash { .. }
            | Self::NotAComponent { .. }
            | Self::AnswersNothing { .. }
            | Self::Lacks { .. }
            | Self::SharedTypes { .. }
            | Self::DifferentTypes { .. }
            | Self::Leaks { .. }
            | Self::Cycle { .. }
            | Self::Ambiguous { .. }
            | Self::Refused(_)
            | Self::NoApplication => Words::Own,
        }
    }
}

impl Reason for PlanError {
    fn kind(&self) -> Kind {
        match self {
            Self::Bake(_)
            | Self::Stdin { .. }
            | Self::ResponseBody { .. }
            | Self::Obstructed { .. }
            | Self::TooManyEntries { .. } => Kind::Input,
            Self::Adapter { .. } => Kind::Machine,
            Self::Refused(_)
            | Self::Unavailable { .. }
            | Self::RealTime { .. }
            | Self::FaultInRealTime { .. }
            | Self::Widens { .. }
            | Self::Leaks { .. }
            | Self::Foreign { .. }
            | Self::NotShared { .. } => Kind::Refused,
        }
    }
}

impl Reason for LinkError {
    fn kind(&self) -> Kind {
        Kind::Input
    }

    fn words(&self) -> Words {
        Words::OfALibrary
    }
}

impl Reason for AuditError {
    fn kind(&self) -> Kind {
        match self {
            Self::TooMuch(_) => Kind::Input,
            Self::Unreadable(_) | Self::Differs(_) => Kind::Machine,
        }
    }

    fn words(&self) -> Words {
        Words::OfALibrary
    }
}

impl Reason for ComposeError {
    fn kind(&self) -> Kind {
        match self {
            Self::Surface(_) | Self::Configure(_) => Kind::Input,
            Self::Runtime(_) => Kind::Machine,
            Self::Application(error) => error.kind(),
            Self::Interposers(error) => error.kind(),
            Self::Plan(error) => error.kind(),
            Self::Graph(error) => error.kind(),
            Self::Audit(error) => error.kind(),
            Self::Probe(error) => error.kind(),
            Self::Faults(_) => Kind::Refused,
        }
    }

    fn words(&self) -> Words {
        match self {
            Self::Application(error) => error.words(),
            Self::Interposers(error) => error.words(),
            Self::Plan(error) => error.words(),
            Self::Probe(error) => error.words(),
            Self::Surface(_)
            | Self::Configure(_)
            | Self::Faults(_)
            | Self::Runtime(_)
            | Self::Graph(_)
            | Self::Audit(_) => Words::OfALibrary,
        }
    }
}

impl Reason for LoadError {
    fn kind(&self) -> Kind {
        match self {
            Self::File(error) => error.kind(),
            Self::Component(component) => component.error.kind(),
        }
    }

    fn words(&self) -> Words {
        match self {
            Self::File(error) => error.words(),
            Self::Component(component) => component.error.words(),
        }
    }

    fn components(&self) -> Vec<Option<String>> {
        match self {
            Self::File(_) => Vec::new(),
            Self::Component(component) => vec![Some(component.component.clone())],
        }
    }
}

impl Reason for GraphError {
    fn kind(&self) -> Kind {
        match self {
            Self::Problems(_) => Kind::Input,
            Self::Component { error, .. } => error.error.kind(),
            Self::Graph(error) => error.kind(),
            Self::Audit(error) => error.kind(),
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

    fn components(&self) -> Vec<Option<String>> {
        match self {
            Self::Problems(problems) => {
                let problems = problems.iter();
                let component =
                    |problem: &GraphProblem| problem.problem.component().map(str::to_owned);
                problems.map(component).collect()
            }
            // All refusals concern this component.
            Self::Component { error, refusals } => {
                vec![Some(error.component.clone()); refusals.len().max(1)]
            }
            Self::Graph(_) | Self::Audit(_) => Vec::new(),
        }
    }
}

impl Reason for GrantError {
    fn kind(&self) -> Kind {
        Kind::Input
    }

    fn components(&self) -> Vec<Option<String>> {
        match self {
            Self::WholeFilesystem { component } | Self::SameName { component, .. } => {
                vec![Some(component.clone())]
            }
        }
    }
}

impl Reason for Exchangeable {
    fn kind(&self) -> Kind {
        Kind::Input
    }

    fn components(&self) -> Vec<Option<String>> {
        vec![self.writer.component().map(str::to_owned)]
    }
}

impl Reason for FilterError {
    fn kind(&self) -> Kind {
        Kind::Input
    }
}

impl Reason for Exceeded {
    fn kind(&self) -> Kind {
        Kind::Exceeded
    }
}

impl Reason for HostError {
    fn kind(&self) -> Kind {
        match self {
            Self::Save(SaveError::Shown { .. }) => Kind::Input,
            Self::Save(_) | Self::Runtime(_) | Self::Limits => Kind::Machine,
            Self::Compile(_)
            | Self::Instantiate(_)
            | Self::Configure(_)
            | Self::NotACommand
            | Self::NotAServer
            | Self::ForeignRequests(_)
            | Self::Surface(_)
            | Self::Asynchronous { .. }
            | Self::Directory { .. } => Kind::Input,
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
            | Self::Asynchronous { .. }
            | Self::Directory { .. }
            | Self::Limits
            | Self::Save(_) => Words::Own,
        }
    }
}
