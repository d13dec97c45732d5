//! The problems of a policy, and where each stands in its file.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use thiserror::Error;

/// Everything that is wrong with a policy: at least one problem.
#[derive(Clone, Debug)]
pub struct PolicyErrors {
    /// The problems: those of one file together, in the order of its text.
    pub problems: Vec<PolicyError>,
}

impl fmt::Display for PolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.as_slice() {
            [problem] => write!(f, "{problem}"),
            problems => write!(f, "the policy has {} problems", problems.len()),
        }
    }
}

impl std::error::Error for PolicyErrors {}

impl Diagnostic for PolicyErrors {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new("policy::invalid"))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(
            self.problems
                .iter()
                .map(|problem| problem as &dyn Diagnostic),
        ))
    }
}

impl From<PolicyError> for PolicyErrors {
    fn from(problem: PolicyError) -> Self {
        Self {
            problems: vec![problem],
        }
    }
}

/// One thing that is wrong with a policy.
///
/// Its [`Diagnostic`] has the file's name and text, labels (the first marks the faulty bytes) and usually a hint.
#[derive(Clone, Debug, Error)]
#[error("{problem}")]
pub struct PolicyError {
    /// The problem.
    pub problem: Problem,
    /// How to solve the problem, if that can be said.
    pub hint: Option<String>,
    file: Option<NamedSource<Arc<str>>>,
    labels: Vec<Label>,
}

/// Bytes of the file and a remark about them.
#[derive(Clone, Debug)]
struct Label {
    span: Range<usize>,
    text: Option<String>,
}

impl PolicyError {
    /// A problem that has no place in a file.
    pub(crate) fn nowhere(problem: Problem, hint: Option<String>) -> Self {
        Self {
            problem,
            hint,
            file: None,
            labels: Vec::new(),
        }
    }

    pub(crate) fn at(file: NamedSource<Arc<str>>, span: Range<usize>, problem: Problem) -> Self {
        Self {
            problem,
            hint: None,
            file: Some(file),
            labels: vec![Label { span, text: None }],
        }
    }

    pub(crate) fn with_hint(&mut self, hint: impl Into<String>) -> &mut Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the remark `text` about another place in the same file.
    pub(crate) fn with_label(&mut self, span: Range<usize>, text: impl Into<String>) -> &mut Self {
        self.labels.push(Label {
            span,
            text: Some(text.into()),
        });
        self
    }

    /// Whether another problem is equal and at the same place.
    pub fn is_same(&self, other: &Self) -> bool {
        let place = |error: &Self| {
            let file = error.file.as_ref().map(|file| file.name().to_owned());
            (file, error.span())
        };
        self.problem == other.problem && place(self) == place(other)
    }

    /// The faulty bytes of the file; `None` if the problem has no place in a file.
    pub fn span(&self) -> Option<Range<usize>> {
        self.labels.first().map(|label| label.span.clone())
    }
}

impl Diagnostic for PolicyError {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.problem.code()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.hint
            .as_ref()
            .map(|hint| Box::new(hint) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.file.as_ref().map(|file| file as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let first = self.labels.first().map_or(0, |label| label.span.start);
        Some(Box::new(self.labels.iter().map(
            move |Label { span, text }| {
                let place = (span.start, span.len());
                if span.start == first {
                    LabeledSpan::new_primary_with_span(text.clone(), place)
                } else {
                    LabeledSpan::new_with_span(text.clone(), place)
                }
            },
        )))
    }
}

/// A kind of problem with a policy. Programs can rely on its code.
#[derive(Clone, Debug, PartialEq, Error, Diagnostic)]
#[non_exhaustive]
pub enum Problem {
    /// There is neither a built-in policy nor a file of this name.
    #[error("there is no policy `{name}`")]
    #[diagnostic(code("policy::not-found"))]
    NotFound {
        /// The name or path.
        name: String,
    },
    /// There is no file at this path.
    #[error("there is no file `{path}`")]
    #[diagnostic(code("policy::no-file"))]
    NoFile {
        /// The path.
        path: String,
    },
    /// There is no directory at this path.
    #[error("there is no directory `{path}`")]
    #[diagnostic(code("policy::no-directory"))]
    NoDirectory {
        /// The path.
        path: String,
    },
    /// The file cannot be read.
    #[error("cannot read `{path}`: {reason}")]
    #[diagnostic(code("policy::unreadable"))]
    Unreadable {
        /// The path.
        path: String,
        /// The error of the system.
        reason: String,
    },
    /// The file is not TOML.
    #[error("this is not TOML: {message}")]
    #[diagnostic(code("policy::syntax"))]
    Syntax {
        /// The error of the parser.
        message: String,
    },
    /// A key that the table does not have.
    #[error("unknown key `{key}` in {table}")]
    #[diagnostic(code("policy::unknown-key"))]
    UnknownKey {
        /// The key.
        key: String,
        /// The table.
        table: &'static str,
    },
    /// A required key is missing.
    #[error("`{key}` is missing in {table}")]
    #[diagnostic(code("policy::missing-key"))]
    MissingKey {
        /// The key.
        key: &'static str,
        /// The table that lacks the key.
        table: &'static str,
    },
    /// A value of the wrong type.
    #[error("expected {expected}, found {found}")]
    #[diagnostic(code("policy::wrong-type"))]
    WrongType {
        /// The expected type.
        expected: &'static str,
        /// The type of the value in the file.
        found: &'static str,
    },
    /// A text is none of the words that a key accepts.
    #[error("unknown {what} `{word}`")]
    #[diagnostic(code("policy::unknown-word"))]
    UnknownWord {
        /// The noun for these words in a message.
        what: &'static str,
        /// The word.
        word: String,
    },
    /// A number outside its range.
    #[error("{what} is {range}")]
    #[diagnostic(code("policy::out-of-range"))]
    OutOfRange {
        /// The noun for the number in a message.
        what: &'static str,
        /// Its range.
        range: &'static str,
    },
    /// A version of the language that this program does not know.
    #[error("version {found} of the policy language is not known")]
    #[diagnostic(code("policy::version"))]
    Version {
        /// The version.
        found: String,
    },
    /// A duration or size that cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Quantity(#[from] crate::quantity::QuantityError),
    /// A point in time that cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Time(#[from] crate::timestamp::TimestampError),
    /// A path that cannot be used.
    #[error("{0}")]
    #[diagnostic(code("policy::path"))]
    Path(#[from] interpose_paths::CanonicalError),
    /// A rule, pattern or glob that cannot be read.
    #[error("{0}")]
    #[diagnostic(code("policy::rule"))]
    Rule(#[from] interpose_rules::ParseError),
    /// A name of an interface that cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Interface(#[from] crate::interface::InterfaceError),
    /// A text that cannot stand where it stands.
    #[error("{what} {reason}")]
    #[diagnostic(code("policy::text"))]
    Text {
        /// The noun for the text in a message.
        what: &'static str,
        /// Why the text cannot be used.
        reason: &'static str,
    },
    /// A value must not be empty.
    #[error("{what} is empty")]
    #[diagnostic(code("policy::empty"))]
    Empty {
        /// The noun for the value in a message.
        what: &'static str,
    },
    /// The same item appears twice.
    #[error("{what} is given twice")]
    #[diagnostic(code("policy::duplicate"))]
    Duplicate {
        /// The noun for the item in a message.
        what: &'static str,
    },
    /// Keys contradict each other or have no effect together.
    #[error("{reason}")]
    #[diagnostic(code("policy::contradiction"))]
    Contradiction {
        /// The contradiction, as a sentence.
        reason: String,
    },
    /// A rule can never apply.
    #[error("this rule never applies: {reason}")]
    #[diagnostic(code("policy::unreachable"))]
    Unreachable {
        /// Why the rule cannot apply.
        reason: &'static str,
    },
    /// A policy extends itself.
    #[error("this policy extends itself: {chain}")]
    #[diagnostic(code("policy::cycle"))]
    Cycle {
        /// The names of the policies from this one to itself.
        chain: String,
    },
}
