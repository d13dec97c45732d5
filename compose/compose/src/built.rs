//! The folders of adapters that builds made, of which the build script keeps those that may still be read.
//!
//! Each state of the adapters' sources has a folder of its own, so that going back to one, on another branch for example,
//! costs nothing. The build script holds a lock while it looks for its folder, and copies the files without one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How many folders are kept, however old they are.
const KEPT: usize = 4;

/// How long a folder is kept whatever there is besides it: longer than any build script takes.
const IN_USE: Duration = Duration::from_secs(60 * 60);

/// The file of a folder whose time says when the folder was used last.
const USED: &str = "used";

/// Notes that a folder is used now.
///
/// # Errors
/// What the system says.
pub fn mark_used(folder: &Path) -> io::Result<()> {
    fs::write(folder.join(USED), "")
}

/// Removes the folders in `built` that nobody needs any more: not the ones that were used last, and none that was used within
/// the hour.
///
/// # Errors
/// What the system says if `built` cannot be read. A folder that cannot be removed stays until the next time.
pub fn remove_old(built: &Path) -> io::Result<()> {
    let mut folders: Vec<(SystemTime, PathBuf)> = Vec::new();
    for entry in fs::read_dir(built)? {
        let path = entry?.path();
        // One that was made before there were notes was used before all others.
        let noted = fs::metadata(path.join(USED)).and_then(|metadata| metadata.modified());
        folders.push((noted.unwrap_or(SystemTime::UNIX_EPOCH), path));
    }
    folders.sort();
    let now = SystemTime::now();
    let removed = built.with_file_name("removed");
    for (used, folder) in folders.iter().rev().skip(KEPT) {
        // A time that is still to come says nothing about age.
        if now.duration_since(*used).is_ok_and(|age| age > IN_USE) {
            // A part of a folder must not have its name.
            let _ = fs::remove_dir_all(&removed);
            let _ = fs::rename(folder, &removed).and_then(|()| fs::remove_dir_all(&removed));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes a folder that was used so many minutes ago.
    fn folder(built: &Path, name: &str, minutes: u64) {
        let folder = built.join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("kernel.wasm"), "").unwrap();
        mark_used(&folder).unwrap();
        let used = SystemTime::now() - Duration::from_secs(60 * minutes);
        let file = fs::File::options().append(true).open(folder.join(USED));
        file.unwrap().set_modified(used).unwrap();
    }

    fn names(built: &Path) -> Vec<String> {
        let entries = fs::read_dir(built).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_folders_that_were_used_last_are_kept() {
        let directory = tempfile::tempdir().unwrap();
        let built = &directory.path().join("built");
        for (number, name) in ["f", "a", "e", "b", "d", "c"].into_iter().enumerate() {
            folder(built, name, 1000 + 100 * number as u64);
        }
        fs::create_dir(built.join("without-a-note")).unwrap();
        // A folder is as old as its last use.
        mark_used(&built.join("c")).unwrap();
        remove_old(built).unwrap();
        assert_eq!(names(built), ["a", "c", "e", "f"]);
        assert_eq!(names(directory.path()), ["built"]);
    }

    #[test]
    fn no_folder_is_removed_under_a_build() {
        let directory = tempfile::tempdir().unwrap();
        let built = &directory.path().join("built");
        for number in 0..10 {
            folder(built, &format!("{number}"), 10 * number);
        }
        remove_old(built).unwrap();
        assert_eq!(names(built), ["0", "1", "2", "3", "4", "5"]);
    }
}
