//! Paths of which there is one spelling for each file.

use alloc::{format, string::String, vec::Vec};
use core::error::Error;
use core::fmt;

/// Why a text is not a canonical path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CanonicalError {
    /// A relative path where an absolute one is needed.
    Relative,
    /// An absolute path where a relative one is needed.
    Absolute,
    /// An empty name, `.`, `..` or a final slash.
    NotCanonical {
        /// The same path as it has to be written, if there is one.
        canonical: Option<String>,
    },
    /// A NUL character.
    Nul,
}

impl fmt::Display for CanonicalError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Relative => "this path is absolute: it begins with `/`",
            Self::Absolute => "this path is relative to the mount",
            Self::NotCanonical { .. } => {
                "a path has no empty names, no `.`, no `..` and no final slash"
            }
            Self::Nul => "a path has no NUL characters",
        })
    }
}

impl Error for CanonicalError {}

/// Checks an absolute path without empty names, `.`, `..` and final slash.
///
/// # Errors
/// A [`CanonicalError`] that says what is wrong.
pub fn check_canonical_absolute(path: &str) -> Result<(), CanonicalError> {
    match path.strip_prefix('/') {
        Some("") => Ok(()),
        Some(names) => check_names(names, "/"),
        None => Err(CanonicalError::Relative),
    }
}

/// Checks a relative path of at least one name, without empty names, `.`, `..` and final slash.
///
/// # Errors
/// A [`CanonicalError`] that says what is wrong.
pub fn check_canonical_relative(path: &str) -> Result<(), CanonicalError> {
    if path.starts_with('/') {
        Err(CanonicalError::Absolute)
    } else {
        check_names(path, "")
    }
}

fn check_names(names: &str, prefix: &str) -> Result<(), CanonicalError> {
    if names.contains('\0') {
        return Err(CanonicalError::Nul);
    }
    if names
        .split('/')
        .all(|name| !matches!(name, "" | "." | ".."))
    {
        return Ok(());
    }
    let kept: Vec<&str> = names
        .split('/')
        .filter(|name| !matches!(*name, "" | "."))
        .collect();
    let hopeless = kept.contains(&"..") || (kept.is_empty() && prefix.is_empty());
    Err(CanonicalError::NotCanonical {
        canonical: (!hopeless).then(|| format!("{prefix}{}", kept.join("/"))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_and_relative() {
        let canonical = |text: &str| {
            Err(CanonicalError::NotCanonical {
                canonical: Some(text.into()),
            })
        };
        let hopeless = Err(CanonicalError::NotCanonical { canonical: None });
        for (path, expected) in [
            ("/", Ok(())),
            ("/a/b.c", Ok(())),
            ("/a/", canonical("/a")),
            ("//", canonical("/")),
            ("/a/./b", canonical("/a/b")),
            ("/a/../b", hopeless.clone()),
            ("", Err(CanonicalError::Relative)),
            ("a", Err(CanonicalError::Relative)),
            ("/a\0", Err(CanonicalError::Nul)),
        ] {
            assert_eq!(check_canonical_absolute(path), expected, "{path:?}");
        }
        for (path, expected) in [
            ("a/b", Ok(())),
            ("...", Ok(())),
            ("a/", canonical("a")),
            ("./a", canonical("a")),
            ("", hopeless.clone()),
            (".", hopeless.clone()),
            ("../a", hopeless),
            ("/a", Err(CanonicalError::Absolute)),
        ] {
            assert_eq!(check_canonical_relative(path), expected, "{path:?}");
        }
    }
}
