//! Many runs of one application, each with a seed of its own.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use interpose_host::HostError;
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::compose::Composition;

use crate::budget::Budget;
use crate::cause::{Cause, End, Part};
use crate::digest::Digest;
use crate::error::CampaignError;
use crate::report::{Example, Group, Replay, Report};
use crate::run::{Faults, Ran, Runner};
use crate::seeds::Seeds;
use crate::shard::Shard;
use crate::shrinking::shrink;
use crate::subject::{Component, Making, Prepared, TestPolicy};
use crate::timeline::Timeline;

/// Of how many seeds one runs twice, if nothing else is said.
const TWICE: u64 = 32;

/// The most causes whose failures are made smaller.
const SHRUNK: usize = 16;

/// How far a campaign has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The application is composed and compiled.
    Preparing,
    /// Seeds run.
    Running {
        /// How many ran.
        done: u64,
        /// How many there are.
        of: u64,
        /// How many of them failed.
        failed: u64,
    },
    /// Failures are made smaller.
    Shrinking {
        /// How many causes are done.
        done: u64,
        /// How many there are.
        of: u64,
    },
}

/// Is told how far a campaign has come, from several threads.
type Watch = Box<dyn Fn(Progress) + Send + Sync>;

/// Many runs of one application, each with a seed of its own: an instance of its own, with the random numbers and the faults
/// that the seed decides on.
pub struct Campaign {
    application: Component,
    policy: TestPolicy,
    check: Option<Component>,
    arguments: Vec<String>,
    seeds: Seeds,
    shard: Option<Shard>,
    jobs: Option<NonZeroUsize>,
    until_failure: bool,
    crash: bool,
    budget: Budget,
    twice: u64,
    cache: Option<CompilationCache>,
    watch: Watch,
}

/// A run that was repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// Why it failed; `None` if it passed.
    pub cause: Option<Cause>,
    /// What happened, as lines.
    pub timeline: String,
    /// The digest of its events.
    pub digest: Digest,
}

impl Campaign {
    /// The campaign of an application: a path of a file, or an application that was read. It runs under the policy
    /// `deterministic`, with the seeds 0 to 99, on all processors.
    pub fn new(application: impl Into<Component>) -> Self {
        Self {
            application: application.into(),
            policy: "deterministic".into(),
            check: None,
            arguments: Vec::new(),
            seeds: (0..100).into(),
            shard: None,
            jobs: None,
            until_failure: false,
            crash: false,
            budget: Budget::default(),
            twice: TWICE,
            cache: None,
            watch: Box::new(|_| {}),
        }
    }

    /// Runs the application under this policy: a path, the name of a built-in policy, or a policy that was read.
    pub fn policy(self, policy: impl Into<TestPolicy>) -> Self {
        let policy = policy.into();
        Self { policy, ..self }
    }

    /// Runs these seeds, such as `0..500`.
    pub fn seeds(self, seeds: impl Into<Seeds>) -> Self {
        let seeds = seeds.into();
        Self { seeds, ..self }
    }

    /// Runs one part of the seeds alone.
    pub fn shard(self, shard: Option<Shard>) -> Self {
        Self { shard, ..self }
    }

    /// Runs so many seeds at the same time, in place of one on each processor.
    pub fn jobs(self, jobs: Option<NonZeroUsize>) -> Self {
        Self { jobs, ..self }
    }

    /// Ends with the lowest seed that fails. The report is about the seeds up to that one.
    pub fn until_failure(self, until_failure: bool) -> Self {
        Self {
            until_failure,
            ..self
        }
    }

    /// Runs each seed a second time, in which the application loses its power at a call that the seed chooses, and is
    /// started again on the files that are left.
    pub fn crash(self, crash: bool) -> Self {
        Self { crash, ..self }
    }

    /// Runs this component on the files after each run, under the same policy and without faults. If its exit status is not
    /// 0, the run has failed.
    pub fn check(self, check: impl Into<Component>) -> Self {
        let check = Some(check.into());
        Self { check, ..self }
    }

    /// Gives the application this command line, behind its name, if the policy lets it see one.
    pub fn arguments(self, arguments: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self { arguments, ..self }
    }

    /// Limits each life of the application.
    pub fn budget(self, budget: Budget) -> Self {
        Self { budget, ..self }
    }

    /// Runs one of so many seeds twice, and every failed one; 0 for the failed ones alone. Runs of a seed that differ are a
    /// failure.
    pub fn twice(self, twice: u64) -> Self {
        Self { twice, ..self }
    }

    /// Keeps compiled code here, in place of the user's cache.
    pub fn cache(self, cache: CompilationCache) -> Self {
        let cache = Some(cache);
        Self { cache, ..self }
    }

    /// Tells `watch` how far the campaign has come, from several threads.
    pub fn watched(self, watch: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        let watch = Box::new(watch);
        Self { watch, ..self }
    }

    /// Runs the campaign, and makes what fails smaller. Whether a run failed is in the report.
    ///
    /// # Errors
    /// [`CampaignError`] when the application cannot be composed or run at all.
    pub fn run(&self) -> Result<Report, CampaignError> {
        let started = Instant::now();
        let prepared = self.prepare(self.crash)?;
        let part = self.shard.map_or(self.seeds, |shard| shard.of(self.seeds));
        let running = Instant::now();
        let mut records = self.run_all(&prepared, part)?;
        let running = running.elapsed().as_secs_f64();
        let mut ran = part;
        let is_failed = |record: &Record| record.failure.is_some();
        if let Some(first) = records
            .iter()
            .position(is_failed)
            .filter(|_| self.until_failure)
        {
            ran.end = records[first].seed + 1;
            records.truncate(first + 1);
        }
        let mut report = Report::new(prepared.subject.clone(), self.seeds, self.budget);
        report.crash = self.crash;
        report.twice = self.twice;
        report.warnings.clone_from(&prepared.application.warnings);
        report.ran = Some(ran)
            .filter(|ran| !ran.is_empty())
            .into_iter()
            .collect();
        let mut failures: BTreeMap<Cause, (Vec<u64>, Option<String>)> = BTreeMap::new();
        for record in records {
            report.digest.add_run(record.seed, record.digest);
            report.runs.calls.push(record.calls);
            report.runs.nanoseconds.push(record.time);
            report.runs.digests.push(record.digest.short());
            if let Some(failure) = record.failure {
                let (seeds, note) = failures.entry(failure.cause).or_default();
                if seeds.is_empty() {
                    *note = failure.note;
                }
                seeds.push(record.seed);
            }
        }
        let mut failures: Vec<_> = failures.into_iter().collect();
        failures.sort_by_key(|(_, (seeds, _))| seeds.first().copied());
        let of = failures.len() as u64;
        for (done, (cause, (seeds, note))) in failures.into_iter().enumerate() {
            (self.watch)(Progress::Shrinking {
                done: done as u64,
                of,
            });
            let Some(seed) = seeds.first().copied() else {
                continue;
            };
            let example = self.example(&prepared, seed, &cause, note, done < SHRUNK)?;
            report.failures.push(Group {
                cause,
                seeds,
                example,
            });
        }
        report.running = running;
        report.seconds = started.elapsed().as_secs_f64();
        Ok(report)
    }

    /// Repeats the run of a replay file.
    ///
    /// # Errors
    /// [`CampaignError::Replay`] when the application, the policy or the check is another one than in the file, and other
    /// errors as [`Campaign::run`] has them.
    pub fn replay(&self, replay: &Replay) -> Result<Repeated, CampaignError> {
        let prepared = self.prepare(replay.crash.is_some())?;
        prepared.subject.check_is(&replay.subject)?;
        let runner = runner(&prepared, replay.budget)?;
        let exactly = Faults::Exactly {
            decisions: &replay.decisions,
            crash: replay.crash,
        };
        let ran = runner.run(replay.seed, exactly, true)?;
        Ok(Repeated {
            timeline: timeline(&prepared).of(&ran),
            cause: ran.cause,
            digest: ran.digest,
        })
    }

    /// The component that runs, for a host of one's own. It imports [`RUN`](wasi_interpose::probe::RUN), which gives it its
    /// seed, and the interface `probe.sink`, to which it reports its events, besides what the policy leaves to the host. The
    /// digest of a run is the SHA-256 over its events, each with its length in front as an unsigned LEB128 number.
    ///
    /// # Errors
    /// [`CampaignError`] when the application cannot be composed.
    pub fn composition(&self) -> Result<Composition, CampaignError> {
        let cache = self.kept_code();
        self.making(&cache, false).compose()
    }

    fn prepare(&self, needs_files: bool) -> Result<Prepared, CampaignError> {
        (self.watch)(Progress::Preparing);
        let cache = self.kept_code();
        self.making(&cache, needs_files).prepare()
    }

    /// Where compiled code is kept.
    fn kept_code(&self) -> Cow<'_, CompilationCache> {
        match &self.cache {
            Some(cache) => Cow::Borrowed(cache),
            None => Cow::Owned(CompilationCache::of_user()),
        }
    }

    fn making<'a>(&'a self, cache: &'a CompilationCache, needs_files: bool) -> Making<'a> {
        Making {
            application: &self.application,
            check: self.check.as_ref(),
            policy: &self.policy,
            arguments: &self.arguments,
            cache,
            needs_files,
        }
    }

    /// Runs the seeds, in order, on as many threads as there are jobs.
    fn run_all(&self, prepared: &Prepared, part: Seeds) -> Result<Vec<Record>, CampaignError> {
        let jobs = self
            .jobs
            .or_else(|| std::thread::available_parallelism().ok());
        let jobs = jobs.map_or(1, NonZeroUsize::get) as u64;
        let shared = Shared {
            next: AtomicU64::new(part.first),
            end: AtomicU64::new(part.end),
            done: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            part,
        };
        let records = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..jobs.clamp(1, part.len().max(1)))
                .map(|_| {
                    scope.spawn(|| {
                        let own = self.work(prepared, &shared);
                        if own.is_err() {
                            // The others need not go on.
                            shared.end.store(0, Ordering::Relaxed);
                        }
                        let mut records = records.lock().unwrap_or_else(|error| error.into_inner());
                        own.map(|mut own| records.append(&mut own))
                    })
                })
                .collect();
            for worker in workers {
                match worker.join() {
                    Ok(result) => result?,
                    Err(panic) => {
                        let text = panic.downcast_ref::<String>().cloned();
                        let text = text.unwrap_or_else(|| "it panicked".into());
                        return Err(CampaignError::Thread(text));
                    }
                }
            }
            Ok(())
        })?;
        let mut records = records
            .into_inner()
            .unwrap_or_else(|error| error.into_inner());
        records.sort_by_key(|record: &Record| record.seed);
        Ok(records)
    }

    /// Runs seeds until there are no more.
    fn work(&self, prepared: &Prepared, shared: &Shared) -> Result<Vec<Record>, HostError> {
        let runner = runner(prepared, self.budget)?;
        let mut records = Vec::new();
        loop {
            let seed = shared.next.fetch_add(1, Ordering::Relaxed);
            if seed >= shared.end.load(Ordering::Relaxed) || seed < shared.part.first {
                return Ok(records);
            }
            let record = self.one(prepared, &runner, seed)?;
            let has_failed = record.failure.is_some();
            if has_failed && self.until_failure {
                // Lower seeds that others are at count all the same.
                shared.end.fetch_min(seed + 1, Ordering::Relaxed);
            }
            records.push(record);
            let failed = shared
                .failed
                .fetch_add(u64::from(has_failed), Ordering::Relaxed);
            (self.watch)(Progress::Running {
                done: shared.done.fetch_add(1, Ordering::Relaxed) + 1,
                of: shared.part.len(),
                failed: failed + u64::from(has_failed),
            });
        }
    }

    /// Runs a seed, and once more if it is one of those.
    fn one(
        &self,
        prepared: &Prepared,
        runner: &Runner<'_>,
        seed: u64,
    ) -> Result<Record, HostError> {
        let seeded = Faults::Seeded { crash: self.crash };
        let ran = runner.run(seed, seeded, false)?;
        let mut failure = None;
        let is_chosen = self.twice > 0 && seed.is_multiple_of(self.twice);
        if is_chosen || ran.cause.is_some() {
            let again = runner.run(seed, seeded, false)?;
            if (again.digest, &again.cause) != (ran.digest, &ran.cause) {
                let difference = timeline(prepared).difference(&ran, &again);
                failure = Some(Failure {
                    cause: Cause::new(Part::Application, End::Differs, &[]),
                    note: Some(difference.unwrap_or_else(|| ended_differently(&ran, &again))),
                });
            }
        }
        if let (None, Some(cause)) = (&failure, &ran.cause) {
            failure = Some(Failure {
                cause: cause.clone(),
                note: None,
            });
        }
        Ok(Record {
            seed,
            calls: ran.calls,
            time: ran.time,
            digest: ran.digest,
            failure,
        })
    }

    /// The smallest form of the failure of a seed.
    fn example(
        &self,
        prepared: &Prepared,
        seed: u64,
        cause: &Cause,
        note: Option<String>,
        is_shrunk: bool,
    ) -> Result<Example, CampaignError> {
        let runner = runner(prepared, self.budget)?;
        let seeded = Faults::Seeded { crash: self.crash };
        let original = runner.run(seed, seeded, true)?;
        let lines = timeline(prepared);
        let faults = original.faults().len() as u64;
        let own = (original.decisions(), original.crash);
        let (parts, faults, tried, text) = match note {
            // What differs from run to run cannot be made smaller by runs.
            Some(note) => (own, faults, 0, format!("{note}\n")),
            None if is_shrunk => {
                let is_delay = |rule: u32| {
                    let rule = prepared.rules.get(rule as usize);
                    rule.is_some_and(|rule| rule.contains("delay = "))
                };
                let smaller = shrink(&runner, &original, cause, is_delay)?;
                let text = match smaller.tried {
                    0 => lines.of(&original),
                    _ => lines.of(&smaller.ran),
                };
                let parts = (smaller.decisions, smaller.crash);
                (parts, smaller.faults, smaller.tried, text)
            }
            None => (own, faults, 0, lines.of(&original)),
        };
        Ok(Example {
            replay: Replay::new(
                prepared.subject.clone(),
                self.budget,
                seed,
                parts,
                cause.clone(),
            ),
            faults,
            tried,
            timeline: text,
            file: None,
        })
    }
}

/// What the threads of a campaign share.
struct Shared {
    next: AtomicU64,
    end: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    part: Seeds,
}

/// What is kept of each run.
struct Record {
    seed: u64,
    calls: u64,
    time: u64,
    digest: Digest,
    failure: Option<Failure>,
}

struct Failure {
    cause: Cause,
    /// What is known of it that another run may not show.
    note: Option<String>,
}

fn runner(prepared: &Prepared, budget: Budget) -> Result<Runner<'_>, HostError> {
    let check = prepared.check.as_ref();
    Ok(Runner {
        application: prepared.application.tests.tester()?,
        check: check.map(|check| check.tests.tester()).transpose()?,
        budget,
    })
}

fn timeline(prepared: &Prepared) -> Timeline<'_> {
    let check = prepared.check.as_ref().map(|check| &check.observed);
    Timeline::new(&prepared.application.observed, check, &prepared.rules)
}

fn ended_differently(first: &Ran, second: &Ran) -> String {
    let text = |ran: &Ran| {
        let cause = ran.cause.as_ref();
        cause.map_or_else(|| "it passed".into(), ToString::to_string)
    };
    format!("at first: {}; and then: {}", text(first), text(second))
}
