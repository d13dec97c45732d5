//! The options of traces.

use std::fs::File;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::probe::Probe;
use super::running::Trace;
use super::writer::{Shape, Sink, Target};
use crate::failure::Failure;
use crate::session::{Result, Session};
use interpose_host::Grant;
use interpose_trace::{Filter, Json, Page, Summary, Text};
use wasi_interpose::probe::Kept;

/// The heading of the options of traces.
const TRACING: &str = "Tracing";

/// How much of the texts and lists of a call is reported: a path as long as systems allow it.
const KEPT: Kept = Kept {
    of_arguments: 4096,
    of_results: 4096,
    copied: false,
};

/// Whether calls are shown, and how.
#[derive(Debug, Args)]
pub struct TraceOptions {
    /// Write a line for each call that the application makes, to FILE or to standard error
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, help_heading = TRACING)]
    trace: Option<Option<PathBuf>>,
    /// The form of the trace: lines of text or of JSON, or a page for a browser
    #[arg(long, value_name = "FORMAT", help_heading = TRACING)]
    trace_format: Option<TraceFormat>,
    /// The functions that are shown: patterns between commas, like `filesystem.*,!*.check-write`
    #[arg(long, value_name = "FILTER", allow_hyphen_values = true, help_heading = TRACING)]
    trace_filter: Option<String>,
    /// In place of lines, count the calls of each function, and write a table at the end
    #[arg(long, short = 'c', conflicts_with = "trace_format", help_heading = TRACING)]
    trace_summary: bool,
}

/// The form of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TraceFormat {
    /// A line a call
    Text,
    /// An object a line
    Json,
    /// A page for a browser, which needs a file
    Html,
}

/// A trace that was asked for, and has not begun.
pub struct Planned {
    filter: Filter,
    target: Target,
}

impl TraceOptions {
    /// Reads the options, and opens the file; `None` if no trace was asked for. `title` says what is run.
    pub fn plan(&self, session: &Session, title: String) -> Result<Option<Planned>> {
        let is_asked_for = self.trace.is_some()
            || self.trace_format.is_some()
            || self.trace_filter.is_some()
            || self.trace_summary;
        if !is_asked_for {
            return Ok(None);
        }
        let filter = match &self.trace_filter {
            Some(filter) => filter.parse()?,
            None => Filter::default(),
        };
        let file = self.trace.as_ref().and_then(Option::as_ref);
        let shape = match self.trace_format {
            _ if self.trace_summary => Shape::Summary(Summary::new()),
            Some(TraceFormat::Text) => Shape::Text(Text::new()),
            Some(TraceFormat::Json) => Shape::Json(Json::new()),
            Some(TraceFormat::Html) if file.is_none() => {
                let message = "a page cannot be written to standard error";
                return Err(Failure::bad("trace::page-without-file", message.into())
                    .hint("name a file: `--trace=trace.html --trace-format html`"));
            }
            Some(TraceFormat::Html) => Shape::Page(Page::new(), title),
            None if session.json => Shape::Json(Json::new()),
            None => Shape::Text(Text::new()),
        };
        let sink = match file {
            None => Sink::Stderr,
            Some(path) => {
                let file = File::create(path).map_err(|error| {
                    let message = format!("`{}` cannot be written: {error}", path.display());
                    Failure::bad("trace::file", message)
                        .hint("check that the directory above it exists and may be written to")
                })?;
                Sink::File(file)
            }
        };
        Ok(Some(Planned {
            filter,
            target: Target { shape, sink },
        }))
    }
}

impl Planned {
    /// How much of a call a trace needs.
    pub fn kept(&self) -> Kept {
        KEPT
    }

    /// Begins a trace that was asked for: gives the grant its observers, beside those that it has.
    pub fn start(
        planned: Option<Self>,
        session: &Session,
        probes: Vec<Probe>,
        grant: &mut Grant,
    ) -> Result<Option<Trace>> {
        let Some(Self { filter, target }) = planned else {
            return Ok(None);
        };
        let (trace, observers) = Trace::start(session, &filter, probes, target)?;
        grant.observers.extend(observers);
        Ok(Some(trace))
    }
}
