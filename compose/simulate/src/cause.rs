//! Why a run failed.

use std::fmt;

use interpose_host::{Exceeded, Outcome};
use serde::{Deserialize, Serialize};

use crate::budget::Measure;

/// Why a run failed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cause {
    /// Whose end it was.
    pub of: Part,
    /// How it ended.
    pub end: End,
    /// What it said last: the message of a panic or the last line on standard error, with `#` for each number, so that equal
    /// failures of different seeds have equal causes. Empty if it said nothing.
    pub said: String,
}

/// A part of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The application.
    Application,
    /// The application that was started again after a loss of power.
    Restarted,
    /// The component that checks the files.
    Check,
}

/// How a part of a run ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum End {
    /// With another exit status than 0.
    Status {
        /// The status.
        status: i32,
    },
    /// With a trap.
    Trap {
        /// The description of the trap; for one of an adapter, its reason.
        message: String,
    },
    /// It waited for something that could never happen.
    Deadlock,
    /// It exceeded its budget.
    Budget {
        /// What it took too much of.
        of: Measure,
    },
    /// The power was lost in a part that is to be without faults.
    Crash,
    /// Two runs with the same seed did not do the same.
    Differs,
}

/// How the reason of the kernel's trap begins.
const DEADLOCK: &str = "deadlock";

/// The longest text of an application that becomes a part of a cause.
const LONGEST: usize = 200;

impl End {
    /// How a part failed; `None` if it succeeded.
    pub fn of(outcome: &Outcome) -> Option<Self> {
        match outcome {
            Outcome::Exited(0) => None,
            Outcome::Exited(status) => Some(Self::Status { status: *status }),
            Outcome::Trapped(trap) if trap.message.starts_with(DEADLOCK) => Some(Self::Deadlock),
            Outcome::Trapped(trap) => Some(Self::Trap {
                message: trap.message.clone(),
            }),
            Outcome::Exceeded(exceeded) => Some(Self::Budget {
                of: match exceeded {
                    Exceeded::Fuel(_) => Measure::Fuel,
                    Exceeded::Memory(_) => Measure::Memory,
                    Exceeded::Timeout(_) => Measure::Time,
                },
            }),
        }
    }
}

impl Cause {
    /// The cause of an end, with what was written to standard error before.
    pub fn new(of: Part, end: End, stderr: &[u8]) -> Self {
        let said = match end {
            End::Differs => String::new(),
            _ => without_numbers(&last_words(&String::from_utf8_lossy(stderr))),
        };
        Self { of, end, said }
    }
}

/// The exception below the last traceback of Python, the message of a panic, or the last line.
fn last_words(stderr: &str) -> String {
    // CPython in a component panics after it, with the same message for every exception.
    if let Some((_, traceback)) = stderr.rsplit_once("Traceback (most recent call last):\n") {
        let mut below = traceback.lines();
        if let Some(exception) = below.find(|line| !line.is_empty() && !line.starts_with(' ')) {
            return exception.trim().to_owned();
        }
    }
    let lines: Vec<&str> = stderr.lines().map(str::trim).collect();
    let panic = lines.iter().rposition(|line| line.contains("panicked at"));
    if let Some(panic) = panic {
        // The message is in the next line.
        let message = lines.get(panic + 1).copied().unwrap_or_default();
        return format!("{} {message}", lines[panic]).trim().to_owned();
    }
    let mut last = lines.iter().rev();
    let last = last.find(|line| !line.is_empty() && !line.starts_with("note:"));
    last.copied().unwrap_or_default().to_owned()
}

fn without_numbers(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        if out.len() >= LONGEST {
            out.push('…');
            break;
        }
        match character {
            _ if !character.is_ascii_digit() => out.push(character),
            _ if out.ends_with('#') => {}
            _ => out.push('#'),
        }
    }
    out
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = match self.of {
            Part::Application => "the application",
            Part::Restarted => "the application, started again after the loss of power,",
            Part::Check => "the check",
        };
        match &self.end {
            End::Status { status } => write!(f, "{subject} exited with status {status}")?,
            End::Trap { message } => write!(f, "{subject} trapped: {message}")?,
            End::Deadlock => write!(f, "{subject} waited for something that could never happen")?,
            End::Budget { of } => write!(f, "{subject} exceeded its budget of {of}")?,
            End::Crash => write!(f, "{subject} lost its power a second time")?,
            End::Differs => write!(f, "two runs with the same seed did not do the same")?,
        }
        match self.said.as_str() {
            "" => Ok(()),
            said => write!(f, " ({said})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_failures_have_equal_causes() {
        let end = || End::Status { status: 1 };
        let of = |stderr: &str| Cause::new(Part::Application, end(), stderr.as_bytes());
        let panic = |number: u32| {
            format!(
                "working\nthread 'main' ({number}) panicked at src/main.rs:7:5:\nlost {number} of 10\nnote: run with\n"
            )
        };
        assert_eq!(of(&panic(3)), of(&panic(12)));
        assert_eq!(
            of(&panic(3)).said,
            "thread 'main' (#) panicked at src/main.rs:#:#: lost # of #"
        );
        assert_eq!(of("a\nError: no 5\n\n").said, "Error: no #");
        let python = "Traceback (most recent call last):\n  File \"/0/app.py\", line 15, in run\nOSError: [Errno 29] at 7\n";
        assert_eq!(
            of(&format!("{python}\n{}", panic(1))).said,
            "OSError: [Errno #] at #"
        );
        assert_eq!(
            of(&panic(1).replace("lost", "Traceback")),
            of(&panic(2).replace("lost", "Traceback"))
        );
        assert_ne!(of("a"), of("b"));
        assert_eq!(
            of("oh").to_string(),
            "the application exited with status 1 (oh)"
        );
        assert!(of(&"x".repeat(1000)).said.len() < 210);
    }
}
