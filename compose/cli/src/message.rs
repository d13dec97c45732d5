//! Messages for people: one problem each, with a hint what to do; as objects if asked for.
//!
//! What is printed is a [`Diagnostic`]. Names and texts in it may be anybody's. As text, none of their lines looks like a
//! line of ours: control characters are escapes, line breaks too where a sentence is our own, and each further line of
//! what a library says stands behind `|`.

use std::fmt::{self, Write as _};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, Severity, SourceCode,
};
use serde_json::{Value, json};

use crate::terminal::{self, printable, printable_lines};

/// Problems of one file that are printed: more do not help, and each shows the text around it.
const MAX_PROBLEMS: usize = 50;

/// What is wrong with a file that is written for this tool has one of these codes, which the text shows too. Of all else the
/// code is for programs.
const OF_OUR_FILES: [&str; 2] = ["policy::", "graph::"];

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// This tool: it is one line, and a line break in it comes from a name.
    Own,
    /// A parser, an encoder or the runtime, in as many lines as it likes.
    OfALibrary,
}

/// A sentence of the command's own, without a place in a file.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Sentence {
    message: String,
    code: Option<String>,
    hint: Option<String>,
}

impl Sentence {
    pub fn new(message: String) -> Self {
        Self {
            message,
            code: None,
            hint: None,
        }
    }

    /// What another diagnostic says.
    pub fn of(diagnostic: &dyn Diagnostic) -> Self {
        Self {
            message: diagnostic.to_string(),
            code: diagnostic.code().map(|code| code.to_string()),
            hint: diagnostic.help().map(|help| help.to_string()),
        }
    }

    /// The same with what to do about it.
    pub fn with_hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, saying first what it is about.
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

    /// Prints what went wrong: each of the problems that it consists of, if it consists of several.
    pub fn error(&self, diagnostic: &dyn Diagnostic, words: Words) {
        let problems: Vec<&dyn Diagnostic> = diagnostic.related().into_iter().flatten().collect();
        let Some(first) = problems.first() else {
            return self.print("error", diagnostic, words);
        };
        let limit = match first.source_code() {
            Some(_) => MAX_PROBLEMS,
            None => problems.len(),
        };
        for problem in problems.iter().take(limit) {
            self.print("error", *problem, words);
        }
        let more = problems.len().saturating_sub(limit);
        if more > 0 {
            let more = Sentence::new(format!("and {more} more problems"));
            self.print("error", &more, Words::Own);
        }
    }

    /// Prints something that the person should know.
    pub fn warning(&self, message: &str) {
        if !self.quiet {
            let warning = Sentence::new(message.into());
            self.print("warning", &warning, Words::Own);
        }
    }

    /// Prints something that the person should know about a place in a file.
    pub fn warning_about(&self, diagnostic: &dyn Diagnostic) {
        if !self.quiet {
            self.print("warning", diagnostic, Words::Own);
        }
    }

    /// Prints what is done.
    pub fn note(&self, message: &str) {
        if self.json {
            let note = Sentence::new(message.trim_start().into());
            self.print("info", &note, Words::Own);
        } else {
            terminal::message(&printable(message));
        }
    }

    fn print(&self, level: &str, diagnostic: &dyn Diagnostic, words: Words) {
        let message = match self.json {
            true => terminal::json(&object(level, diagnostic), false),
            false => self.text(level, diagnostic, words),
        };
        terminal::message(&message);
    }

    fn text(&self, level: &str, diagnostic: &dyn Diagnostic, words: Words) -> String {
        let shown = Shown::new(level, diagnostic, words);
        let is_of_a_file = shown.code.is_some() || diagnostic.source_code().is_some();
        let report = is_of_a_file.then(|| self.report(&shown)).flatten();
        match report {
            Some(report) => report + &shown.quoted,
            None => self.lines(level, &shown),
        }
    }

    /// A message with its hint.
    fn lines(&self, level: &str, shown: &Shown<'_>) -> String {
        let (start, end) = match (self.color, level) {
            (false, _) => ("", ""),
            (true, "error") => ("\x1b[1;31m", "\x1b[0m"),
            (true, _) => ("\x1b[1;33m", "\x1b[0m"),
        };
        let mut lines = format!("{start}{level}{end}: {}{}", shown.message, shown.quoted);
        if let Some(hint) = &shown.hint {
            let _ = write!(lines, "\n  hint: {hint}");
        }
        lines
    }

    /// A message with its hint and what a file has at its place; `None` if that cannot be shown.
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
        // What the file has there is anybody's too.
        Some(printable_lines(text.trim_end(), self.color))
    }
}

/// A diagnostic as text shows it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Shown<'a> {
    message: String,
    /// The further lines of what a library says, as lines to print.
    quoted: String,
    hint: Option<String>,
    code: Option<String>,
    severity: Severity,
    /// Whose places it has.
    diagnostic: &'a dyn Diagnostic,
}

impl<'a> Shown<'a> {
    fn new(level: &str, diagnostic: &'a dyn Diagnostic, words: Words) -> Self {
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
                "warning" => Severity::Warning,
                _ => Severity::Error,
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

/// A message as an object, which has the same members whatever it is about: what there is nothing of is null, or a list
/// without places. Lines and columns count from 1; offsets and lengths are bytes.
fn object(level: &str, diagnostic: &dyn Diagnostic) -> Value {
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
        "level": level,
        "message": diagnostic.to_string(),
        "hint": diagnostic.help().map(|help| help.to_string()),
        "code": diagnostic.code().map(|code| code.to_string()),
        "places": diagnostic.labels().into_iter().flatten().filter_map(place).collect::<Vec<_>>(),
    })
}
