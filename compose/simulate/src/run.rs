//! Runs a seed: the lives of an application, and what checks its files.

use interpose_faults::{Begin, Decision, Happened};
use interpose_host::{Bytes, HostError, Life, Limit, Limits, Lived, Outcome, Tester};
use sha2::{Digest as _, Sha256};

use crate::budget::{Budget, Measure};
use crate::cause::{Cause, End, Part};
use crate::digest::{Digest, Digester};
use crate::watcher::{Log, Watcher};

/// What decides about the faults of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Faults<'a> {
    /// The seed. With `crash`, the application runs a second time, and loses its power at a call that the seed chooses.
    Seeded { crash: bool },
    /// Exactly these happen, and the power is lost before the call with this number, counted from 0.
    Exactly {
        decisions: &'a [Decision],
        crash: Option<u64>,
    },
}

/// Runs seeds on one thread.
pub(crate) struct Runner<'a> {
    pub(crate) application: Tester<'a>,
    pub(crate) check: Option<Tester<'a>>,
    pub(crate) budget: Budget,
}

/// A run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) seed: u64,
    /// Why it failed; `None` if it passed.
    pub(crate) cause: Option<Cause>,
    /// The digest of the events of all lives, one after the other.
    pub(crate) digest: Digest,
    /// How many calls all lives made.
    pub(crate) calls: u64,
    /// How much virtual time passed in all lives, in nanoseconds.
    pub(crate) time: u64,
    /// The call, counted from 0, before which the power was lost on purpose.
    pub(crate) crash: Option<u64>,
    /// The lives, in order.
    pub(crate) lives: Vec<Lifetime>,
}

/// One life of a run.
#[derive(Debug)]
pub(crate) struct Lifetime {
    pub(crate) of: Part,
    pub(crate) log: Log,
    /// How it ended, as a sentence without its subject.
    pub(crate) ended: String,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

impl Ran {
    /// The faults of the life that had any. Only one life has some: those after a loss of power, and the check, have none;
    /// and of two runs for a loss of power, the second one repeats the first.
    pub(crate) fn faults(&self) -> &[Happened] {
        let mut lives = self
            .lives
            .iter()
            .filter(|life| life.of == Part::Application);
        lives.next_back().map_or(&[], |life| &life.log.faults)
    }

    /// The decisions for the same faults.
    pub(crate) fn decisions(&self) -> Vec<Decision> {
        let faults = self.faults().iter();
        faults.map(|fault| fault.decision.clone()).collect()
    }
}

/// The number of the call before which the power is lost; if it is that of the calls, at the end.
fn crash_point(seed: u64, calls: u64) -> u64 {
    chosen(b"crash", seed) % calls.saturating_add(1).max(1)
}

/// A number that a seed chooses for a purpose.
fn chosen(purpose: &[u8], seed: u64) -> u64 {
    let mut hash = Sha256::new();
    hash.update(purpose);
    hash.update(seed.to_le_bytes());
    let hash: [u8; 32] = hash.finalize().into();
    let [a, b, c, d, e, f, g, h, ..] = hash;
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

impl Runner<'_> {
    /// Runs a seed. With `times`, events are kept with their times, which takes longer.
    ///
    /// # Errors
    /// [`HostError`] when the runtime cannot make an instance.
    pub(crate) fn run(&self, seed: u64, faults: Faults<'_>, times: bool) -> Result<Ran, HostError> {
        let mut run = Running {
            runner: self,
            times,
            digester: Digester::default(),
            ran: Ran {
                seed,
                cause: None,
                digest: Digest::default(),
                calls: 0,
                time: 0,
                crash: None,
                lives: Vec::new(),
            },
        };
        match faults {
            Faults::Seeded { crash } => {
                run.begin(Begin::default())?;
                let calls = run.ran.lives.first().map_or(0, |life| life.log.calls);
                // A run that lost its power by a rule was started again already.
                if crash && run.ran.cause.is_none() && !run.was_started_again() {
                    let point = crash_point(seed, calls);
                    run.ran.crash = Some(point);
                    run.begin(Begin {
                        crash: Some(point),
                        ..Begin::default()
                    })?;
                }
            }
            Faults::Exactly { decisions, crash } => {
                run.ran.crash = crash;
                run.begin(Begin {
                    decisions: Some(decisions.to_vec()),
                    crash,
                    ..Begin::default()
                })?;
            }
        }
        let Running {
            digester, mut ran, ..
        } = run;
        ran.digest = digester.finish();
        Ok(ran)
    }
}

struct Running<'a> {
    runner: &'a Runner<'a>,
    times: bool,
    digester: Digester,
    ran: Ran,
}

impl Running<'_> {
    fn was_started_again(&self) -> bool {
        let mut lives = self.ran.lives.iter();
        lives.any(|life| life.of == Part::Restarted)
    }

    /// Runs the application from its beginning, once more after a loss of power, and the check.
    fn begin(&mut self, begin: Begin) -> Result<(), HostError> {
        let mut end = self.live(Part::Application, begin)?;
        if let Some(files) = end.left.take() {
            end = self.live(Part::Restarted, without_faults(files))?;
            if end.left.is_some() {
                self.fail(Part::Restarted, End::Crash, &[]);
            }
        }
        if let (None, Some(files), Some(_)) = (&self.ran.cause, end.files, &self.runner.check) {
            let end = self.live(Part::Check, without_faults(files))?;
            if end.left.is_some() {
                self.fail(Part::Check, End::Crash, &[]);
            }
        }
        Ok(())
    }

    fn fail(&mut self, of: Part, end: End, stderr: &[u8]) {
        self.ran.cause.get_or_insert(Cause::new(of, end, stderr));
    }

    /// Runs one life.
    fn live(&mut self, of: Part, mut begin: Begin) -> Result<Ended, HostError> {
        let runner = self.runner;
        let tester = match (of, &runner.check) {
            (Part::Check, Some(check)) => check,
            _ => &runner.application,
        };
        begin.wants_files = of != Part::Check && runner.check.is_some();
        let seed = self.ran.seed;
        let life = Life {
            seed,
            wants_files: begin.wants_files,
            loses_power: begin.crash.map(|_| chosen(b"power", seed)),
            begin: begin.encode(),
            limits: limits(runner.budget),
        };
        let digester = std::mem::take(&mut self.digester);
        let watcher = Watcher::new(digester, runner.budget, self.times);
        let lived = tester.run(life, watcher)?;
        let Lived {
            outcome,
            crashed,
            files,
            stdout,
            stderr,
            time,
            watch: Watcher {
                digester, mut log, ..
            },
            ..
        } = lived;
        self.digester = digester;
        if let Some(time) = time {
            log.time = time.saturating_sub(log.start).max(log.time);
        }
        let most = runner.budget.time;
        if log.exceeded.is_none() && most.is_some_and(|most| log.time > most) {
            log.exceeded = Some(Measure::Time);
        }
        let end = match (log.exceeded, &crashed) {
            (Some(of), _) => Some(End::Budget { of }),
            (None, Some(_)) => None,
            (None, None) => End::of(&outcome),
        };
        let ended = match (&end, &crashed) {
            (Some(End::Budget { of }), _) => format!("exceeded its budget of {of}"),
            (_, Some(_)) => "lost its power".into(),
            _ => ended(&outcome),
        };
        self.ran.calls += log.calls;
        self.ran.time = self.ran.time.saturating_add(log.time);
        if let Some(end) = end {
            self.fail(of, end, &stderr);
        }
        self.ran.lives.push(Lifetime {
            of,
            log,
            ended,
            stdout,
            stderr,
        });
        Ok(Ended {
            left: crashed,
            files,
        })
    }
}

/// The files at the end of a life.
struct Ended {
    /// Those that a loss of power left.
    left: Option<Vec<u8>>,
    /// Those of an application that came to its end.
    files: Option<Vec<u8>>,
}

/// The beginning of a life without faults, on files that another one left.
fn without_faults(files: Vec<u8>) -> Begin {
    Begin {
        decisions: Some(Vec::new()),
        files: Some(files),
        ..Begin::default()
    }
}

fn limits(budget: Budget) -> Limits {
    let place = || "the budget of the test".into();
    Limits {
        fuel: budget.fuel.map(|value| Limit {
            value,
            place: place(),
        }),
        max_memory: budget.memory.map(|memory| Limit {
            value: Bytes(memory),
            place: place(),
        }),
        ..Limits::default()
    }
}

fn ended(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Exited(status) => format!("exited with status {status}"),
        Outcome::Trapped(trap) => format!("trapped: {}", trap.message),
        Outcome::Exceeded(exceeded) => exceeded.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn losses_of_power_reach_every_call_and_the_end() {
        let points: BTreeSet<u64> = (0..500).map(|seed| crash_point(seed, 9)).collect();
        assert_eq!(points, (0..=9).collect());
        assert_eq!(crash_point(3, 0), 0);
        crash_point(3, u64::MAX);
    }
}
