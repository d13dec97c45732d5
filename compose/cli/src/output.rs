//! Writes results: each file appears complete, by a rename, or not at all, and several files appear together.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use crate::failure::Failure;
use crate::session::Result;

/// Writes a result to standard output. A reader that closes the pipe early is no failure.
pub fn result(text: &str) -> Result<()> {
    bytes(text.as_bytes())
}

/// Writes a binary result to standard output.
pub fn bytes(bytes: &[u8]) -> Result<()> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(bytes);
    written_out(written.and_then(|()| stdout.flush()))
}

/// The result of writing to standard output.
pub fn written_out(written: io::Result<()>) -> Result<()> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::failed(
            "output::stdout",
            format!("standard output cannot be written: {error}"),
        )
        .hint("check what it is redirected to")),
        _ => Ok(()),
    }
}

/// Files that are written together. They are invisible before [`Outputs::write`], and dropping this value removes them.
#[derive(Default)]
pub struct Outputs {
    /// Complete temporary files with their final paths.
    files: Vec<(NamedTempFile, PathBuf)>,
    /// Contents for pipes, devices and other targets that are written to and not replaced.
    streams: Vec<(PathBuf, Vec<u8>)>,
    /// The directories that were created, parents first.
    made: Vec<PathBuf>,
}

impl Outputs {
    /// Adds a file. An existing file keeps its contents until [`Outputs::write`].
    pub fn add(&mut self, path: &Path, contents: &[u8]) -> Result<()> {
        let failed = |error| cannot("written", path, &error);
        match Destination::of(path).map_err(failed)? {
            Destination::Stream => self.streams.push((path.to_owned(), contents.to_owned())),
            Destination::File(path) => {
                let file = prepare(&path, contents).map_err(failed)?;
                self.files.push((file, path));
            }
        }
        Ok(())
    }

    /// Creates a directory and its missing ancestors.
    pub fn directory(&mut self, path: &Path) -> Result<()> {
        let missing = path
            .ancestors()
            .take_while(|path| !path.as_os_str().is_empty() && !path.exists());
        let mut missing: Vec<&Path> = missing.collect();
        missing.reverse();
        for path in missing {
            fs::create_dir(path).map_err(|error| cannot("made", path, &error))?;
            self.made.push(path.to_owned());
        }
        Ok(())
    }

    /// Makes all files appear.
    pub fn write(mut self) -> Result<()> {
        // Writing to these can fail, while the renames below hardly can.
        for (path, contents) in std::mem::take(&mut self.streams) {
            File::create(&path)
                .and_then(|mut stream| stream.write_all(&contents))
                .map_err(|error| cannot("written", &path, &error))?;
        }
        for (file, path) in std::mem::take(&mut self.files) {
            file.persist(&path)
                .map_err(|error| cannot("written", &path, &error.error))?;
        }
        Ok(())
    }
}

impl Drop for Outputs {
    fn drop(&mut self) {
        self.files.clear();
        // Directories that now hold files are not removed.
        for directory in self.made.iter().rev() {
            let _ = fs::remove_dir(directory);
        }
    }
}

fn cannot(done: &str, path: &Path, error: &io::Error) -> Failure {
    let message = format!("`{}` cannot be {done}: {error}", path.display());
    Failure::bad("output::file", message)
        .hint("check that the directory above it exists and may be written to")
}

/// The destination of a result.
enum Destination {
    /// A file at this path, which is not a link.
    File(PathBuf),
    /// A target that is written to and not replaced.
    Stream,
}

impl Destination {
    fn of(path: &Path) -> io::Result<Self> {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            // Through `/dev/fd`, a process can write to a file that has no name any more.
            Ok(found) if found.is_file() => {
                Ok(path.canonicalize().map_or(Self::Stream, Self::File))
            }
            Ok(_) => Ok(Self::Stream),
            // The link may also lead to a path that does not exist yet: the system creates that file.
            Err(error) if error.kind() == io::ErrorKind::NotFound && path.is_symlink() => {
                Ok(Self::Stream)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::File(path.into())),
            Err(error) => Err(error),
        }
    }
}

/// A temporary file beside its final path, for what is written while something runs.
pub fn temporary(path: &Path) -> io::Result<NamedTempFile> {
    prepare(path, &[])
}

/// Writes a complete temporary file beside its final path, with the permissions of the file that it replaces or of a
/// new file.
fn prepare(path: &Path, contents: &[u8]) -> io::Result<NamedTempFile> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = Builder::new();
    // Without this, temporary files are private. The system applies the process's mask.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(directory)?;
    file.write_all(contents)?;
    if let Ok(old) = fs::metadata(path) {
        file.as_file().set_permissions(old.permissions())?;
    }
    Ok(file)
}
