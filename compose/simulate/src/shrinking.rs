//! Makes a failed run smaller: fewer faults, shorter delays, longer reads, an earlier loss of power.

use std::time::{Duration, Instant};

use interpose_faults::Decision;
use interpose_host::HostError;

use crate::cause::Cause;
use crate::run::{Faults, Ran, Runner};
use crate::shrink::{minimal, nearest};

/// The most runs that one failure is tried with.
const TRIED: u64 = 5000;

/// The longest time that one failure is tried for.
const TIME: Duration = Duration::from_secs(10);

/// The smallest form of a failure that was found.
pub(crate) struct Smaller {
    pub(crate) decisions: Vec<Decision>,
    pub(crate) crash: Option<u64>,
    /// How many faults the seed had.
    pub(crate) faults: u64,
    /// How many runs were made; 0 if the run cannot be repeated by its faults.
    pub(crate) tried: u64,
    /// The run with these faults.
    pub(crate) ran: Ran,
}

struct Trying<'a> {
    runner: &'a Runner<'a>,
    seed: u64,
    cause: &'a Cause,
    started: Instant,
    tried: u64,
    failure: Option<HostError>,
}

impl Trying<'_> {
    /// Whether a run with these faults fails for the same cause; `None` if no more are to be tried.
    fn fails(&mut self, decisions: &[Decision], crash: Option<u64>) -> Option<bool> {
        if self.failure.is_some() || self.tried >= TRIED || self.started.elapsed() > TIME {
            return None;
        }
        self.tried += 1;
        let faults = Faults::Exactly { decisions, crash };
        match self.runner.run(self.seed, faults, false) {
            Ok(ran) => Some(ran.cause.as_ref() == Some(self.cause)),
            Err(error) => {
                self.failure = Some(error);
                None
            }
        }
    }
}

/// Makes the failure of a seed smaller. `is_delay` says of each rule whether its parameter is a delay.
///
/// # Errors
/// [`HostError`] when the runtime cannot make an instance.
pub(crate) fn shrink(
    runner: &Runner<'_>,
    original: &Ran,
    cause: &Cause,
    is_delay: impl Fn(u32) -> bool,
) -> Result<Smaller, HostError> {
    let mut trying = Trying {
        runner,
        seed: original.seed,
        cause,
        started: Instant::now(),
        tried: 0,
        failure: None,
    };
    let faults = original.faults().len() as u64;
    let (mut decisions, mut crash) = (original.decisions(), original.crash);
    if trying.fails(&decisions, crash) == Some(true) {
        decisions = minimal(&decisions, |part| trying.fails(part, crash));
        for position in 0..decisions.len() {
            let Some(parameter) = decisions[position].parameter else {
                continue;
            };
            let goal = match is_delay(decisions[position].rule) {
                true => 0,
                // More than any call moves that was cut short.
                false => parameter.saturating_mul(1 << 16),
            };
            let smaller = nearest(parameter, goal, |parameter| {
                let mut candidate = decisions.clone();
                candidate[position].parameter = Some(parameter);
                trying.fails(&candidate, crash)
            });
            decisions[position].parameter = Some(smaller);
        }
        if let Some(call) = crash {
            crash = Some(nearest(call, 0, |call| {
                trying.fails(&decisions, Some(call))
            }));
        }
    } else {
        trying.tried = 0;
    }
    if let Some(error) = trying.failure {
        return Err(error);
    }
    let exactly = Faults::Exactly {
        decisions: &decisions,
        crash,
    };
    let ran = runner.run(original.seed, exactly, true)?;
    Ok(Smaller {
        decisions,
        crash,
        faults,
        tried: trying.tried,
        ran,
    })
}
