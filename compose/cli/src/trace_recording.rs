//! `interpose trace`: shows a recording as a trace.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use interpose_recording::{Outcome, Recording};
use interpose_trace::{Format, Functions, Json, Page, Summary, Text, Timed, Tracer};

use crate::help;
use crate::output::{Outputs, result};
use crate::replay::read;
use crate::session::{Result, Session};
use crate::trace::chosen;

/// Show a recording as `run --trace` shows a run
#[derive(Debug, Args)]
#[command(after_help = help::after(&[
    "interpose trace run.rec",
    "interpose trace run.rec --filter filesystem.*",
    "interpose trace run.rec --html run.html",
], help::WITHOUT_A_POLICY))]
pub struct TraceRecording {
    /// A recording, which `interpose record` has made
    #[arg(value_name = "RECORDING")]
    recording: PathBuf,
    /// The form of the trace
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Lines,
    /// The functions that are shown: patterns between commas, like `filesystem.*,!*.check-write`
    #[arg(long, value_name = "FILTER", allow_hyphen_values = true)]
    filter: Option<String>,
    /// In place of lines, a table of the calls of each function
    #[arg(long, short = 'c', conflicts_with = "format")]
    summary: bool,
    /// In place of lines, write a page for a browser to FILE
    #[arg(long, value_name = "FILE", conflicts_with_all = ["format", "summary"])]
    html: Option<PathBuf>,
}

/// The form of the lines of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Lines {
    /// A line a call
    Text,
    /// An object a line
    Json,
}

impl TraceRecording {
    pub fn execute(&self, session: &Session) -> Result {
        let recording = read(&self.recording)?;
        let table = &recording.header.table;
        let functions = Arc::new(chosen(session, table, self.filter.as_deref())?);
        if let Some(path) = &self.html {
            let mut page = Page::new();
            follow(&recording, &functions, &mut page)?;
            let mut outputs = Outputs::default();
            outputs.add(path, page.finish(&recording.header.name).as_bytes())?;
            outputs.write()?;
        } else if self.summary {
            let mut summary = Summary::new();
            follow(&recording, &functions, &mut summary)?;
            result(&summary.table())?;
        } else if self.format == Lines::Json || session.json {
            let mut json = Json::new();
            follow(&recording, &functions, &mut json)?;
            result(&json.take())?;
        } else {
            let mut text = Text::new();
            follow(&recording, &functions, &mut text)?;
            result(&text.take())?;
        }
        Ok(std::process::ExitCode::SUCCESS)
    }
}

/// Shows the events of a recording.
fn follow(
    recording: &Recording,
    functions: &Arc<Functions>,
    format: &mut dyn Format,
) -> Result<()> {
    let mut tracer = Tracer::new(Arc::clone(functions), None);
    for (at, event) in recording.timeline() {
        let event = event.map_err(|_| interpose_recording::RecordingError::Damaged)?;
        tracer.observe(Timed { at, event }, format);
    }
    let reason = match &recording.outcome {
        Outcome::Exited(status) => format!("the application exited with status {status}"),
        Outcome::Trapped(message) => format!("the application trapped: {message}"),
        Outcome::Exceeded(message) => message.clone(),
    };
    tracer.finish(Some(&reason), format);
    Ok(())
}
