//! Makes directories and removes entries of this machine to make room for saved files.

use std::io;

use cap_std::fs::Dir;

/// Opens the directory `name` in `target`. Replaces an entry of that name that is not a directory by a new directory.
pub(super) fn make_directory(target: &Dir, name: &str) -> io::Result<Dir> {
    match target.symlink_metadata(name) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => {
            target.remove_file(name)?;
            target.create_dir(name)?;
        }
        Err(_) => target.create_dir(name)?,
    }
    target.open_dir(name)
}

/// Removes a directory that is in the place of a file; renaming a file replaces any other entry.
pub(super) fn make_way(target: &Dir, name: &str) -> io::Result<()> {
    match target.symlink_metadata(name) {
        Ok(metadata) if metadata.is_dir() => target.remove_dir_all(name),
        _ => Ok(()),
    }
}

/// Removes the entry with this name, if there is one.
pub(super) fn remove(target: &Dir, name: &str) -> io::Result<()> {
    make_way(target, name)?;
    match target.remove_file(name) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
