//! The data of reports and of replay files.

use std::fmt;
use std::fmt::Write as _;

use interpose_faults::Decision;
use miette::Diagnostic;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use wasi_interpose::plan::Warning;

use crate::budget::{Budget, seconds};
use crate::cause::Cause;
use crate::digest::Digest;
use crate::seeds::Seeds;

/// The version of the form of reports and replay files.
const VERSION: u32 = 1;

/// A file, by its name and its contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The name of the file, without its directory, or of the built-in policy.
    pub name: String,
    /// The SHA-256 of the file; of a policy, that of all that it says, with what it extends.
    pub sha256: Digest,
}

/// What is tested, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The version of this tool.
    pub tool: String,
    /// The application.
    pub application: Named,
    /// The command line of the application, without its name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
    /// The policy.
    pub policy: Named,
    /// The component that checks the files.
    pub check: Option<Named>,
    /// The SHA-256 of the component that was composed from all of them, with the files that the policy bakes in.
    pub composition: Digest,
}

/// What a campaign found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The version of the form.
    pub version: u32,
    /// What was tested.
    pub subject: Subject,
    /// Whether the application lost its power in each run.
    pub crash: bool,
    /// How much each life could take.
    pub budget: Budget,
    /// Of how many seeds one ran twice; 0 if none did but those that failed.
    pub twice: u64,
    /// The seeds of the whole campaign.
    pub seeds: Seeds,
    /// The seeds that ran, in order; the others are another shard's, or came behind the first failure.
    pub ran: Vec<Seeds>,
    /// The digest of all runs, in whatever order: the exclusive or of SHA-256 over each seed, as 8 bytes with the lowest
    /// first, with the digest of its run.
    pub digest: Digest,
    /// What each run was like.
    pub runs: Runs,
    /// The failures, by their causes. The cause of the lowest seed comes first.
    pub failures: Vec<Group>,
    /// What a person should know who composed the application. Files do not have it.
    #[serde(skip)]
    pub warnings: Vec<Warning>,
    /// How long it took in seconds, shrinking included.
    pub seconds: f64,
    /// How long the runs took in seconds, without shrinking. Of merged reports, the sum.
    pub running: f64,
}

/// What runs were like: a number for each seed that ran, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runs {
    /// How many calls they made.
    pub calls: Vec<u64>,
    /// How much virtual time they took, in nanoseconds.
    pub nanoseconds: Vec<u64>,
    /// The first 16 digits of their digests.
    pub digests: Vec<String>,
}

/// Runs that failed for the same cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The cause.
    pub cause: Cause,
    /// The seeds, in order.
    pub seeds: Vec<u64>,
    /// The run of the lowest seed.
    pub example: Example,
}

/// A run that failed, in the smallest form that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// What repeats it.
    pub replay: Replay,
    /// How many faults the seed had.
    pub faults: u64,
    /// How many runs were made to make it smaller; 0 if that was not tried.
    pub tried: u64,
    /// What happened, as lines.
    pub timeline: String,
    /// Where the replay file is, if it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// What repeats a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// The version of the form.
    pub version: u32,
    /// What is tested.
    pub subject: Subject,
    /// How much each life can take.
    pub budget: Budget,
    /// The seed.
    pub seed: u64,
    /// The faults: exactly these happen.
    pub decisions: Vec<Decision>,
    /// The call, counted from 0, before which the power is lost; at the end, if there are not so many.
    pub crash: Option<u64>,
    /// Why the run failed.
    pub cause: Cause,
}

/// Why a run is not repeated.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub enum ReplayError {
    /// The text is no replay file.
    #[error("it is no replay file: {0}")]
    #[diagnostic(
        code("test::not-a-replay"),
        help("give a file that `interpose test` has written")
    )]
    NotOne(String),
    /// It is of another version.
    #[error("it has version {0} of the form, and this tool reads version {VERSION}")]
    #[diagnostic(
        code("test::other-version"),
        help("use the version of the tool that wrote it")
    )]
    OtherVersion(u32),
    /// Something else is to be run than what failed.
    #[error("the {what} is `{given}`, and the replay file is about `{expected}`, {how}")]
    #[diagnostic(
        code("test::other-subject"),
        help("a run is repeated with the very files with which it failed")
    )]
    Other {
        /// What is another one: `application`, `policy` or `check`.
        what: &'static str,
        /// Its name.
        given: String,
        /// The name of the one of the failure.
        expected: String,
        /// How they differ.
        how: &'static str,
    },
    /// All of it is the same, and the composed component differs.
    #[error(
        "the same application and policy are composed to another component than in the replay file"
    )]
    #[diagnostic(
        code("test::other-composition"),
        help(
            "files that the policy names have changed, or another version of the tool wrote the replay file"
        )
    )]
    OtherComposition,
}

impl Subject {
    /// Checks that this is what another subject is.
    ///
    /// # Errors
    /// [`ReplayError`] which names the first thing that is another one.
    pub fn check_is(&self, expected: &Self) -> Result<(), ReplayError> {
        let none = || Named {
            name: "none".into(),
            sha256: Digest::default(),
        };
        let pairs = [
            (
                "application",
                self.application.clone(),
                expected.application.clone(),
            ),
            ("policy", self.policy.clone(), expected.policy.clone()),
            (
                "check",
                self.check.clone().unwrap_or_else(none),
                expected.check.clone().unwrap_or_else(none),
            ),
        ];
        for (what, given, expected) in pairs {
            if given.sha256 != expected.sha256 {
                return Err(ReplayError::Other {
                    what,
                    how: match given.name == expected.name {
                        true => "with other contents",
                        false => "which is another one",
                    },
                    given: given.name,
                    expected: expected.name,
                });
            }
        }
        if self.arguments != expected.arguments {
            return Err(ReplayError::Other {
                what: "command line",
                given: self.arguments.join(" "),
                expected: expected.arguments.join(" "),
                how: "which is another one",
            });
        }
        match self.composition == expected.composition {
            true => Ok(()),
            false => Err(ReplayError::OtherComposition),
        }
    }
}

impl Replay {
    /// What repeats a run of this subject.
    pub(crate) fn new(
        subject: Subject,
        budget: Budget,
        seed: u64,
        (decisions, crash): (Vec<Decision>, Option<u64>),
        cause: Cause,
    ) -> Self {
        Self {
            version: VERSION,
            subject,
            budget,
            seed,
            decisions,
            crash,
            cause,
        }
    }

    /// Reads a replay file.
    ///
    /// # Errors
    /// [`ReplayError`] when it is none of this version.
    pub fn read(text: &str) -> Result<Self, ReplayError> {
        check_version(text).and_then(|()| {
            serde_json::from_str(text).map_err(|error| ReplayError::NotOne(error.to_string()))
        })
    }

    /// The replay file.
    pub fn write(&self) -> String {
        // All keys are texts, so nothing can fail.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// Checks the version of a report or a replay file.
pub(super) fn check_version(text: &str) -> Result<(), ReplayError> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    let versioned: Result<Versioned, _> = serde_json::from_str(text);
    match versioned {
        Err(error) => Err(ReplayError::NotOne(error.to_string())),
        Ok(Versioned { version: VERSION }) => Ok(()),
        Ok(Versioned { version }) => Err(ReplayError::OtherVersion(version)),
    }
}

impl Report {
    /// A report about nothing that ran.
    pub(crate) fn new(subject: Subject, seeds: Seeds, budget: Budget) -> Self {
        Self {
            version: VERSION,
            subject,
            crash: false,
            budget,
            twice: 0,
            seeds,
            ran: Vec::new(),
            digest: Digest::default(),
            runs: Runs::default(),
            failures: Vec::new(),
            warnings: Vec::new(),
            seconds: 0.0,
            running: 0.0,
        }
    }

    /// Whether no run failed.
    pub fn has_passed(&self) -> bool {
        self.failures.is_empty()
    }

    /// How many seeds ran.
    pub fn count(&self) -> u64 {
        self.ran.iter().map(|seeds| seeds.len()).sum()
    }

    /// How many of them failed.
    pub fn failed(&self) -> u64 {
        let groups = self.failures.iter();
        groups.map(|group| group.seeds.len() as u64).sum()
    }

    /// How many runs a second there were.
    pub fn rate(&self) -> f64 {
        self.count() as f64 / self.running.max(1e-9)
    }

    /// How much virtual time passed in each second.
    pub fn virtual_rate(&self) -> f64 {
        let nanoseconds = self.runs.nanoseconds.iter();
        let seconds: f64 = nanoseconds.map(|time| *time as f64 / 1e9).sum();
        seconds / self.running.max(1e-9)
    }

    /// How many runs passed and failed, and how fast they were.
    pub fn summary(&self) -> String {
        let (count, failed) = (self.count(), self.failed());
        format!(
            "{}: {} passed, {failed} failed; {:.0} runs and {} of virtual time a second",
            counted(count, "seed"),
            count - failed.min(count),
            self.rate(),
            seconds((self.virtual_rate() * 1e9) as u64),
        )
    }

    /// Does nothing if no run failed, for tests.
    ///
    /// # Panics
    /// With the text of the report if a run failed.
    #[track_caller]
    pub fn assert_passed(&self) {
        assert!(self.has_passed(), "{self}");
    }
}

impl fmt::Display for Report {
    /// Writes what failed, with a timeline for each cause.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary())?;
        for group in &self.failures {
            write!(f, "\n\n{group}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let example = &self.example;
        let replay = &example.replay;
        writeln!(f, "seed {}: {}", replay.seed, self.cause)?;
        if self.seeds.len() > 1 {
            writeln!(f, "  and {}", others(&self.seeds))?;
        }
        match (example.tried, replay.decisions.len()) {
            (0, _) => {}
            (tried, left) => writeln!(
                f,
                "  shrunk from {} to {left} in {tried} runs",
                counted(example.faults, "fault")
            )?,
        }
        for line in example.timeline.lines() {
            writeln!(f, "  {line}")?;
        }
        Ok(())
    }
}

fn counted(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

/// The seeds but the first, of many only some.
fn others(seeds: &[u64]) -> String {
    const SHOWN: usize = 8;
    let mut text = match seeds.len() {
        2 => "seed".to_owned(),
        _ => "seeds".to_owned(),
    };
    for (position, seed) in seeds.iter().skip(1).take(SHOWN).enumerate() {
        let _ = write!(text, "{} {seed}", if position > 0 { "," } else { "" });
    }
    if let more @ 1.. = seeds.len().saturating_sub(1 + SHOWN) {
        let _ = write!(text, " and {more} more");
    }
    text
}
