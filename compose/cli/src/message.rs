//! Messages for people: one problem each, with a hint what to do; as objects if asked for.

use std::fmt::Write as _;

use interpose_policy::PolicyErrors;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan};
use serde_json::{Value, json};

use crate::terminal::{self, printable, printable_lines};
use interpose_host::{GrantError, HostError, SaveError};
use wasi_interpose::application::ApplicationError;
use wasi_interpose::assembly::{AssemblyError, AssemblyProblem, LoadError, Place};
use wasi_interpose::audit::AuditError;
use wasi_interpose::compose::ComposeError;
use wasi_interpose::configure::ConfigureError;
use wasi_interpose::link::LinkError;
use wasi_interpose::plan::{PlanError, Wanted};
use wasi_interpose::resolved::{RefusalReason, Refused};

/// Problems of one file that are printed: more do not help, and each shows the text around it.
const MAX_PROBLEMS: usize = 50;

/// A bad command line, policy or component.
const BAD: u8 = 2;
/// The policy refuses the component.
const REFUSED: u8 = 3;
/// A failure of this machine or this tool.
const FAILED: u8 = 1;

/// Why a command failed: what to print, and the exit status.
#[derive(Debug)]
pub struct Failure {
    status: u8,
    problems: Vec<Problem>,
}

#[derive(Debug)]
enum Problem {
    Plain {
        message: String,
        /// Lines of a file that the message is about.
        excerpt: Option<String>,
        hint: Option<String>,
    },
    Policy(PolicyErrors),
    Graph(AssemblyProblem),
    Located(Located),
}

/// What a component of a graph cannot have, with the place in the graph that is about it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Located {
    message: String,
    hint: Option<String>,
    place: Place,
}

impl Diagnostic for Located {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        let hint = self.hint.as_ref()?;
        Some(Box::new(hint))
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(self.place.file())
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.place.span();
        let label = LabeledSpan::new_primary_with_span(None, (span.start, span.len()));
        Some(Box::new(std::iter::once(label)))
    }
}

impl Failure {
    /// The same about a component of a graph.
    fn of_component(mut self, component: &str, place: Option<Place>) -> Self {
        let problems = self.problems.into_iter();
        self.problems = problems
            .map(|problem| match (problem, &place) {
                (
                    Problem::Plain {
                        message,
                        excerpt,
                        hint,
                    },
                    place,
                ) => {
                    let message = format!("`{component}`: {message}");
                    match place {
                        Some(place) => Problem::Located(Located {
                            message: printable(&message),
                            hint: hint.as_deref().map(printable),
                            place: place.clone(),
                        }),
                        None => Problem::Plain {
                            message,
                            excerpt,
                            hint,
                        },
                    }
                }
                (other, _) => other,
            })
            .collect();
        self
    }

    fn new(status: u8, message: String) -> Self {
        Self {
            status,
            problems: vec![Problem::Plain {
                message,
                excerpt: None,
                hint: None,
            }],
        }
    }

    /// A failure of this machine or this tool, in one sentence.
    pub fn failed(message: String) -> Self {
        Self::new(FAILED, message)
    }

    /// A bad command line, policy or component, in one sentence.
    pub fn bad(message: String) -> Self {
        Self::new(BAD, message)
    }

    /// The application trapped.
    pub fn trapped(message: String, status: u8) -> Self {
        Self::new(status, message)
    }

    /// The same where a library said what is wrong, which may take several lines. Names in these may be anybody's, so
    /// that sentences of our own, which have one line, do not come this way.
    fn told(status: u8, text: &str) -> Self {
        match text.split_once('\n') {
            Some((message, lines)) => Self::new(status, message.trim_end().into()).excerpt(lines),
            None => Self::new(status, text.into()),
        }
    }

    /// Adds what to do about it.
    pub fn hint(mut self, text: &str) -> Self {
        if let Some(Problem::Plain { hint, .. }) = self.problems.last_mut() {
            *hint = Some(text.into());
        }
        self
    }

    /// Adds the lines of a file that it is about.
    fn excerpt(mut self, lines: &str) -> Self {
        if let Some(Problem::Plain { excerpt, .. }) = self.problems.last_mut() {
            *excerpt = Some(lines.into());
        }
        self
    }

    /// The exit status of the command.
    pub fn status(&self) -> u8 {
        self.status
    }
}

impl From<PolicyErrors> for Failure {
    fn from(errors: PolicyErrors) -> Self {
        Self {
            status: BAD,
            problems: vec![Problem::Policy(errors)],
        }
    }
}

impl From<ApplicationError> for Failure {
    fn from(error: ApplicationError) -> Self {
        let mut cause = &error;
        while let ApplicationError::File { error, .. } = cause {
            cause = error;
        }
        let hint = match cause {
            ApplicationError::File { .. } | ApplicationError::Unreadable { .. } => {
                "give the path of a component or of a WASI preview 1 module"
            }
            ApplicationError::NotWasm { .. } => {
                "a component (`.wasm` or `.wat`) or a WASI preview 1 core module is expected"
            }
            ApplicationError::Invalid { .. } => {
                "the file may be cut short; build or download it again"
            }
            ApplicationError::TooMuch(_) => {
                "no toolchain is known to make such a program; if yours does, please report it"
            }
            ApplicationError::OtherFormat { version, known, .. } if version > known => {
                "it was made by newer tools than this version of `interpose` knows: use a newer one"
            }
            ApplicationError::OtherFormat { .. } => {
                "it was made by tools from before the format was settled: build it again with newer ones"
            }
            ApplicationError::OwnsItsMemory => {
                "compile it with TinyGo, whose `-target=wasip2` makes a component"
            }
            ApplicationError::NotPreview1 { .. } | ApplicationError::Adapt { .. } => {
                "build it for wasm32-wasip2 or wasm32-wasip1, or make a component of it with `wasm-tools component new`"
            }
        };
        let is_librarys = matches!(
            cause,
            ApplicationError::NotWasm { .. }
                | ApplicationError::Invalid { .. }
                | ApplicationError::NotPreview1 { .. }
                | ApplicationError::Adapt { .. }
        );
        let message = error.to_string();
        if is_librarys {
            Self::told(BAD, &message).hint(hint)
        } else {
            Self::bad(message).hint(hint)
        }
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        let PlanError::Refused(Refused(refusals)) = error else {
            let status = match error {
                PlanError::Bake(_)
                | PlanError::Stdin { .. }
                | PlanError::Obstructed { .. }
                | PlanError::TooManyEntries { .. } => BAD,
                PlanError::Adapter { .. } => FAILED,
                _ => REFUSED,
            };
            let failure = Self::new(status, error.to_string());
            return match error {
                PlanError::Bake(_) | PlanError::Stdin { .. } => failure.hint("check the path and its permissions"),
                PlanError::Obstructed { wanted, .. } => failure.hint(match wanted {
                    Wanted::Directory(_) => {
                        "leave it out of `from` with `exclude`, or the directory out of `directories`"
                    }
                    Wanted::MountPoint(_) => "leave it out of `from` with `exclude`, or mount elsewhere",
                    Wanted::Device(_) => "leave it out of `from` with `exclude`, or set `devices = false`",
                }),
                PlanError::TooManyEntries { .. } => failure.hint(
                    "raise `max-entries` under `[filesystem]`; each mount, and each of its devices, counts as one",
                ),
                PlanError::RealTime { table, .. } => failure.hint(&format!(
                    "choose another mode of clocks, or deny it with an empty table `[{table}]`"
                )),
                PlanError::Leaks { .. } | PlanError::Foreign { .. } => failure.hint(
                    "inherit what needs the adapter, so that the application shares these types with its host",
                ),
                PlanError::NotShared { .. } => failure.hint(
                    "inherit what needs the adapter, so that both components share the host's types",
                ),
                _ => failure,
            };
        };
        let problems = refusals
            .iter()
            .map(|refusal| {
                let (what, hint) = match &refusal.reason {
                    RefusalReason::Undecided(capability) => (
                        "is not decided by the policy".to_owned(),
                        format!("add {}, or set `default` to \"deny\" or \"inherit\"", capability.tables()),
                    ),
                    RefusalReason::NotAllowed => (
                        "is not allowed by the policy".to_owned(),
                        format!("to leave it to the host: `[interfaces]` with `allow = [\"{}\"]`", refusal.import),
                    ),
                    RefusalReason::Version(capability) => (
                        "belongs to a version of WASI that no adapter of this tool attenuates yet".to_owned(),
                        format!("build the component for WASI 0.2; or leave all of it to the host: {}", capability.left_whole_by()),
                    ),
                    RefusalReason::Form(capability) => (
                        format!("could be taken for an interface of `{capability}`, in a form that no adapter of this tool answers"),
                        format!("build the component for WASI 0.2, with bindings of a released version; or leave all of it to the host: {}", capability.left_whole_by()),
                    ),
                    RefusalReason::Anything => (
                        "could be anything that the host has: its name says where something is, not what it does".to_owned(),
                        "give it the name of an interface, like `acme:billing/invoices`, or compose it with the component that offers it first".to_owned(),
                    ),
                    RefusalReason::NotAnInterface => (
                        "is not an interface, so no policy can allow it".to_owned(),
                        "compose it with the component that offers it first".to_owned(),
                    ),
                };
                Problem::Plain {
                    message: format!("the import `{}` {what}", refusal.import),
                    excerpt: None,
                    hint: Some(hint),
                }
            })
            .collect();
        Self {
            status: REFUSED,
            problems,
        }
    }
}

impl From<ComposeError> for Failure {
    fn from(error: ComposeError) -> Self {
        match error {
            ComposeError::Plan(error) => error.into(),
            ComposeError::Surface(_) => Self::told(BAD, &error.to_string()).hint(
                "the component may use something of the component model that this tool does not know yet; \
                 `wasm-tools component wit` says whether others can read it",
            ),
            ComposeError::Graph(LinkError::Mismatch { .. }) => Self::told(BAD, &error.to_string()).hint(
                "build the component with bindings of a released version of the interface, or inherit it",
            ),
            ComposeError::Graph(LinkError::Encode { .. }) => Self::told(BAD, &error.to_string()).hint(
                "put its functions and types into interfaces, as a WIT package has them: outside, not all can be composed",
            ),
            ComposeError::Graph(_) => Self::told(BAD, &error.to_string()).hint(
                "`wasm-tools validate` says whether the component is valid; if it is, please report it with the policy",
            ),
            ComposeError::Configure(ConfigureError::TooLarge { .. }) => Self::told(BAD, &error.to_string())
                .hint("bake fewer files: `include` and `exclude` of a mount choose them; or mount the directory with `source = \"overlay\"`"),
            ComposeError::Configure(ConfigureError::Refused { .. }) => Self::told(BAD, &error.to_string())
                .hint("what the mounts begin with has to fit `max-bytes` under `[filesystem]`, and all that a policy says into the memory of a component"),
            ComposeError::Configure(ConfigureError::Failed { .. }) => Self::told(BAD, &error.to_string()).hint(
                "this is a bug of the tool: please report it with the policy",
            ),
            ComposeError::Runtime(_) => Self::told(FAILED, &error.to_string()),
            ComposeError::Audit(AuditError::TooMuch(_)) => Self::told(BAD, &error.to_string())
                .hint("what it is composed of is within the limits, but not all of it together: compose less of it at once"),
            ComposeError::Audit(_) => Self::told(FAILED, &error.to_string())
                .hint("this is a bug of the tool: nothing was written, please report it with the component and the policy"),
        }
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::File(errors) => errors.into(),
            LoadError::Component {
                component,
                place,
                error,
            } => Self::from(error).of_component(&component, Some(place)),
        }
    }
}

impl From<AssemblyError> for Failure {
    fn from(error: AssemblyError) -> Self {
        match error {
            AssemblyError::Problems(problems) => Self {
                status: BAD,
                problems: problems.into_iter().map(Problem::Graph).collect(),
            },
            AssemblyError::Component {
                component,
                place,
                error,
            } => Self::from(*error).of_component(&component, place),
            AssemblyError::Graph(error) => ComposeError::Graph(error).into(),
            AssemblyError::Audit(error) => ComposeError::Audit(error).into(),
        }
    }
}

impl From<GrantError> for Failure {
    fn from(error: GrantError) -> Self {
        let hint = match &error {
            GrantError::WholeFilesystem { .. } => {
                "name what it gets under `[filesystem]` of its policy"
            }
        };
        Self::bad(error.to_string()).hint(hint)
    }
}

impl From<HostError> for Failure {
    fn from(error: HostError) -> Self {
        match error {
            HostError::Save(SaveError::Shown { .. }) => {
                Self::bad(error.to_string()).hint("save to a directory that no mount shows and no link in one leads to: nothing was run")
            }
            HostError::Runtime(_) => Self::told(FAILED, &error.to_string()),
            HostError::Save(_) => Self::new(FAILED, error.to_string()),
            HostError::NotACommand => Self::bad(error.to_string())
                .hint("`interpose compose` works for components that are not commands"),
            HostError::NotAServer => Self::bad(error.to_string())
                .hint("`interpose compose` works for components that handle no requests"),
            HostError::ForeignRequests(_) => Self::bad(error.to_string()).hint(
                "a server cannot be plugged into what `interpose adapter` writes: `interpose serve --policy` and `interpose compose` put the policy around it",
            ),
            HostError::Directory { .. } => {
                Self::bad(error.to_string()).hint("check the path and its permissions")
            }
            _ => Self::told(BAD, &error.to_string()),
        }
    }
}

/// Prints messages to standard error.
#[derive(Clone)]
pub struct Reporter {
    json: bool,
    color: bool,
    quiet: bool,
}

impl Reporter {
    /// With `quiet`, errors alone are printed.
    pub fn new(json: bool, color: bool, quiet: bool) -> Self {
        Self { json, color, quiet }
    }

    /// Prints why a command failed.
    pub fn failure(&self, failure: &Failure) {
        for problem in &failure.problems {
            match problem {
                Problem::Plain {
                    message,
                    excerpt,
                    hint,
                } => self.print("error", message, excerpt.as_deref(), hint.as_deref()),
                Problem::Graph(problem) => self.diagnostic(problem),
                Problem::Located(problem) => self.diagnostic(problem),
                Problem::Policy(errors) => {
                    for error in errors.problems.iter().take(MAX_PROBLEMS) {
                        self.diagnostic(error);
                    }
                    let more = errors.problems.len().saturating_sub(MAX_PROBLEMS);
                    if more > 0 {
                        self.error(&format!("and {more} more problems"));
                    }
                }
            }
        }
    }

    /// Prints something that went wrong, without ending the command.
    pub fn error(&self, message: &str) {
        self.print("error", message, None, None);
    }

    /// Prints something that the person should know.
    pub fn warning(&self, message: &str) {
        if !self.quiet {
            self.print("warning", message, None, None);
        }
    }

    /// Prints what is done.
    pub fn note(&self, message: &str) {
        if self.json {
            self.print("info", message.trim_start(), None, None);
        } else {
            terminal::message(&printable(message));
        }
    }

    fn print(&self, level: &str, message: &str, excerpt: Option<&str>, hint: Option<&str>) {
        if self.json {
            let message = excerpt.map_or(message.to_owned(), |lines| format!("{message}\n{lines}"));
            let object = json!({ "level": level, "message": message, "hint": hint });
            terminal::message(&terminal::json(&object, false));
            return;
        }
        let (start, end) = match (self.color, level) {
            (false, _) => ("", ""),
            (true, "error") => ("\x1b[1;31m", "\x1b[0m"),
            (true, _) => ("\x1b[1;33m", "\x1b[0m"),
        };
        // The names in what others say may be anybody's: none of its lines stands where a hint of ours does.
        let mut lines = format!("{start}{level}{end}: {}", printable(message));
        for line in excerpt.unwrap_or_default().lines() {
            let line = printable(line);
            let _ = write!(lines, "\n  {}", format!("| {line}").trim_end());
        }
        if let Some(hint) = hint {
            let _ = write!(lines, "\n  hint: {}", printable(hint));
        }
        terminal::message(&lines);
    }

    fn diagnostic(&self, diagnostic: &dyn Diagnostic) {
        if self.json {
            terminal::message(&terminal::json(&object(diagnostic), false));
            return;
        }
        let theme = if self.color {
            GraphicalTheme::unicode()
        } else {
            GraphicalTheme::unicode_nocolor()
        };
        let mut text = String::new();
        let rendered = GraphicalReportHandler::new_themed(theme)
            .with_width(100)
            .render_report(&mut text, diagnostic);
        if rendered.is_err() {
            let _ = write!(text, "error: {diagnostic}");
        }
        terminal::message(&printable_lines(text.trim_end(), self.color));
    }
}

/// A diagnostic in the form of every other message, with the places that it is about: lines and columns count from 1,
/// offsets and lengths are bytes.
fn object(diagnostic: &dyn Diagnostic) -> Value {
    let place = |label: LabeledSpan| {
        let contents = diagnostic
            .source_code()?
            .read_span(label.inner(), 0, 0)
            .ok()?;
        Some(json!({
            "file": contents.name(),
            "line": contents.line() + 1,
            "column": contents.column() + 1,
            "offset": label.offset(),
            "length": label.len(),
            "label": label.label(),
        }))
    };
    json!({
        "level": "error",
        "message": diagnostic.to_string(),
        "hint": diagnostic.help().map(|help| help.to_string()),
        "code": diagnostic.code().map(|code| code.to_string()),
        "places": diagnostic.labels().into_iter().flatten().filter_map(place).collect::<Vec<_>>(),
    })
}
