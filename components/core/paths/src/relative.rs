//! Paths that an application uses, relative to a directory.

use core::error::Error;
use core::fmt;

/// The longest name in a directory, in bytes: `NAME_MAX` of Linux.
pub const MAX_NAME_LENGTH: usize = 255;

/// The longest path and the longest target of a symbolic link, in bytes: `PATH_MAX` of Linux without its final NUL.
pub const MAX_PATH_LENGTH: usize = 4095;

/// The number of symbolic links that may be followed to resolve one path: `MAXSYMLINKS` of Linux.
pub const MAX_SYMLINKS: usize = 40;

/// Why no directory can resolve a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathError {
    /// It has a NUL (`EINVAL`): no system call takes such a string.
    Nul,
    /// It has more than [`MAX_PATH_LENGTH`] bytes (`ENAMETOOLONG`).
    TooLong,
    /// It is empty (`ENOENT`).
    Empty,
    /// It is absolute, which WASI does not permit (`not-permitted`).
    Absolute,
}

impl fmt::Display for PathError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Nul => "the path has a NUL character",
            Self::TooLong => "the path is longer than 4,095 bytes",
            Self::Empty => "the path is empty",
            Self::Absolute => "the path is absolute",
        })
    }
}

impl Error for PathError {}

/// Refuses strings with a NUL. A host makes C strings of all that it passes to a system call before it makes the call.
///
/// # Errors
/// [`PathError::Nul`].
pub fn check_no_nul<const COUNT: usize>(strings: [&str; COUNT]) -> Result<(), PathError> {
    if strings.iter().any(|string| string.as_bytes().contains(&0)) {
        return Err(PathError::Nul);
    }
    Ok(())
}

/// Refuses a string that is too long for a system call to take it for a path.
///
/// # Errors
/// [`PathError::TooLong`].
pub fn check_length(string: &str) -> Result<(), PathError> {
    if string.len() > MAX_PATH_LENGTH {
        Err(PathError::TooLong)
    } else {
        Ok(())
    }
}

/// Refuses a path that no directory can resolve, as Linux does.
///
/// # Errors
/// A [`PathError`], the first of them in the order of that type.
pub fn check(path: &str) -> Result<(), PathError> {
    check_no_nul([path])?;
    check_length(path)?;
    if path.is_empty() {
        return Err(PathError::Empty);
    }
    if path.starts_with('/') {
        return Err(PathError::Absolute);
    }
    Ok(())
}

/// Whether the slash at the end of a path asks for a directory.
pub fn requires_directory(path: &str) -> bool {
    path.ends_with('/')
}

/// `path` without the slashes at its end, which creating and renaming a directory ignore.
pub fn without_trailing_slashes(path: &str) -> &str {
    match path.trim_end_matches('/') {
        // Only slashes: still an absolute path.
        "" => &path[..path.len().min(1)],
        stripped => stripped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_no_directory_resolves_are_refused() {
        for (path, error) in [
            ("", PathError::Empty),
            ("/", PathError::Absolute),
            ("/a", PathError::Absolute),
            ("a\0", PathError::Nul),
            ("\0/", PathError::Nul),
        ] {
            assert_eq!(check(path), Err(error), "{path:?}");
        }
        let long = "a".repeat(MAX_PATH_LENGTH + 1);
        assert_eq!(check(&long[1..]), Ok(()));
        assert_eq!(check(&long), Err(PathError::TooLong));
    }

    #[test]
    fn one_nul_among_several_strings_is_found() {
        assert_eq!(check_no_nul(["a", "b"]), Ok(()));
        assert_eq!(check_no_nul(["a", "b\0"]), Err(PathError::Nul));
    }

    #[test]
    fn slashes_at_the_end_are_taken_off() {
        for (path, stripped) in [
            ("a//", "a"),
            ("a/b", "a/b"),
            ("//", "/"),
            ("", ""),
            ("./", "."),
        ] {
            assert_eq!(without_trailing_slashes(path), stripped);
        }
    }
}
