//! Compares a run under what was learnt with the run from which it was learnt.

use miette::Diagnostic;
use thiserror::Error;

use crate::uses::{Refusal, Uses};

/// Why a run under what was learnt is not like the run from which it was learnt.
#[derive(Debug, Error, Diagnostic)]
pub enum VerifyError {
    /// Something was refused that was not refused before.
    #[error("under what was learnt, {} refused: {}", verb(refusals.len()), list(refusals))]
    #[diagnostic(
        code("learn::refused"),
        help("the application may do something else each time: learn again with `--merge`")
    )]
    Refused {
        /// What was refused.
        refusals: Vec<Refusal>,
    },
    /// The application exited with another status.
    #[error(
        "under what was learnt, the application exited with status {second} and not with {first}"
    )]
    #[diagnostic(
        code("learn::status"),
        help(
            "it may depend on what the first run left behind, on input or on time; compare both runs"
        )
    )]
    Status {
        /// The status of the run from which it was learnt.
        first: i32,
        /// The status under what was learnt.
        second: i32,
    },
    /// The application trapped or was ended.
    #[error("under what was learnt, the application did not come to its end: {message}")]
    #[diagnostic(
        code("learn::not-ended"),
        help("the application may do something else each time: learn again with `--merge`")
    )]
    NotEnded {
        /// Why.
        message: String,
    },
}

/// How many refusals a message names.
const NAMED: usize = 8;

fn verb(count: usize) -> String {
    match count {
        1 => "a call was".into(),
        count => format!("{count} calls were"),
    }
}

fn list(refusals: &[Refusal]) -> String {
    let named = refusals.iter().take(NAMED).map(|refusal| {
        let Refusal {
            function,
            subject,
            error,
        } = refusal;
        format!("{function} `{subject}` ({error})")
    });
    let mut named: Vec<String> = named.collect();
    if refusals.len() > NAMED {
        named.push("…".into());
    }
    named.join(", ")
}

/// Compares what was refused: nothing may be refused in the second run that was not refused in the first.
///
/// # Errors
/// [`VerifyError::Refused`].
pub fn verify(first: &Uses, second: &Uses) -> Result<(), VerifyError> {
    let refusals = second.refusals.keys();
    let new = refusals.filter(|refusal| !first.refusals.contains_key(refusal));
    match new.cloned().collect::<Vec<Refusal>>() {
        refusals if refusals.is_empty() => Ok(()),
        refusals => Err(VerifyError::Refused { refusals }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(subjects: &[&str]) -> Uses {
        let refusal = |subject: &&str| Refusal {
            function: "wasi:filesystem/types.descriptor.open-at".into(),
            subject: (*subject).to_owned(),
            error: "not-permitted".into(),
        };
        Uses {
            refusals: subjects
                .iter()
                .map(|subject| (refusal(subject), 1))
                .collect(),
            ..Uses::default()
        }
    }

    #[test]
    fn only_what_was_not_refused_before_counts() {
        let (none, one, two) = (refused(&[]), refused(&["/a"]), refused(&["/a", "/b"]));
        assert!(verify(&one, &one).is_ok() && verify(&two, &one).is_ok());
        let error = verify(&one, &two).expect_err("another refusal").to_string();
        assert!(error.contains("`/b`") && !error.contains("`/a`"), "{error}");
        assert!(verify(&none, &two).is_err());
    }
}
