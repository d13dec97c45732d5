//! Patterns for names of environment variables and configuration keys.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{ErrorKind, ParseError};

/// A name in which `*` stands for any run of characters, also none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NamePattern(String);

impl NamePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When `text` is empty or contains `=` or NUL, which no name of an environment variable can contain (POSIX,
    /// `environ`).
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if text.is_empty() {
            return Err(ParseError::new(ErrorKind::Empty, text, text));
        }
        if let Some((at, character)) = text.char_indices().find(|(_, c)| matches!(c, '=' | '\0')) {
            return Err(ParseError::new(
                ErrorKind::PatternCharacter(character),
                text,
                &text[at..=at],
            ));
        }
        Ok(Self(text.into()))
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the pattern matches `name`.
    pub fn matches(&self, name: &str) -> bool {
        wildcard(self.0.as_bytes(), name.as_bytes(), |pattern, byte| {
            pattern == byte
        })
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether `text` matches `pattern`, in which `*` stands for any run. `single` compares one item of the pattern with
/// one item of the text. The time grows at most with the product of both lengths.
pub(crate) fn wildcard<T: Copy + PartialEq + From<u8>>(
    pattern: &[T],
    text: &[T],
    single: impl Fn(T, T) -> bool,
) -> bool {
    let (mut p, mut t) = (0, 0);
    // Where to go on when the text behind the last `*` does not match: behind this `*`, one item further in the text.
    let mut retry = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(&item) if item == T::from(b'*') => {
                p += 1;
                retry = Some((p, t));
            }
            Some(&item) if single(item, text[t]) => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((behind, start)) = retry else {
                    return false;
                };
                p = behind;
                t = start + 1;
                retry = Some((p, t));
            }
        }
    }
    pattern[p..].iter().all(|&item| item == T::from(b'*'))
}
