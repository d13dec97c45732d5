//! Cases that are folders: what comes of one is written in `surface.txt`, or in `error.txt` where it is refused.

use std::path::Path;
use std::{env, fs};

use crate::support::guests::repository;
use crate::support::transcript::differences;

/// Compares what comes of each folder in a directory of the repository with what is written there. With the variable
/// `BLESS` set the files are written instead.
pub fn check_all(directory: &str, outcome: impl Fn(&Path) -> Result<String, String>) {
    let directory = repository().join(directory);
    let mut cases: Vec<_> = fs::read_dir(&directory)
        .expect("the directory of cases")
        .map(|entry| entry.expect("a case").path())
        .collect();
    cases.sort();
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|case| check(case, outcome(case)).err())
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn check(case: &Path, found: Result<String, String>) -> Result<(), String> {
    let (file, other) = match &found {
        Ok(_) => ("surface.txt", "error.txt"),
        Err(_) => ("error.txt", "surface.txt"),
    };
    let found = found.unwrap_or_else(|message| message);
    let name = case.file_name().unwrap_or_default().to_string_lossy();
    if env::var_os("BLESS").is_some() {
        let _ = fs::remove_file(case.join(other));
        return fs::write(case.join(file), found).map_err(|error| format!("{name}: {error}"));
    }
    if case.join(other).exists() {
        return Err(format!(
            "{name}: `{other}` was expected, and this is it:\n{found}"
        ));
    }
    let expected = fs::read_to_string(case.join(file)).unwrap_or_default();
    let changed = differences(&expected, &found);
    if changed.is_empty() {
        Ok(())
    } else {
        Err(format!("{name}: `{file}` is not as expected:\n{changed}"))
    }
}
