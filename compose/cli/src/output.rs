//! Writing results: files appear complete, by rename, or not at all; and either all of them or none.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use crate::failure::Failure;
use crate::session::Result;

/// Writes a result to standard output. Whoever has read enough of it and gone is no failure.
pub fn result(text: &str) -> Result<()> {
    bytes(text.as_bytes())
}

/// The same with a result that is bytes.
pub fn bytes(bytes: &[u8]) -> Result<()> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(bytes);
    written_out(written.and_then(|()| stdout.flush()))
}

/// What comes of writing to standard output.
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

/// Files that are written together. Until then nothing is to be seen of them, and dropped, nothing is left.
#[derive(Default)]
pub struct Outputs {
    /// Complete files, and where they are to appear.
    files: Vec<(NamedTempFile, PathBuf)>,
    /// What goes to something that is no file, as a pipe or a device, which is used and not replaced.
    streams: Vec<(PathBuf, Vec<u8>)>,
    /// Directories that were made, those above first.
    made: Vec<PathBuf>,
}

impl Outputs {
    /// Adds a file. Where there is one, it has its old contents until [`Outputs::write`].
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

    /// Makes a directory and those above it, where they are missing.
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

    /// Lets all files appear.
    pub fn write(mut self) -> Result<()> {
        // These can fail, as renames hardly can.
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
        // Those that hold files by now stay.
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

/// Where a result goes.
enum Destination {
    /// A file at this path, which is no link.
    File(PathBuf),
    /// Something that is written to as it is.
    Stream,
}

impl Destination {
    fn of(path: &Path) -> io::Result<Self> {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            // A file that has no name any more can be written to through `/dev/fd`.
            Ok(found) if found.is_file() => {
                Ok(path.canonicalize().map_or(Self::Stream, Self::File))
            }
            Ok(_) => Ok(Self::Stream),
            // Also where a link leads to nothing yet: the system makes the file that it names.
            Err(error) if error.kind() == io::ErrorKind::NotFound && path.is_symlink() => {
                Ok(Self::Stream)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::File(path.into())),
            Err(error) => Err(error),
        }
    }
}

/// A complete file beside its place, as readable as a new file there or as what it replaces.
fn prepare(path: &Path, contents: &[u8]) -> io::Result<NamedTempFile> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = Builder::new();
    // Temporary files are private otherwise. The system takes away what the process's mask says.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(directory)?;
    file.write_all(contents)?;
    if let Ok(old) = fs::metadata(path) {
        file.as_file().set_permissions(old.permissions())?;
    }
    Ok(file)
}
