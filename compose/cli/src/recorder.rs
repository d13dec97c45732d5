//! Keeps what crosses the boundary of an application while it runs.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use interpose_host::{Observer, Outcome};
use interpose_recording::calls::Event;
use interpose_recording::{Header, Outcome as Ended, Recorder, RecordingError, redact};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::failure::Failure;
use crate::options::name_of;
use crate::output::temporary;
use crate::prepare::{Prepared, Program};
use crate::session::{Result, Session};
use crate::trace::{Probe, chosen};

/// A recording that is to be made.
#[derive(Debug)]
pub struct NewRecording {
    /// Its file.
    pub output: PathBuf,
    /// The functions whose results are kept without their texts and bytes.
    pub redact: Option<String>,
}

/// A recording that is being made.
pub struct ActiveRecording {
    output: PathBuf,
    state: Arc<Mutex<State>>,
}

/// What the observer writes to.
struct State {
    /// `None` after a failure.
    recorder: Option<Recorder<BufWriter<NamedTempFile>>>,
    failure: Option<RecordingError>,
}

impl NewRecording {
    /// Begins the recording of a program that runs next: the times in it count from here.
    pub fn begin(
        self,
        session: &Session,
        program: &Program,
        prepared: &mut Prepared,
    ) -> Result<ActiveRecording> {
        let (Some(application), [Probe { observed, .. }]) =
            (program.application.as_deref(), prepared.probes.as_slice())
        else {
            return Err(graph_recorded());
        };
        let header = Header {
            application: hash(application)?,
            name: name_of(application),
            preview1: program.options.preview1.name().into(),
            table: observed.table.clone(),
        };
        let redacted: Vec<bool> = match &self.redact {
            Some(filter) => chosen(session, &observed.table, Some(filter))?
                .are_shown()
                .collect(),
            None => Vec::new(),
        };
        let table = observed.table.clone();
        let failed = |error: RecordingError| not_written(&self.output, &error);
        let file = temporary(&self.output).map_err(|error| failed(error.into()))?;
        let recorder = Recorder::new(BufWriter::new(file), &header).map_err(failed)?;
        let state = Arc::new(Mutex::new(State {
            recorder: Some(recorder),
            failure: None,
        }));
        let observing = Arc::clone(&state);
        let clock = Instant::now();
        let observer = Observer::new(observed.sink.clone(), move |event| {
            let at = clock.elapsed();
            let is_redacted = Event::returned(event)
                .and_then(|function| redacted.get(function as usize))
                .is_some_and(|is_redacted| *is_redacted);
            match is_redacted.then(|| redact(&table, event)).flatten() {
                Some(event) => lock(&observing).event(at, &event),
                None => lock(&observing).event(at, event),
            }
        });
        prepared.grant.observers.push(observer);
        Ok(ActiveRecording {
            output: self.output,
            state,
        })
    }
}

impl State {
    fn event(&mut self, at: Duration, event: &[u8]) {
        if let Some(recorder) = &mut self.recorder
            && let Err(error) = recorder.event(at, event)
        {
            self.failure = Some(error);
            self.recorder = None;
        }
    }
}

impl ActiveRecording {
    /// Ends the recording, which appears in its place.
    pub fn finish(self, outcome: &Outcome) -> Result<()> {
        let failed = |error: &RecordingError| not_written(&self.output, error);
        let mut state = lock(&self.state);
        let Some(recorder) = state.recorder.take() else {
            let failure = state.failure.take().unwrap_or(RecordingError::CutShort);
            return Err(failed(&failure));
        };
        let ended = match outcome {
            Outcome::Exited(status) => Ended::Exited(*status),
            Outcome::Trapped(trap) => Ended::Trapped(trap.message.clone()),
            Outcome::Exceeded(exceeded) => Ended::Exceeded(exceeded.to_string()),
        };
        let file = recorder.finish(&ended).map_err(|error| failed(&error))?;
        let file = file
            .into_inner()
            .map_err(|error| failed(&error.into_error().into()))?;
        file.persist(&self.output)
            .map_err(|error| failed(&error.error.into()))?;
        Ok(())
    }
}

/// Why the components of a graph are not recorded together.
pub fn graph_recorded() -> Failure {
    let message = "a graph cannot be recorded".into();
    Failure::bad("command-line::graph-recorded", message)
        .hint("record one of its components, under its policy")
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn not_written(path: &Path, error: &RecordingError) -> Failure {
    Failure::failed(
        "recording::not-written",
        format!(
            "the recording `{}` cannot be written: {error}",
            path.display()
        ),
    )
    .hint("choose another place for it with `--output`")
}

/// The SHA-256 of a file.
pub fn hash(path: &Path) -> Result<[u8; 32]> {
    let mut hash = Sha256::new();
    File::open(path)
        .and_then(|mut file| std::io::copy(&mut file, &mut hash))
        .map_err(|error| {
            Failure::bad(
                "recording::application-unreadable",
                format!(
                    "the application `{}` cannot be read: {error}",
                    path.display()
                ),
            )
            .hint("give the path of the application that was recorded")
        })?;
    Ok(hash.finalize().into())
}
