//! `interpose learn`: runs a component, and writes the smallest policy that lets it do what it did.

use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf, absolute};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use interpose_learn::{Disk, Learner, Learnt, Uses, VerifyError, narrow, verify, widen};
use interpose_policy::{InterfacePattern, Policy};

use crate::failure::Failure;
use crate::help;
use crate::limits::LimitOptions;
use crate::message::Sentence;
use crate::options::{PolicyOptions, application, argument_text, name_of};
use crate::output::Outputs;
use crate::paths::{Use, check as check_paths};
use crate::run::check;
use crate::session::{Result, Session};
use crate::terminal;
use interpose_host::{Grant, Host, HostError, Input, Observer, Offer, Outcome, Output};
use wasi_interpose::application::Application;
use wasi_interpose::compose::Form;
use wasi_interpose::configurations::Configuration;
use wasi_interpose::plan::{Plan, PlanError};
use wasi_interpose::preview1::Target;
use wasi_interpose::probe::Kept;
use wasi_interpose::surface::Surface;

/// The policy under which the application runs if no other is named.
const BASE: &str = "inherit";

/// How much of a text or a list is looked at: longer than a path may be on common systems.
const KEPT: Kept = Kept {
    of_arguments: 4096,
    of_results: 4096,
    copied: false,
};

/// Run a component, and write the smallest policy that lets it do what it did
#[derive(Debug, Args)]
#[command(
    override_usage = "interpose learn [OPTIONS] --output <OUT> <APP> [-- <ARGS>...]",
    after_help = help::after_learn(&[
        "interpose learn app.wasm --dir data -o policy.toml -- --flag input.txt",
        "interpose learn app.wasm --policy offline -o policy.toml --verify",
        "interpose learn app.wasm --merge policy.toml -o policy.toml",
    ])
)]
pub struct Learn {
    /// A component, or a WASI preview 1 core module
    #[arg(value_name = "APP")]
    application: PathBuf,
    /// The arguments of the application
    #[arg(value_name = "ARGS", last = true)]
    arguments: Vec<OsString>,
    /// The file to write the policy to
    #[arg(long, short, value_name = "OUT", display_order = 2)]
    output: PathBuf,
    /// Widen the policy in FILE by what was learnt, and keep its comments, its order and all else that it says
    #[arg(long, value_name = "FILE")]
    merge: Option<String>,
    /// Run the application again under what was learnt; fail if something is refused or the exit status differs
    #[arg(long)]
    verify: bool,
    #[command(flatten)]
    options: PolicyOptions,
    #[command(flatten)]
    limits: LimitOptions,
}

/// Refuses an application whose calls of WASI 0.3 would not be learnt from.
fn check_revision(surface: &Surface) -> Result<()> {
    match surface.p3_imports().next() {
        Some(import) => Err(Failure::bad(
            "learn::wasi-0-3",
            format!("a policy cannot be learnt from calls of WASI 0.3 yet, and the component imports `{import}`"),
        )
        .hint("build the component for WASI 0.2, or write a policy that leaves what it uses of 0.3 to the host")),
        None => Ok(()),
    }
}

/// What is known after a run.
struct Observation {
    uses: Uses,
    outcome: Outcome,
    /// The imports and exports of the application.
    surface: Surface,
}

impl Learn {
    pub fn execute(mut self, session: &Session) -> Result {
        self.options.policy.get_or_insert_with(|| BASE.to_owned());
        let existing = self.merge.as_deref().map(read).transpose()?;
        let application = application(
            session,
            Some(&self.application),
            self.options.preview1.adapter(Target::OWN_HOST),
        )?;
        let surface = Surface::of(application.component()).map_err(HostError::from)?;
        check(&surface)?;
        check_revision(&surface)?;
        let base = self.options.policy()?;
        check_paths(session, &base, &self.options, &Use::Now(&[]))?;
        let offer = self.offer()?;
        // The application does not run for a policy that cannot be written.
        Outputs::default().add(&self.output, b"")?;
        let first = self.observe(session, &application, &base, &offer)?;
        let first_status = status(session, first.outcome)?;
        for what in first.uses.unnameable.keys() {
            let warning = Sentence::new(
                "learn::unnameable",
                format!(
                    "no policy can allow {what}, which the application did: it will be refused"
                ),
            );
            session.reporter.warning(&warning);
        }
        let text = self.learnt(&base, &first.uses, &first.surface, existing)?;
        let mut outputs = Outputs::default();
        outputs.add(&self.output, text.as_bytes())?;
        outputs.write()?;
        let policy = self.parse(&text)?;
        let own = PolicyOptions::of(BASE);
        check_paths(session, &policy, &own, &Use::Later(&[]))?;
        if self.verify {
            self.run_again(
                session,
                &application,
                &policy,
                &offer,
                &first.uses,
                first_status,
            )?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// What of this process the application is offered. If it runs twice, both runs have the same input.
    fn offer(&self) -> Result<Offer> {
        let mut offer = Offer::inherit();
        offer.directories = self.options.host_directories();
        offer.arguments.push(name_of(&self.application));
        for argument in &self.arguments {
            offer.arguments.push(argument_text(argument.clone())?);
        }
        if self.verify && !io::stdin().is_terminal() {
            let mut input = Vec::new();
            io::stdin().read_to_end(&mut input).map_err(|error| {
                let message = format!("standard input cannot be read: {error}");
                Failure::failed("learn::stdin", message).hint("check where it comes from")
            })?;
            offer.stdin = Input::Bytes(input);
        }
        Ok(offer)
    }

    /// Runs the application with a probe around it.
    fn observe(
        &self,
        session: &Session,
        application: &Application,
        policy: &Policy,
        offer: &Offer,
    ) -> Result<Observation> {
        let form = Form {
            open: true,
            exposed: false,
            probe: Some(KEPT),
            ..Form::default()
        };
        let composition = {
            let progress = session.progress("composing");
            let composer = self.options.composer(&progress)?;
            composer.compose_as(application, policy, form)?
        };
        for warning in &composition.plan.warnings {
            session.reporter.warning(warning);
        }
        let mut grant = Grant::of(&composition.plan, offer);
        self.limits.change(&mut grant.limits);
        let configurations = composition.configurations.into_iter();
        grant.configurations = configurations.map(Configuration::once).collect();
        let table = composition
            .probe
            .as_ref()
            .map(|observed| observed.table.clone());
        let learner = Arc::new(Mutex::new(Learner::new(table.unwrap_or_default())));
        let unreadable = Arc::new(Mutex::new(false));
        if let Some(observed) = composition.probe {
            let (learner, unreadable) = (Arc::clone(&learner), Arc::clone(&unreadable));
            let sink = observed.sink.clone();
            let take = move |bytes: &[u8]| match observed.read(bytes) {
                Ok(event) => locked(&learner, |learner| learner.take(event)),
                Err(_) => locked(&unreadable, |unreadable| *unreadable = true),
            };
            grant.observers.push(Observer::new(sink, take));
        }
        let host = Host::for_grant(self.options.cache(), &grant)?;
        let program = {
            let _progress = session.progress("compiling");
            host.compile(&composition.component)?
        };
        let finished = host.run(&program, &grant, &[])?;
        if finished.leaves_line_open {
            terminal::line_is_open();
        }
        let _ = io::stdout().flush();
        if locked(&unreadable, |unreadable| *unreadable) {
            let message = "an event of the probe cannot be read: a bug".to_owned();
            return Err(Failure::failed("learn::unreadable", message));
        }
        Ok(Observation {
            uses: locked(&learner, |learner| learner.uses().clone()),
            outcome: finished.outcome,
            surface: composition.application,
        })
    }

    /// The policy that was learnt, or that is widened by it.
    fn learnt(
        &self,
        base: &Policy,
        uses: &Uses,
        surface: &Surface,
        existing: Option<(String, Policy)>,
    ) -> Result<String> {
        let mut learnt = narrow(base, uses, &[], &ThisMachine);
        // What no table decides about is known when all tables have decided.
        if let Err(PlanError::Refused(refused)) = Plan::new(&learnt, surface) {
            let imports = refused.0.iter().map(|refusal| refusal.import.as_str());
            let interfaces = imports.filter_map(|name| InterfacePattern::parse(name).ok());
            let mut interfaces: Vec<InterfacePattern> = interfaces.collect();
            interfaces.sort();
            interfaces.dedup();
            learnt = narrow(base, uses, &interfaces, &ThisMachine);
        }
        let directory = self.directory();
        let learnt = Learnt {
            policy: &learnt,
            uses,
            application: &name_of(&self.application),
            directory: directory.as_deref(),
        };
        match existing {
            Some((source, existing)) => {
                let name = self.output.to_string_lossy();
                Ok(widen(&name, &source, &existing, &learnt)?)
            }
            None => Ok(learnt.to_toml()?),
        }
    }

    /// The directory of the policy's file.
    fn directory(&self) -> Option<PathBuf> {
        let output = absolute(&self.output).ok()?;
        output.parent().map(Path::to_owned)
    }

    /// The policy that a text is in the place of the written file.
    fn parse(&self, text: &str) -> Result<Policy> {
        let name = self.output.to_string_lossy();
        let mut policy = Policy::parse(&name, text, self.directory().as_deref())?;
        policy.files.insert(0, self.output.clone());
        Ok(policy)
    }

    /// Runs the application under what was learnt, without showing its output again.
    fn run_again(
        &self,
        session: &Session,
        application: &Application,
        policy: &Policy,
        offer: &Offer,
        first: &Uses,
        first_status: Option<i32>,
    ) -> Result<()> {
        let own = PolicyOptions::of(BASE);
        check_paths(session, policy, &own, &Use::Now(&[]))?;
        let offer = Offer {
            stdout: Output::Discard,
            stderr: Output::Discard,
            // The policy names them.
            directories: Vec::new(),
            ..offer.clone()
        };
        let second = self.observe(session, application, policy, &offer)?;
        verify(first, &second.uses)?;
        match (&second.outcome, first_status) {
            (Outcome::Exited(second), Some(first)) if *second != first => {
                Err(VerifyError::Status {
                    first,
                    second: *second,
                }
                .into())
            }
            (Outcome::Exited(_), _) | (Outcome::Exceeded(_), None) => Ok(()),
            (Outcome::Exceeded(exceeded), Some(_)) => Err(VerifyError::NotEnded {
                message: exceeded.to_string(),
            }
            .into()),
            (Outcome::Trapped(trap), _) => Err(VerifyError::NotEnded {
                message: trap.to_string(),
            }
            .into()),
        }
    }
}

/// The exit status of a run, if it came to its end. One that was ended by a limit is learnt from all the same.
fn status(session: &Session, outcome: Outcome) -> Result<Option<i32>> {
    let ended = |message: String| {
        let warning = Sentence::new("learn::ended", message);
        session.reporter.warning(&warning);
    };
    match outcome {
        Outcome::Exited(0) => Ok(Some(0)),
        Outcome::Exited(status) => {
            ended(format!(
                "the application exited with status {status}: the policy lets it do what it did until then"
            ));
            Ok(Some(status))
        }
        Outcome::Exceeded(exceeded) => {
            ended(format!(
                "{exceeded}: the policy lets it do what it did until then"
            ));
            Ok(None)
        }
        Outcome::Trapped(trap) => {
            session.tell_functions(&trap);
            Err(Failure::trapped(trap, None).hint(
                "nothing was learnt: an application that traps has not done all that it does",
            ))
        }
    }
}

/// Reads the policy that is to be widened: its text, and what it comes to.
fn read(name: &str) -> Result<(String, Policy)> {
    let policy = Policy::load(name)?;
    if let Some(builtin) = Policy::builtin(name) {
        return Ok((builtin.source.to_owned(), policy));
    }
    let source = fs::read_to_string(name).map_err(|error| {
        Failure::bad(
            "learn::merge-unreadable",
            format!("`{name}` cannot be read: {error}"),
        )
        .hint("name a policy file that can be read twice")
    })?;
    Ok((source, policy))
}

/// Does something with a value that calls of the application change.
fn locked<T, R>(value: &Mutex<T>, use_it: impl FnOnce(&mut T) -> R) -> R {
    // Nobody panics while it is locked.
    use_it(&mut value.lock().unwrap_or_else(PoisonError::into_inner))
}

/// The files of this machine.
struct ThisMachine;

impl Disk for ThisMachine {
    fn is_plain_file(&self, directory: &Path, path: &str) -> bool {
        let mut place = directory.to_owned();
        let mut is_file = false;
        for name in path.split('/') {
            place.push(name);
            let Ok(found) = fs::symlink_metadata(&place) else {
                return false;
            };
            if found.is_symlink() {
                return false;
            }
            is_file = found.is_file();
        }
        is_file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn links_are_no_plain_files() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        fs::create_dir(path.join("d")).unwrap();
        fs::write(path.join("d/f"), "x").unwrap();
        std::os::unix::fs::symlink("d", path.join("l")).unwrap();
        std::os::unix::fs::symlink("f", path.join("d/m")).unwrap();
        for (name, is_plain) in [
            ("d/f", true),
            ("d", false),
            ("l/f", false),
            ("d/m", false),
            ("x", false),
        ] {
            assert_eq!(ThisMachine.is_plain_file(path, name), is_plain, "{name}");
        }
    }
}
