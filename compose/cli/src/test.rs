//! `interpose test`: runs a component under many seeds, and makes what fails smaller.

mod bar;
mod command;
mod merge;
mod outcome;
mod reports;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use interpose_policy::Policy;
use interpose_simulate::{
    Budget, Campaign, Component, Count, Replay, Report, Seeds, Shard, TestPolicy,
};
use wasi_interpose::application::Application;
use wasi_interpose::preview1::Target;
use wasi_interpose::surface::Surface;

use self::bar::Bar;
use self::outcome::{status, tell};
use self::reports::ReportFile;
use crate::failure::Failure;
use crate::help;
use crate::message::Sentence;
use crate::options::{PolicyOptions, application, argument_text, name_of, no_application};
use crate::output;
use crate::paths::{Use, check as check_paths};
use crate::run::check;
use crate::session::{Result, Session};
use crate::terminal;
use interpose_host::HostError;

/// The policy under which a component is tested if no other is named.
const POLICY: &str = "deterministic";

/// Run a component under many seeds, with the faults of its policy, and shrink what fails
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    override_usage = "interpose test [OPTIONS] <APP> [-- <ARGS>...]\n       \
        interpose test merge <REPORT>... --report <FILE>",
    after_help = help::after_test(&[
        "interpose test app.wasm --policy faults.toml --seeds 0..10000 --report report.html",
        "interpose test app.wasm --crash --check check.wasm --until-failure",
        "interpose test app.wasm -p faults.toml --replay replays/app-17.json",
        "interpose test merge 1.json 2.json --report all.html",
    ])
)]
pub struct Test {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    run: Runs,
}

#[derive(Debug, Subcommand)]
enum Action {
    Merge(merge::Merge),
}

/// The options of a campaign.
#[derive(Debug, Args)]
struct Runs {
    /// A component, or a WASI preview 1 core module
    #[arg(value_name = "APP", required = true)]
    application: Option<PathBuf>,
    /// The arguments of the application
    #[arg(value_name = "ARGS", last = true)]
    arguments: Vec<OsString>,
    /// The seeds: each is a run. B is not included
    #[arg(long, value_name = "A..B", default_value = "0..100", display_order = 2)]
    seeds: Seeds,
    /// Run so many seeds at the same time; one on each processor by default
    #[arg(long, short, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// End with the lowest seed that fails
    #[arg(long)]
    until_failure: bool,
    /// Run each seed again, take the power away at a call that the seed chooses, and start the component on what is left
    #[arg(long)]
    crash: bool,
    /// Run this component on the files after each run: if it fails, the run has failed
    #[arg(long, value_name = "CHECK")]
    check: Option<PathBuf>,
    /// What each run may take: `fuel=N`, `time=DURATION`, `memory=SIZE`, `calls=N`, with commas between them
    #[arg(long = "budget", value_name = "LIMITS")]
    budgets: Vec<BudgetChange>,
    /// Run one of N seeds twice, and each that fails, which shows what is not deterministic; 0 for those that fail alone
    #[arg(long, value_name = "N", default_value_t = 32)]
    twice: u64,
    /// Run the I-th of N parts of the seeds alone
    #[arg(long, value_name = "I/N", conflicts_with = "shards")]
    shard: Option<Shard>,
    /// Run one of N parts of the seeds: which one, a variable of Kubernetes, Slurm or Bazel says; `auto` for as many as it says
    #[arg(long, value_name = "N")]
    shards: Option<Count>,
    /// Write a report, in the form that the end of its name says: `.json`, `.xml` (JUnit) or `.html`
    #[arg(long = "report", value_name = "FILE")]
    reports: Vec<ReportFile>,
    /// Where the files are written with which failures can be replayed
    #[arg(long, value_name = "DIR", default_value = "replays")]
    replays: PathBuf,
    /// Repeat the run that this file describes
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "seeds", "jobs", "until_failure", "crash", "budgets", "twice", "shard", "shards", "reports", "replays",
    ])]
    replay: Option<PathBuf>,
    #[command(flatten)]
    options: PolicyOptions,
}

/// A part of a budget.
#[derive(Clone, Debug)]
struct BudgetChange(String);

impl std::str::FromStr for BudgetChange {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        Budget::default().change(text)?;
        Ok(Self(text.into()))
    }
}

impl Test {
    pub fn execute(self, session: &Session) -> Result {
        match self.action {
            Some(Action::Merge(merge)) => merge.execute(session),
            None => self.run.execute(session),
        }
    }
}

impl Runs {
    fn execute(mut self, session: &Session) -> Result {
        let policy = self.options.policy.get_or_insert_with(|| POLICY.to_owned());
        let name = Path::new(policy.as_str()).file_name();
        let name = name.map_or_else(|| policy.clone(), |name| name.to_string_lossy().into());
        let policy = self.options.policy()?;
        check_paths(session, &policy, &self.options, &Use::Now(&[]))?;
        self.warn(session, &policy);
        let campaign = self.campaign(session, TestPolicy::read(name, policy))?;
        match &self.replay {
            Some(file) => self.repeat(session, campaign, file),
            None => self.run(session, campaign),
        }
    }

    /// Says which parts of a policy do not hold for tests.
    fn warn(&self, session: &Session, policy: &Policy) {
        if policy
            .limits
            .as_ref()
            .is_some_and(|limits| !limits.is_empty())
        {
            let message =
                "the policy's `[limits]` do not hold for tests, which have budgets: `--budget`";
            let warning = Sentence::new("test::limits", message.into());
            session.reporter.warning(&warning);
        }
    }

    fn campaign(&self, session: &Session, policy: TestPolicy) -> Result<Campaign> {
        let component = |path: &Path| -> Result<Component> {
            let target = self.options.preview1.adapter(Target::OWN_HOST);
            let component: Application = application(session, Some(path), target)?;
            check(&Surface::of(component.component()).map_err(HostError::from)?)?;
            let file = fs::read(path).unwrap_or_else(|_| component.component().to_vec());
            Ok(Component::read(name_of(path), &file, component))
        };
        let Some(application) = &self.application else {
            return Err(no_application());
        };
        let mut budget = Budget::default();
        for change in &self.budgets {
            // They were checked when the command line was read.
            let _ = budget.change(&change.0);
        }
        let arguments = self.arguments.iter().cloned().map(argument_text);
        let campaign = Campaign::new(component(application)?)
            .policy(policy)
            .arguments(arguments.collect::<Result<Vec<String>>>()?)
            .seeds(self.seeds)
            .shard(self.shard()?)
            .jobs(self.jobs)
            .until_failure(self.until_failure)
            .crash(self.crash)
            .budget(budget)
            .twice(self.twice)
            .cache(self.options.cache().clone());
        Ok(match &self.check {
            Some(check) => campaign.check(component(check)?),
            None => campaign,
        })
    }

    /// The part of the seeds that this process runs.
    fn shard(&self) -> Result<Option<Shard>> {
        let variable = |name: &str| env::var(name).ok();
        // Bazel wants to know that the test runs a part when it asks for one.
        if let Some(file) = env::var_os("TEST_SHARD_STATUS_FILE") {
            let _ = fs::OpenOptions::new().create(true).append(true).open(file);
        }
        Ok(match (self.shard, self.shards) {
            (Some(shard), _) => Some(shard),
            (None, Some(count)) => Some(Shard::of_scheduler(&variable, count)?),
            (None, None) => Shard::of_bazel(&variable)?,
        })
    }

    fn run(&self, session: &Session, campaign: Campaign) -> Result {
        reports::prepare(&self.reports)?;
        let mut report = {
            let bar = Arc::new(Bar::new(session));
            let shown = Arc::clone(&bar);
            let campaign = campaign.watched(move |progress| shown.show(progress));
            campaign.run()?
        };
        for warning in &report.warnings {
            session.reporter.warning(warning);
        }
        self.write_replays(&mut report)?;
        reports::write(&self.reports, &report)?;
        tell(session, &report, true)
    }

    /// Writes the replay file of each cause.
    fn write_replays(&self, report: &mut Report) -> Result<()> {
        if report.has_passed() {
            return Ok(());
        }
        let mut outputs = output::Outputs::default();
        outputs.directory(&self.replays)?;
        let stem = Path::new(&report.subject.application.name).file_stem();
        let stem = stem.map_or_else(|| "app".into(), |stem| stem.to_string_lossy().into_owned());
        for group in &mut report.failures {
            let example = &mut group.example;
            let name = format!("{stem}-{}.json", example.replay.seed);
            let path = self.replays.join(name);
            outputs.add(&path, example.replay.write().as_bytes())?;
            example.file = Some(path.display().to_string());
        }
        outputs.write()
    }

    fn repeat(&self, session: &Session, campaign: Campaign, file: &Path) -> Result {
        let text = fs::read_to_string(file).map_err(|error| {
            let message = format!(
                "the replay file `{}` cannot be read: {error}",
                file.display()
            );
            Failure::bad("test::replay-unreadable", message)
                .hint("give a file that `interpose test` has written")
        })?;
        let about = |error| Failure::from(error).about(&format!("`{}`", file.display()));
        let replay = Replay::read(&text).map_err(about)?;
        let repeated = {
            let _progress = session.progress("replaying");
            campaign.replay(&replay)?
        };
        let as_before = repeated.cause.as_ref() == Some(&replay.cause);
        let ended = match &repeated.cause {
            None => "the run passed: it does not fail any more".to_owned(),
            Some(cause) if as_before => format!("the run failed as before: {cause}"),
            Some(cause) => format!("the run failed otherwise than before: {cause}"),
        };
        if session.json {
            let value = serde_json::json!({
                "seed": replay.seed,
                "cause": repeated.cause,
                "as_before": as_before,
                "digest": repeated.digest,
                "timeline": repeated.timeline,
            });
            output::result(&format!("{}\n", terminal::json(&value, true)))?;
        } else {
            let text = format!("seed {}\n{}{ended}\n", replay.seed, repeated.timeline);
            output::result(&text)?;
        }
        Ok(status(repeated.cause.is_none()))
    }
}
