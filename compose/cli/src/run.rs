//! `interpose run`: composes a component in memory and runs it.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{ArgGroup, Args};

use crate::failure::Failure;
use crate::help;
use crate::limits::LimitOptions;
use crate::options::{PathAndDirectory, PolicyOptions, argument_text};
use crate::prepare::{Program, Way, component_of};
use crate::record::Record;
use crate::recorder::{NewRecording, graph_recorded};
use crate::save::{ShownSaving, saves, tell_saved};
use crate::session::{Result, Session};
use crate::terminal;
use crate::trace::{Planned, TraceOptions, reason};
use interpose_host::{Host, HostError, Offer, Outcome};
use wasi_interpose::configurations::Configuration;
use wasi_interpose::probe::Kept;
use wasi_interpose::surface::Surface;

/// Interpose a component and run it, granting no more of this machine than the policy names
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("program").required(true).multiple(true)),
    override_usage = "interpose run [OPTIONS] --policy <POLICY> <APP> [ARGS]...\n       \
        interpose run [OPTIONS] --graph <FILE> [ARGS]...",
    after_help = help::after_run(&[
        "interpose run -p sandbox app.wasm --flag input.txt",
        "interpose run -p policy.toml --env LANG=C --save /=saved app.wasm",
        "interpose run --graph graph.toml -- --flag",
        "interpose run -p sandbox --trace=trace.txt --trace-filter filesystem.* app.wasm",
        "CARGO_TARGET_WASM32_WASIP2_RUNNER=\"interpose run -p deterministic\" cargo test --target wasm32-wasip2",
    ])
)]
pub struct Run {
    /// A component, or a WASI preview 1 core module, and the arguments of the application
    ///
    /// Options stand before APP: all that follows it is the application's, also what begins with `-`. With --graph there is
    /// no APP, and arguments that begin with `-` stand behind `--`.
    // The program and its arguments are one list, because clap takes options for its own until the first value of the
    // last argument.
    #[arg(value_name = "APP [ARGS]", group = "program", trailing_var_arg = true)]
    words: Vec<OsString>,
    /// Several components, each with its policy, as this file says
    #[arg(long, value_name = "FILE", group = "program", display_order = 3)]
    graph: Option<PathBuf>,
    #[command(flatten)]
    options: PolicyOptions,
    /// When the application has ended, write what its filesystem holds under PATH to DIR
    #[arg(long = "save", value_name = "PATH=DIR")]
    saves: Vec<PathAndDirectory>,
    #[command(flatten)]
    limits: LimitOptions,
    /// What `interpose record` keeps of the run.
    #[arg(skip)]
    pub recording: Option<NewRecording>,
    #[command(flatten)]
    trace: TraceOptions,
}

impl Run {
    pub fn execute(self, session: &Session) -> ExitCode {
        let mut record = Record::start();
        let result = self.run(session, &mut record);
        record.finish(&session.reporter, result)
    }

    /// Runs the application and returns its exit status.
    fn run(self, session: &Session, record: &mut Record) -> Result<u8> {
        let saves = saves(&self.saves);
        let (application, arguments) = words(self.words, self.graph.is_some())?;
        refuse_options_behind(&self.options, self.graph.is_some(), &arguments)?;
        let program = Program {
            application,
            graph: self.graph,
            options: self.options,
        };
        let offer = Offer {
            arguments,
            ..Offer::inherit()
        };
        if self.recording.is_some() && program.graph.is_some() {
            return Err(graph_recorded());
        }
        let trace = self.trace.plan(session, program.title())?;
        let probe = match &self.recording {
            Some(_) => Some(Kept::ALL),
            None => trace.as_ref().map(Planned::kept),
        };
        let way = Way {
            open: true,
            saves: &saves,
            probe,
        };
        let mut prepared = program.prepare(session, way, offer, check)?;
        let grant = &mut prepared.grant;
        self.limits.change(&mut grant.limits);
        // There is only one instance, so the configurations need not be kept; the instance then has the only copy of
        // baked files.
        let configurations = std::mem::take(&mut grant.configurations);
        grant.configurations = configurations
            .into_iter()
            .map(Configuration::once)
            .collect();
        let saving = ShownSaving::new(session);
        let host = Host::for_grant(program.options.cache(), &prepared.grant)?;
        let host = host.watched(saving.watch());
        let compiled = {
            let _progress = session.progress("compiling");
            host.compile(&prepared.component)?
        };
        let recording = match self.recording {
            Some(new) => Some(new.begin(session, &program, &mut prepared)?),
            None => None,
        };
        let probes = std::mem::take(&mut prepared.probes);
        let trace = Planned::start(trace, session, probes, &mut prepared.grant)?;
        let started = Instant::now();
        let finished = host.run(&compiled, &prepared.grant, &saves);
        // Before anything else is said. Whoever has said something of the saving knew of an open line.
        let was_shown = saving.end();
        if let Some(trace) = trace {
            let reason = finished.as_ref().ok().map(|end| reason(&end.outcome));
            trace.finish(session, reason);
        }
        let finished = finished?;
        if let Some(recording) = recording {
            recording.finish(&finished.outcome)?;
        }
        record.ended(started.elapsed(), finished.memory);
        if finished.leaves_line_open && !was_shown {
            terminal::line_is_open();
        }
        let _ = std::io::stdout().flush();
        tell_saved(session, &finished.saved);
        let denials = prepared.tellers.denials(finished.refused);
        let succeeded = matches!(finished.outcome, Outcome::Exited(0));
        denials.tell(session, succeeded);
        record.refused(denials);
        match finished.outcome {
            Outcome::Exited(status) => Ok(status_of(status)),
            Outcome::Trapped(trap) => {
                session.tell_functions(&trap);
                let component = component_of(prepared.assembled.as_ref(), &trap);
                record.trapped(&trap, component);
                let failure = Failure::trapped(trap, component.map(str::to_owned));
                Err(unsaved(&self.saves, failure))
            }
            Outcome::Exceeded(exceeded) => Err(unsaved(&self.saves, exceeded.into())),
        }
    }
}

/// Adds to a failure that files were not saved because the application did not end by itself.
fn unsaved(saves: &[PathAndDirectory], failure: Failure) -> Failure {
    match saves.is_empty() {
        true => failure,
        false => {
            failure.hint("nothing was saved: the component cannot be read any more after that")
        }
    }
}

/// Splits the words into the application, unless a graph names it, and its arguments.
fn words(words: Vec<OsString>, has_graph: bool) -> Result<(Option<PathBuf>, Vec<String>)> {
    let mut words = words.into_iter().peekable();
    let application = match has_graph {
        true => None,
        false => words.next().map(PathBuf::from),
    };
    // The `--` in front of the arguments is optional here.
    if application.is_some() {
        words.next_if(|word| word == "--");
    }
    Ok((
        application,
        words.map(argument_text).collect::<Result<_>>()?,
    ))
}

/// Refuses a command line without a policy, and says so if the option stands among the application's arguments.
fn refuse_options_behind(
    options: &PolicyOptions,
    has_graph: bool,
    arguments: &[String],
) -> Result<()> {
    let is_policy = |argument: &String| argument.starts_with("--policy") || argument == "-p";
    if options.policy.is_some() || has_graph || !arguments.iter().any(is_policy) {
        return Ok(());
    }
    Err(Failure::bad(
        "command-line::policy-behind",
        "`--policy` is missing: behind APP it is an argument of the application".into(),
    )
    .hint("write it before: `interpose run --policy POLICY APP ARGS…`"))
}

/// Refuses a component that can be served but not run.
pub fn check(surface: &Surface) -> Result<()> {
    if surface.handles_requests() && !surface.is_command() {
        let failure = Failure::from(HostError::NotACommand);
        return Err(failure.hint("`interpose serve` serves components like this one"));
    }
    Ok(())
}

/// A process's status has 8 bits. A status that does not fit becomes another failure status.
fn status_of(status: i32) -> u8 {
    u8::try_from(status).unwrap_or(u8::MAX)
}
