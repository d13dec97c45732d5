//! What can be said about a path by its text alone.

use crate::Refusal;

/// The longest path and the longest target of a symbolic link, in bytes: `PATH_MAX` of Linux without its final NUL.
pub const MAX_PATH_LENGTH: usize = 4095;

/// Refuses what no directory can resolve, as Linux does.
pub(crate) fn check(path: &str) -> Result<(), Refusal> {
    if path.as_bytes().contains(&0) {
        return Err(Refusal::Invalid);
    }
    if path.len() > MAX_PATH_LENGTH {
        return Err(Refusal::NameTooLong);
    }
    if path.is_empty() {
        return Err(Refusal::NoEntry);
    }
    if path.starts_with('/') {
        return Err(Refusal::NotPermitted);
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
    fn what_no_directory_resolves_is_refused() {
        for (path, refusal) in [
            ("", Refusal::NoEntry),
            ("/", Refusal::NotPermitted),
            ("/a", Refusal::NotPermitted),
            ("a\0", Refusal::Invalid),
            ("\0/", Refusal::Invalid),
        ] {
            assert_eq!(check(path), Err(refusal), "{path:?}");
        }
        assert_eq!(check(&"a".repeat(MAX_PATH_LENGTH)), Ok(()));
        assert_eq!(
            check(&"a".repeat(MAX_PATH_LENGTH + 1)),
            Err(Refusal::NameTooLong)
        );
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
