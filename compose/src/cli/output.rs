//! Writing results: a file appears complete, by rename, or not at all.

use std::io::Write;
use std::path::Path;

use tempfile::NamedTempFile;

use super::Result;
use super::message::Failure;

/// Writes a file. It has its old contents, if any, until all of the new ones are on disk.
pub(super) fn write(path: &Path, contents: &[u8]) -> Result<()> {
    let failed = |error: std::io::Error| {
        Failure::bad(format!("`{}` cannot be written: {error}", path.display()))
            .hint("check that its directory exists and may be written to")
    };
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut file = NamedTempFile::new_in(directory).map_err(failed)?;
    file.write_all(contents).map_err(failed)?;
    make_readable(&file).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Temporary files are private; a result is as readable as any new file.
#[cfg(unix)]
fn make_readable(file: &NamedTempFile) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file()
        .set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_: &NamedTempFile) -> std::io::Result<()> {
    Ok(())
}
