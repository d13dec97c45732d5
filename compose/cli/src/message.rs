//! Prints messages for people, one for each problem, with a hint; or as JSON objects with `--json`.
//!
//! A message is a [`Diagnostic`]. Names and texts in it may come from any source, so no line of them may look like a
//! line of this tool: control characters are escaped, line breaks too in the tool's own sentences, and each further
//! line of a library's text stands behind `|`.

use std::fmt::{self, Write as _};

use crate::lines::{Level, Message, Place};
use crate::terminal::{self, printable, printable_lines};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, Severity, SourceCode,
};

/// The most problems of one file that are printed. Further problems do not help, and each shows the text around it.
const MAX_PROBLEMS: usize = 50;

/// The prefixes of the codes of problems in policies and graphs. The text shows these codes too; other codes are for
/// programs only.
const OF_OUR_FILES: [&str; 2] = ["policy::", "graph::"];

/// The author of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// This tool: the message is one line, and a line break in it comes from a name.
    Own,
    /// A parser, an encoder or the runtime: the message may have several lines.
    OfALibrary,
}

/// A sentence of a command that has no place in a file.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Sentence {
    message: String,
    code: Option<String>,
    hint: Option<String>,
}

impl Sentence {
    /// A sentence with a code. Each code is written in one place and explained in the reference.
    pub fn new(code: &'static str, message: String) -> Self {
        Self {
            message,
            code: Some(code.into()),
            hint: None,
        }
    }

    /// The sentence of another diagnostic.
    pub fn of(diagnostic: &dyn Diagnostic) -> Self {
        Self {
            message: diagnostic.to_string(),
            code: diagnostic.code().map(|code| code.to_string()),
            hint: diagnostic.help().map(|help| help.to_string()),
        }
    }

    /// The sentence with a hint.
    pub fn with_hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The sentence with its hint in the same line.
    pub fn with_hint_inside(mut self) -> Self {
        if let Some(hint) = self.hint.take() {
            self.message = format!("{}: {hint}", self.message);
        }
        self
    }

    /// The sentence with its subject in front.
    pub fn about(mut self, what: &str) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }
}

impl Diagnostic for Sentence {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        displayed(self.code.as_ref())
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        displayed(self.hint.as_ref())
    }
}

fn displayed(text: Option<&String>) -> Option<Box<dyn fmt::Display + '_>> {
    text.map(|text| Box::new(text) as Box<dyn fmt::Display>)
}

/// The problems that are printed for a diagnostic.
struct Problems<'a> {
    shown: Vec<&'a dyn Diagnostic>,
    /// A sentence with the number of problems that are not shown, if there are any.
    more: Option<Sentence>,
}

impl<'a> Problems<'a> {
    fn of(diagnostic: &'a dyn Diagnostic) -> Self {
        let mut shown: Vec<&dyn Diagnostic> = diagnostic.related().into_iter().flatten().collect();
        let Some(first) = shown.first() else {
            return Self {
                shown: vec![diagnostic],
                more: None,
            };
        };
        let limit = match first.source_code() {
            Some(_) => MAX_PROBLEMS,
            None => shown.len(),
        };
        let more = shown.len().saturating_sub(limit);
        shown.truncate(limit);
        Self {
            shown,
            more: (more > 0)
                .then(|| Sentence::new("output::more", format!("and {more} more problems"))),
        }
    }
}

fn component(components: &[Option<String>], position: usize) -> Option<&str> {
    components.get(position)?.as_deref()
}

/// Prints messages to standard error.
#[derive(Clone)]
pub struct Reporter {
    json: bool,
    color: bool,
    quiet: bool,
}

impl Reporter {
    /// Makes a reporter that, with `quiet`, prints only errors.
    pub fn new(json: bool, color: bool, quiet: bool) -> Self {
        Self { json, color, quiet }
    }

    /// Whether messages are printed as objects.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Prints an error; if it consists of several problems, prints each of them. `components` names the component of a
    /// graph for each problem.
    pub fn error(&self, diagnostic: &dyn Diagnostic, words: Words, components: &[Option<String>]) {
        let problems = Problems::of(diagnostic);
        for (position, problem) in problems.shown.iter().enumerate() {
            self.print(
                Level::Error,
                *problem,
                words,
                component(components, position),
            );
        }
        if let Some(more) = &problems.more {
            self.print(Level::Error, more, Words::Own, None);
        }
    }

    /// The objects that [`Reporter::error`] prints with `--json`.
    pub fn objects(diagnostic: &dyn Diagnostic, components: &[Option<String>]) -> Vec<Message> {
        let problems = Problems::of(diagnostic);
        let shown = problems.shown.iter().enumerate();
        let shown = shown.map(|(position, problem)| {
            object(Level::Error, *problem, component(components, position))
        });
        let more = problems.more.iter();
        shown
            .chain(more.map(|more| object(Level::Error, more, None)))
            .collect()
    }

    /// Prints a warning.
    pub fn warning(&self, warning: &dyn Diagnostic) {
        self.warning_of(warning, None);
    }

    /// Prints a warning about a component of a graph, which the sentence names.
    pub fn warning_of(&self, warning: &dyn Diagnostic, component: Option<&str>) {
        if !self.quiet {
            self.print(Level::Warning, warning, Words::Own, component);
        }
    }

    /// Prints what the policy refused. The objects of `--json` have it elsewhere.
    pub fn refused(&self, what: &str) {
        if self.quiet || self.json {
            return;
        }
        let (start, end) = match self.color {
            true => ("\x1b[1;33m", "\x1b[0m"),
            false => ("", ""),
        };
        terminal::message(&format!("{start}refused{end}: {}", printable(what)));
    }

    /// Prints a step of the work.
    pub fn note(&self, code: &'static str, message: &str) {
        if self.json {
            let note = Sentence::new(code, message.trim_start().into());
            self.print(Level::Info, &note, Words::Own, None);
        } else {
            terminal::message(&printable(message));
        }
    }

    fn print(
        &self,
        level: Level,
        diagnostic: &dyn Diagnostic,
        words: Words,
        component: Option<&str>,
    ) {
        let message = match self.json {
            true => terminal::json_line(&object(level, diagnostic, component)),
            false => self.text(level, diagnostic, words),
        };
        terminal::message(&message);
    }

    fn text(&self, level: Level, diagnostic: &dyn Diagnostic, words: Words) -> String {
        let shown = Shown::new(level, diagnostic, words);
        let is_an_error_in_a_file = level == Level::Error && shown.code.is_some();
        let is_of_a_file = is_an_error_in_a_file || diagnostic.source_code().is_some();
        let report = is_of_a_file.then(|| self.report(&shown)).flatten();
        match report {
            Some(report) => report + &shown.quoted,
            None => self.lines(level, &shown),
        }
    }

    /// A message with its hint as text.
    fn lines(&self, level: Level, shown: &Shown<'_>) -> String {
        let (start, end) = match (self.color, level) {
            (false, _) => ("", ""),
            (true, Level::Error) => ("\x1b[1;31m", "\x1b[0m"),
            (true, _) => ("\x1b[1;33m", "\x1b[0m"),
        };
        let mut lines = format!(
            "{start}{}{end}: {}{}",
            level.word(),
            shown.message,
            shown.quoted
        );
        if let Some(hint) = &shown.hint {
            let _ = write!(lines, "\n  hint: {hint}");
        }
        lines
    }

    /// A message with its hint and the lines of the file around its places; `None` if they cannot be shown.
    fn report(&self, shown: &Shown<'_>) -> Option<String> {
        let theme = match self.color {
            true => GraphicalTheme::unicode(),
            false => GraphicalTheme::unicode_nocolor(),
        };
        let mut text = String::new();
        GraphicalReportHandler::new_themed(theme)
            .with_width(100)
            .render_report(&mut text, shown)
            .ok()?;
        // The text of the file may come from any source too.
        Some(printable_lines(text.trim_end(), self.color))
    }
}

/// A diagnostic in the form that text shows.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Shown<'a> {
    message: String,
    /// The further lines of a library's text, ready to print.
    quoted: String,
    hint: Option<String>,
    code: Option<String>,
    severity: Severity,
    /// The diagnostic with the places.
    diagnostic: &'a dyn Diagnostic,
}

impl<'a> Shown<'a> {
    fn new(level: Level, diagnostic: &'a dyn Diagnostic, words: Words) -> Self {
        let said = diagnostic.to_string();
        let (message, more) = match words {
            Words::Own => (said.as_str(), ""),
            Words::OfALibrary => said.split_once('\n').unwrap_or((&said, "")),
        };
        let mut quoted = String::new();
        for line in more.lines() {
            let line = format!("| {}", printable(line));
            let _ = write!(quoted, "\n  {}", line.trim_end());
        }
        let code = diagnostic.code().map(|code| code.to_string());
        Self {
            message: printable(match words {
                Words::Own => message,
                Words::OfALibrary => message.trim_end(),
            }),
            quoted,
            hint: diagnostic.help().map(|help| printable(&help.to_string())),
            code: code.filter(|code| OF_OUR_FILES.iter().any(|start| code.starts_with(start))),
            severity: match level {
                Level::Error => Severity::Error,
                Level::Warning => Severity::Warning,
                Level::Info => Severity::Advice,
            },
            diagnostic,
        }
    }
}

impl Diagnostic for Shown<'_> {
    fn severity(&self) -> Option<Severity> {
        Some(self.severity)
    }

    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        displayed(self.code.as_ref())
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        displayed(self.hint.as_ref())
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.diagnostic.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.diagnostic.labels()
    }
}

/// A message as an object. All objects have the same members.
fn object(level: Level, diagnostic: &dyn Diagnostic, component: Option<&str>) -> Message {
    let place = |label: LabeledSpan| {
        let source = diagnostic.source_code()?;
        let contents = source.read_span(label.inner(), 0, 0).ok()?;
        Some(Place {
            file: contents.name().map(str::to_owned),
            line: contents.line() + 1,
            column: contents.column() + 1,
            offset: label.offset(),
            length: label.len(),
            label: label.label().map(str::to_owned),
        })
    };
    let places = diagnostic.labels().into_iter().flatten();
    Message {
        level,
        message: diagnostic.to_string(),
        hint: diagnostic.help().map(|help| help.to_string()),
        // Every diagnostic has a code; the tests ensure that.
        code: diagnostic
            .code()
            .map_or_else(String::new, |code| code.to_string()),
        component: component.map(str::to_owned),
        places: places.filter_map(place).collect(),
    }
}
