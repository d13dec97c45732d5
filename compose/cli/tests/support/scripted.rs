//! Downloads and builds of the repository's shell scripts, kept in cargo's target folder between runs.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::{fs, io};

use super::guests::{SURROUNDING, repository};

/// Cargo's target folder.
pub static TARGET: LazyLock<PathBuf> = LazyLock::new(|| {
    let own = Path::new(env!("CARGO_TARGET_TMPDIR"));
    own.parent()
        .expect("cargo's folder for tests lies in its target folder")
        .to_owned()
});

/// Runs `build.sh` of the folder `source`, unless it has run with the same files before: the named ones and those that
/// all scripts share. Returns the directory of the build: `SUITE/NAME` in cargo's target folder, where `NAME` is the
/// folder's name.
pub fn built(suite: &str, source: &Path, files: &[PathBuf]) -> Result<PathBuf, String> {
    let named = |path: &Path| {
        let path = path.display().to_string();
        move |error: io::Error| format!("{path}: {error}")
    };
    let name = source.file_name().unwrap_or_default();
    let script = source.join("build.sh");
    let out = TARGET.join(suite).join(name);
    let mut made_of = String::new();
    let shared = repository().join("tests/external/real/common.sh");
    for path in [&script, &shared].into_iter().chain(files) {
        made_of += &fs::read_to_string(path).map_err(named(path))?;
    }
    // The script's record is written last, so it stands for a complete build.
    let built_by = out.join("built-by.txt");
    if fs::read_to_string(&built_by).is_ok_and(|before| before == made_of) {
        return Ok(out);
    }
    if out.exists() {
        fs::remove_dir_all(&out).map_err(named(&out))?;
    }
    let mut command = Command::new("bash");
    command.arg(&script).arg(&out).stdin(Stdio::null());
    for name in SURROUNDING {
        command.env_remove(name);
    }
    let output = command
        .output()
        .map_err(|error| format!("bash could not be run: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "{} cannot be had: `{}` failed:\n{}",
            name.display(),
            script.display(),
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    fs::write(&built_by, made_of).map_err(named(&built_by))?;
    Ok(out)
}
