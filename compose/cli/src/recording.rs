//! `interpose record` and `interpose replay`: runs an application and keeps all that crosses its boundary, and runs it with
//! nothing but what was kept.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use clap::Args;
use interpose_host::{Grant, Host, Observer, Outcome, Output, Player as Played, Trap};
use interpose_recording::calls::{Event, Table};
use interpose_recording::{Header, Outcome as Ended, Recorder, Recording, RecordingError};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use wasi_interpose::application::Application;
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::preview1::Target;
use wasi_interpose::probe::{Player, replaying};

use crate::failure::{Failure, Kind};
use crate::help;
use crate::options::name_of;
use crate::output::{Outputs, temporary};
use crate::prepare::{Prepared, Program};
use crate::preview1::Preview1Options;
use crate::record::Record as Facts;
use crate::run::Run;
use crate::session::{Result, Session};

/// Run a component as `run` does, and keep all that crosses its boundary in a file
#[derive(Debug, Args)]
#[command(
    override_usage = "interpose record [OPTIONS] --policy <POLICY> --output <FILE> <APP> [ARGS]...",
    after_help = help::after_run(&[
        "interpose record -p policy.toml -o run.rec app.wasm --flag",
        "interpose replay app.wasm run.rec",
    ])
)]
pub struct Record {
    /// The recording
    #[arg(long, short, value_name = "FILE", display_order = 2)]
    output: PathBuf,
    #[command(flatten)]
    run: Run,
}

impl Record {
    pub fn execute(mut self, session: &Session) -> ExitCode {
        self.run.recording = Some(NewRecording {
            output: self.output,
        });
        self.run.execute(session)
    }
}

/// A recording that is to be made.
#[derive(Debug)]
pub struct NewRecording {
    output: PathBuf,
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
    /// Begins the recording of a program that is about to run.
    pub fn begin(self, program: &Program, prepared: &mut Prepared) -> Result<ActiveRecording> {
        let (Some(application), None, [(_, observed)]) = (
            program.application.as_deref(),
            &program.graph,
            prepared.observed.as_slice(),
        ) else {
            return Err(Failure::bad(
                "command-line::graph-recorded",
                "a graph cannot be recorded".into(),
            )
            .hint("record one of its components, under its policy"));
        };
        let header = Header {
            application: hash(application)?,
            name: name_of(application),
            preview1: program.options.preview1.name().into(),
            table: observed.table.clone(),
        };
        let failed = |error: RecordingError| not_written(&self.output, &error);
        let file = temporary(&self.output).map_err(|error| failed(error.into()))?;
        let recorder = Recorder::new(BufWriter::new(file), &header).map_err(failed)?;
        let state = Arc::new(Mutex::new(State {
            recorder: Some(recorder),
            failure: None,
        }));
        let observing = Arc::clone(&state);
        let clock = Instant::now();
        prepared.grant.observers = vec![Observer::new(observed.sink.clone(), move |event| {
            lock(&observing).event(clock.elapsed(), event);
        })];
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
fn hash(path: &Path) -> Result<[u8; 32]> {
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

/// Run a component again with nothing of this machine but a recording
#[derive(Debug, Args)]
#[command(after_help = help::after(&[
    "interpose replay app.wasm run.rec",
    "interpose replay app.wasm run.rec --compose replayed.wasm",
], &[Kind::Machine, Kind::Input, Kind::Trapped]))]
pub struct Replay {
    /// The component, or the WASI preview 1 core module, that was recorded
    #[arg(value_name = "APP")]
    application: PathBuf,
    /// The recording
    #[arg(value_name = "RECORDING")]
    recording: PathBuf,
    /// Write a component that replays the recording on any host, and do not run it: it imports nothing
    #[arg(long, value_name = "OUT")]
    compose: Option<PathBuf>,
    /// Let the written component import standard output, standard error and `exit`, as far as the application does
    #[arg(long, requires = "compose")]
    stdio: bool,
    /// Compile anew instead of using the cache
    #[arg(long, display_order = 90)]
    no_cache: bool,
}

impl Replay {
    pub fn execute(self, session: &Session) -> ExitCode {
        let mut facts = Facts::start();
        let result = self.replay(session, &mut facts);
        facts.finish(&session.reporter, result)
    }

    fn replay(self, session: &Session, facts: &mut Facts) -> Result<u8> {
        let recording = read(&self.recording)?;
        let header = &recording.header;
        if hash(&self.application)? != header.application {
            return Err(Failure::bad(
                "recording::other-application",
                format!(
                    "`{}` is not the application of the recording, which was `{}`",
                    self.application.display(),
                    header.name
                ),
            )
            .hint("replay the very file that was recorded, or record this one"));
        }
        let application = {
            let _progress = session.progress("reading");
            let options = Preview1Options::named(&header.preview1);
            let preview1 = options.adapter(Target::OWN_HOST);
            Application::read_as(&self.application, preview1)?
        };
        let player = match (&self.compose, self.stdio) {
            (None, _) => Player::Host,
            (Some(_), true) => Player::Wasi,
            (Some(_), false) => Player::Nobody,
        };
        let component = {
            let _progress = session.progress("composing");
            let bytes = application.component();
            replaying(bytes, &header.table, &recording.events, player)?
        };
        match &self.compose {
            Some(path) => {
                let mut outputs = Outputs::default();
                outputs.add(path, &component)?;
                outputs.write()?;
                Ok(0)
            }
            None => self.run(session, &recording, &component, facts),
        }
    }

    fn run(
        &self,
        session: &Session,
        recording: &Recording,
        component: &[u8],
        facts: &mut Facts,
    ) -> Result<u8> {
        let cache = match self.no_cache {
            true => CompilationCache::disabled(),
            false => CompilationCache::of_user(),
        };
        let played = Played::default();
        let grant = Grant {
            stdout: Output::Inherit,
            stderr: Output::Inherit,
            player: Some(played.clone()),
            ..Grant::default()
        };
        let host = Host::new(&cache)?;
        let program = {
            let _progress = session.progress("compiling");
            host.compile(component)?
        };
        let started = Instant::now();
        let finished = host.run(&program, &grant, &[])?;
        facts.ended(started.elapsed(), finished.memory);
        if finished.leaves_line_open {
            crate::terminal::line_is_open();
        }
        drop(std::io::Write::flush(&mut std::io::stdout()));
        if let Some(difference) = played.difference() {
            return Err(differs(recording, &difference));
        }
        match finished.outcome {
            Outcome::Exited(status) => Ok(u8::try_from(status).unwrap_or(u8::MAX)),
            Outcome::Trapped(trap) => {
                session.tell_functions(&trap);
                facts.trapped(&trap, None);
                Err(Failure::trapped(
                    as_recorded(trap, &recording.outcome),
                    None,
                ))
            }
            Outcome::Exceeded(exceeded) => Err(exceeded.into()),
        }
    }
}

/// A run that ended in the host ends in the replay where the recording does; the reason is that of the recording.
fn as_recorded(trap: Trap, outcome: &Ended) -> Trap {
    let ended = match outcome {
        Ended::Trapped(message) | Ended::Exceeded(message) => message,
        Ended::Exited(_) => return trap,
    };
    Trap {
        message: ended.clone(),
        ..trap
    }
}

/// Reads a recording.
pub fn read(path: &Path) -> Result<Recording> {
    let recording = File::open(path)
        .map_err(RecordingError::from)
        .and_then(Recording::read);
    recording.map_err(|error| Failure::from(error).about(&format!("`{}`", path.display())))
}

/// Says how a run differs from its recording.
fn differs(recording: &Recording, difference: &[u8]) -> Failure {
    let table = &recording.header.table;
    let event = Event::read(table, u32::MAX, u32::MAX, difference);
    let Ok(Event::Differs { expected, came }) = event else {
        return Failure::from(RecordingError::Damaged);
    };
    let expected = match expected {
        Some(event) => described(table, &event),
        None => "nothing more".into(),
    };
    let came = described(table, &came);
    Failure::bad(
        "recording::differs",
        format!("the run differs from its recording: `{expected}` was recorded, and `{came}` came"),
    )
    .hint("the application depends on something that is not of its host, or it is another one")
}

/// What an event is about.
fn described(table: &Table, event: &Event) -> String {
    match event {
        Event::Call { function, .. } => table.functions[*function as usize].name.clone(),
        Event::Return { function, .. } => {
            format!("the return of {}", table.functions[*function as usize].name)
        }
        Event::Drop { resource, identity } => {
            format!(
                "drop {}#{identity}",
                table.resources[*resource as usize].name
            )
        }
        Event::Differs { .. } => String::new(),
    }
}
