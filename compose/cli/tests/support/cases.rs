//! Cases that are folders: `surface.txt` holds the outcome of a composition, `error.txt` that of a refusal.

use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::support::guests::repository;
use crate::support::transcript::differences;

/// Whether the variable `BLESS` is set, so that files are written instead of compared.
pub fn blesses() -> bool {
    env::var_os("BLESS").is_some()
}

/// The folders in a directory of the repository, sorted.
pub fn folders(directory: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(repository().join(directory)).expect("the directory of cases");
    let mut folders: Vec<_> = entries
        .map(|entry| entry.expect("a case").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

/// Whether the expected outcome of a case is a composition and not a refusal.
pub fn is_composed(case: &Path) -> bool {
    case.join("surface.txt").exists()
}

/// Compares the outcome of a case with the files in its folder.
pub fn check(case: &Path, found: Result<String, String>) -> Result<(), String> {
    let (file, other) = match &found {
        Ok(_) => ("surface.txt", "error.txt"),
        Err(_) => ("error.txt", "surface.txt"),
    };
    let found = found.unwrap_or_else(|message| message);
    if blesses() {
        let _ = fs::remove_file(case.join(other));
        return fs::write(case.join(file), found).map_err(|error| error.to_string());
    }
    if case.join(other).exists() {
        return Err(format!("`{other}` was expected, and this is it:\n{found}"));
    }
    let expected = fs::read_to_string(case.join(file)).unwrap_or_default();
    let changed = differences(&expected, &found);
    if changed.is_empty() {
        Ok(())
    } else {
        Err(format!("`{file}` is not as expected:\n{changed}"))
    }
}
