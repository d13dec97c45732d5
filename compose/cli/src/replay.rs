//! `interpose replay`: runs an application with nothing of this machine but a recording.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use interpose_host::{Grant, Host, Outcome, Output, Player as Played, Trap};
use interpose_recording::calls::Event;
use interpose_recording::{Outcome as Ended, Recording, RecordingError};
use interpose_trace::{Filter, Functions, Text, Timed, Tracer};
use wasi_interpose::application::Application;
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::preview1::Target;
use wasi_interpose::probe::{Player, replaying};

use crate::failure::{Failure, Kind};
use crate::help;
use crate::output::Outputs;
use crate::preview1::Preview1Options;
use crate::record::Record as Facts;
use crate::recorder::hash;
use crate::session::{Result, Session};

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
    let file = File::open(path).map_err(|error| {
        let message = format!("the recording `{}` cannot be read: {error}", path.display());
        Failure::bad("recording::unreadable", message)
            .hint("give the path of a file that `interpose record` has written")
    })?;
    Recording::read(file)
        .map_err(|error| Failure::from(error).about(&format!("`{}`", path.display())))
}

/// Says how a run differs from its recording.
fn differs(recording: &Recording, difference: &[u8]) -> Failure {
    let table = &recording.header.table;
    let Ok(event) = Event::read(table, u32::MAX, u32::MAX, difference) else {
        return Failure::from(RecordingError::Damaged);
    };
    let Event::Differs { position, .. } = event else {
        return Failure::from(RecordingError::Damaged);
    };
    let functions = Functions::new(Arc::new(table.clone()), &Filter::default());
    let (mut tracer, mut text) = (Tracer::new(Arc::new(functions), None), Text::new());
    let mut at = Duration::ZERO;
    let before = recording
        .timeline()
        .take(usize::try_from(position).unwrap_or(usize::MAX));
    for (time, event) in before {
        at = time;
        if let Ok(event) = event {
            tracer.observe(Timed { at, event }, &mut text);
        }
    }
    // Only what differs is shown, with what is known of its resources from before.
    text.take();
    tracer.observe(Timed { at, event }, &mut text);
    let shown = text.take();
    Failure::bad(
        "recording::differs",
        format!(
            "the run differs from its recording after {position} events: {}",
            shown.trim()
        ),
    )
    .hint("the application depends on something that is not of its host: `interpose trace` shows the recording")
}
