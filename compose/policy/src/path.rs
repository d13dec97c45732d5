//! Paths as the application sees them.

use miette::Diagnostic;
use thiserror::Error;

/// Why a text is not a path that a policy can name.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
#[diagnostic(code("policy::path"))]
pub enum PathError {
    /// A relative path where an absolute one is needed.
    #[error("this path is absolute: it begins with `/`")]
    Relative,
    /// An absolute path where a relative one is needed.
    #[error("this path is relative to the mount")]
    Absolute,
    /// An empty name, `.`, `..` or a final slash.
    #[error("a path has no empty names, no `.`, no `..` and no final slash")]
    NotCanonical {
        /// The same path as it has to be written, if there is one.
        canonical: Option<String>,
    },
    /// A NUL character.
    #[error("a path has no NUL characters")]
    Nul,
}

/// Checks an absolute path without empty names, `.`, `..` and final slash.
pub(crate) fn check_absolute(path: &str) -> Result<(), PathError> {
    match path.strip_prefix('/') {
        Some("") => Ok(()),
        Some(names) => check_names(names, "/"),
        None => Err(PathError::Relative),
    }
}

/// Checks a relative path of at least one name, without empty names, `.`, `..` and final slash.
pub(crate) fn check_relative(path: &str) -> Result<(), PathError> {
    if path.starts_with('/') {
        Err(PathError::Absolute)
    } else {
        check_names(path, "")
    }
}

fn check_names(names: &str, prefix: &str) -> Result<(), PathError> {
    if names.contains('\0') {
        return Err(PathError::Nul);
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
    Err(PathError::NotCanonical {
        canonical: (!hopeless).then(|| format!("{prefix}{}", kept.join("/"))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_and_relative() {
        let canonical = |text: &str| {
            Err(PathError::NotCanonical {
                canonical: Some(text.into()),
            })
        };
        let hopeless = Err(PathError::NotCanonical { canonical: None });
        for (path, expected) in [
            ("/", Ok(())),
            ("/a/b.c", Ok(())),
            ("/a/", canonical("/a")),
            ("//", canonical("/")),
            ("/a/./b", canonical("/a/b")),
            ("/a/../b", hopeless.clone()),
            ("", Err(PathError::Relative)),
            ("a", Err(PathError::Relative)),
            ("/a\0", Err(PathError::Nul)),
        ] {
            assert_eq!(check_absolute(path), expected, "{path:?}");
        }
        for (path, expected) in [
            ("a/b", Ok(())),
            ("...", Ok(())),
            ("a/", canonical("a")),
            ("./a", canonical("a")),
            ("", hopeless.clone()),
            (".", hopeless.clone()),
            ("../a", hopeless),
            ("/a", Err(PathError::Absolute)),
        ] {
            assert_eq!(check_relative(path), expected, "{path:?}");
        }
    }
}
