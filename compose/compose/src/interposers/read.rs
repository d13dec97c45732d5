//! Reads the interposers of a policy.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use bytes::Bytes;
use interpose_policy::Policy;
use interpose_policy::model;
use sha2::{Digest, Sha256};

use super::error::InterposeError;
use crate::application::{Application, ApplicationError, Form};
use crate::foreign;
use crate::plan::APPLICATION;

/// An interposer that was read.
#[derive(Clone, Debug)]
pub(super) struct Interposer {
    /// The name in the chain.
    pub(super) name: String,
    /// The component.
    pub(super) component: Bytes,
}

/// Reads the files of a policy's interposers, each once, so that what is composed is what was hashed.
pub(super) fn read(policy: &Policy) -> Result<Vec<Interposer>, InterposeError> {
    let mut taken = BTreeSet::new();
    let interposers = policy.interposers.iter();
    interposers
        .map(|interposer| {
            Ok(Interposer {
                name: distinct(&name(interposer), &mut taken),
                component: component(interposer)?,
            })
        })
        .collect()
}

fn component(interposer: &model::Interposer) -> Result<Bytes, InterposeError> {
    let path = &interposer.component;
    let failed = |error: ApplicationError| InterposeError::File {
        path: path.clone(),
        error: Box::new(error),
    };
    let bytes = foreign::read(path)
        .map_err(|source| InterposeError::Unreadable {
            path: path.clone(),
            source,
        })?
        .map_err(|limit| failed(limit.into()))?;
    if let Some(wanted) = &interposer.sha256 {
        let found = hash(&bytes);
        if found != *wanted {
            return Err(InterposeError::Hash {
                path: path.clone(),
                wanted: wanted.clone(),
                found,
            });
        }
    }
    let read = Application::parse(&bytes).map_err(failed)?;
    match read.form() {
        Form::Component => Ok(read.component().clone()),
        Form::Preview1 | Form::StandardPreview1 => {
            Err(InterposeError::NotAComponent { path: path.clone() })
        }
    }
}

fn hash(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The name of an interposer by that of its file, in the form that a name in a WIT package has.
fn name(interposer: &model::Interposer) -> String {
    let stem = interposer.component.file_stem().unwrap_or_default();
    let stem = stem.to_string_lossy();
    let words = stem.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(
            |word| match word.starts_with(|c: char| c.is_ascii_digit()) {
                true => format!("n{}", word.to_ascii_lowercase()),
                false => word.to_ascii_lowercase(),
            },
        )
        .collect();
    match words.is_empty() {
        true => "component".into(),
        false => words.join("-"),
    }
}

/// The name with a number if another interposer has it already, or if it is the application's.
fn distinct(name: &str, taken: &mut BTreeSet<String>) -> String {
    taken.insert(APPLICATION.to_owned());
    let mut names = std::iter::once(name.to_owned()).chain((2..).map(|n| format!("{name}-n{n}")));
    // There are always more numbers than names.
    let free = names.find(|name| !taken.contains(name)).unwrap_or_default();
    taken.insert(free.clone());
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_valid_in_a_package() {
        let of = |path: &str| {
            name(&model::Interposer {
                component: path.into(),
                sha256: None,
            })
        };
        assert_eq!(of("a/My_Logger.v2.wasm"), "my-logger-v2");
        assert_eq!(of("7.wasm"), "n7");
        assert_eq!(of("…"), "component");
        let mut taken = BTreeSet::new();
        let mut next = |name: &str| distinct(name, &mut taken);
        assert_eq!(next("log"), "log");
        assert_eq!(next("log"), "log-n2");
        assert_eq!(next("log"), "log-n3");
        assert_eq!(next("application"), "application-n2");
    }

    #[test]
    fn hashes_are_those_of_sha256sum() {
        assert_eq!(
            hash(b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
