//! `interpose serve`: composes a component in memory and answers HTTP requests with it.

use std::io::{ErrorKind, Write};
use std::net::TcpListener;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use crate::failure::Failure;
use crate::help;
use crate::limits::{LimitOptions, duration};
use crate::lines::{RecordedServer, Served};
use crate::message::{Sentence, Words};
use crate::options::PathAndDirectory;
use crate::prepare::{Program, Way, component_of};
use crate::save::{saves, tell_saved};
use crate::session::{Result, Session};
use crate::terminal;
use crate::trace::{Planned, TraceOptions};
use interpose_host::{Event, HostError, Input, Offer, Server, Stop};
use wasi_interpose::graph::Assembled;
use wasi_interpose::surface::Surface;

/// Interpose a component that handles HTTP requests and serve it, each request by an instance of its own
#[derive(Debug, Args)]
#[command(after_help = help::after(&[
    "interpose serve server.wasm -p sandbox",
    "interpose serve server.wasm -p policy.toml --addr 127.0.0.1:0",
    "interpose serve --graph graph.toml",
    "interpose serve server.wasm -p sandbox --trace",
], help::WITH_A_POLICY))]
pub struct Serve {
    #[command(flatten)]
    program: Program,
    /// Where to listen; port 0 lets the system choose one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
    addr: String,
    /// How long a client may stall, and an instance may run after its answer; an instance may wait for twice as long
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = idle_limit)]
    idle_limit: Duration,
    /// After each request, write what its instance's filesystem holds under PATH to DIR
    #[arg(long = "save", value_name = "PATH=DIR")]
    saves: Vec<PathAndDirectory>,
    #[command(flatten)]
    limits: LimitOptions,
    #[command(flatten)]
    trace: TraceOptions,
}

impl Serve {
    pub fn execute(&self, session: &Session) -> Result {
        let saves = saves(&self.saves);
        // Concurrent requests would take each other's standard input.
        let offer = Offer {
            stdin: Input::Closed,
            ..Offer::inherit()
        };
        let trace = self.trace.plan(session, self.program.title())?;
        let way = Way {
            open: false,
            saves: &saves,
            probe: trace.as_ref().map(Planned::kept),
        };
        let mut prepared = self.program.prepare(session, way, offer, check)?;
        self.limits.change(&mut prepared.grant.limits);
        let listener = self.listen()?;
        let server = Server::for_grant(self.program.options.cache(), &prepared.grant)?;
        let program = {
            let _progress = session.progress("compiling");
            server.compile(&prepared.component)?
        };
        let probes = std::mem::take(&mut prepared.probes);
        let trace = Planned::start(trace, session, probes, &mut prepared.grant)?;
        let service = server.prepare(&program, &prepared.grant, &saves)?;
        let service = service.with_idle_limit(self.idle_limit);
        let stop = Stop::new();
        stop_on_signals(&stop)?;
        say_address(session, &listener)?;
        let refusals = service.refusals();
        let (reporting, assembled) = (session.clone(), prepared.assembled);
        let served = service.serve(listener, &stop, move |event| {
            tell(&reporting, assembled.as_ref(), event);
        });
        if let Some(trace) = trace {
            trace.finish(session, None);
        }
        served?;
        let _ = std::io::stdout().flush();
        let denials = prepared.tellers.denials(refusals.so_far());
        denials.tell(session, true);
        if session.json {
            let record = Served {
                record: RecordedServer::Serve,
                more_denials: denials.more,
                denials: denials.into_lines(),
            };
            terminal::message(&terminal::json_line(&record));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn listen(&self) -> Result<TcpListener> {
        TcpListener::bind(&self.addr).map_err(|error| {
            let hint = match error.kind() {
                ErrorKind::AddrInUse => {
                    "another program listens there; with port 0 the system chooses one that is free"
                }
                ErrorKind::PermissionDenied => {
                    "ports below 1024 need a privilege; choose another, or port 0 to let the system choose one"
                }
                ErrorKind::AddrNotAvailable => {
                    "this machine has no such address; `127.0.0.1` is its own, `0.0.0.0` stands for all that it has"
                }
                _ => "an address is like `127.0.0.1:8080`; port 0 lets the system choose one",
            };
            let message = format!("cannot listen at `{}`: {error}", self.addr);
            Failure::bad("serve::listen", message).hint(hint)
        })
    }
}

fn idle_limit(text: &str) -> std::result::Result<Duration, String> {
    match duration(text, "`60s` or `5m`")? {
        Duration::ZERO => Err("nobody answers in no time: expected a duration like `60s`".into()),
        limit => Ok(limit),
    }
}

/// Refuses a component that does not handle requests.
fn check(surface: &Surface) -> Result<()> {
    if surface.handles_requests() {
        return Ok(());
    }
    let failure = Failure::from(HostError::NotAServer);
    Err(if surface.is_command() {
        failure.hint("`interpose run` runs commands like this one")
    } else {
        failure
    })
}

/// Prints the server's address, the tool's only line on standard output.
fn say_address(session: &Session, listener: &TcpListener) -> Result<()> {
    let failed = |error: std::io::Error| Failure::from(HostError::Runtime(error.into()));
    let url = format!("http://{}", listener.local_addr().map_err(failed)?);
    let line = if session.json {
        terminal::json(&json!({ "listening": url }), false)
    } else {
        format!("listening on {url}")
    };
    let mut stdout = std::io::stdout();
    // The reader may be gone.
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
    Ok(())
}

fn tell(session: &Session, assembled: Option<&Assembled>, event: Event) {
    match event {
        Event::Answered {
            request,
            status,
            after,
        } => {
            if session.verbose {
                let time = after.as_secs_f64() * 1e3;
                let note = format!("{request}: {status} after {time:.1} ms");
                session.reporter.note("serve::answered", &note);
            }
        }
        Event::Failed { request, failure } => {
            let failed = Sentence::of(&failure).about(&request);
            let component = failure
                .trap()
                .and_then(|trap| component_of(assembled, trap));
            let components = [component.map(str::to_owned)];
            session.reporter.error(&failed, Words::Own, &components);
            if let Some(trap) = failure.trap() {
                session.tell_functions(trap);
            }
        }
        Event::HungUp { request } => {
            if session.verbose {
                let note = format!("{request}: the client hung up without an answer");
                session.reporter.note("serve::hung-up", &note);
            }
        }
        Event::Saved { saved, .. } => tell_saved(session, &saved),
        Event::NotAccepted(error) => {
            let message = format!("a connection was not accepted: {error}");
            let warning = Sentence::new("serve::not-accepted", message);
            session.reporter.warning(&warning);
        }
    }
}

/// Ends the server gracefully at the first signal to end this process, and at once at the second.
#[cfg(unix)]
fn stop_on_signals(stop: &Stop) -> Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};

    let signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]);
    let mut signals = signals.map_err(|error| HostError::Runtime(error.into()))?;
    let stop = stop.clone();
    std::thread::spawn(move || signals.forever().for_each(|_| stop.request()));
    Ok(())
}

/// Other systems end this process at once.
#[cfg(not(unix))]
fn stop_on_signals(_: &Stop) -> Result<()> {
    Ok(())
}
