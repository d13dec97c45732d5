//! What may stand in a path, whatever it leads to.

use crate::Error;

/// The longest name in a directory, in bytes: `NAME_MAX` of Linux.
pub const MAX_NAME_LENGTH: usize = 255;

/// The longest path and the longest target of a symbolic link, in bytes: `PATH_MAX` of Linux without its final NUL.
pub const MAX_PATH_LENGTH: usize = 4095;

/// Refuses strings with a NUL. The host makes C strings of all that it passes to a system call before it makes the
/// call.
pub(crate) fn check_no_nul<const COUNT: usize>(strings: [&str; COUNT]) -> Result<(), Error> {
    if strings.iter().any(|string| string.as_bytes().contains(&0)) {
        return Err(Error::Invalid);
    }
    Ok(())
}

/// Refuses a string that no system call takes for a path.
pub(crate) fn check_length(string: &str) -> Result<(), Error> {
    if string.len() > MAX_PATH_LENGTH {
        Err(Error::NameTooLong)
    } else {
        Ok(())
    }
}

/// Refuses a path that no directory can resolve.
pub(crate) fn check_path(path: &str) -> Result<(), Error> {
    check_no_nul([path])?;
    check_length(path)?;
    if path.is_empty() {
        return Err(Error::NoEntry);
    }
    if path.starts_with('/') {
        return Err(Error::NotPermitted);
    }
    Ok(())
}

/// `path` without the slashes at its end, which creating and renaming a directory ignore.
pub(crate) fn without_trailing_slashes(path: &str) -> &str {
    match path.trim_end_matches('/') {
        // Only slashes: still an absolute path.
        "" => &path[..path.len().min(1)],
        stripped => stripped,
    }
}
