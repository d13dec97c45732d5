//! The paths of this machine that a policy or a graph names: where they stand, and whether the files exist.

use std::fmt;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use miette::NamedSource;

use crate::error::{PolicyError, PolicyErrors, Problem};
use crate::nearest::nearest;

/// The purpose of a path of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathUse {
    /// A directory whose contents are baked in: `from`.
    Baked,
    /// A file whose contents are baked in: one of `files`, or the body of a response.
    BakedFile,
    /// A directory that the host shows: `host`.
    Host,
    /// The file whose contents are standard input.
    Stdin,
    /// The file of a component that stands between the application and the adapters: `component` of `[[interpose]]`.
    Interposer,
    /// The file of a component of a graph: `source`.
    Component,
}

impl PathUse {
    fn is_directory(self) -> bool {
        match self {
            Self::Baked | Self::Host => true,
            Self::BakedFile | Self::Stdin | Self::Interposer | Self::Component => false,
        }
    }
}

/// A path of this machine and the place where a file names it.
#[derive(Clone)]
pub struct NamedPath {
    /// The purpose.
    pub purpose: PathUse,
    /// The path. A relative path in the file is joined to the file's directory.
    pub path: PathBuf,
    /// The path as the file spells it.
    pub(crate) written: String,
    pub(crate) file: NamedSource<Arc<str>>,
    pub(crate) span: Range<usize>,
}

impl fmt::Debug for NamedPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} {:?} in {}",
            self.purpose,
            self.path,
            self.file.name()
        )
    }
}

/// Paths are equal if their purposes and paths are, wherever they stand.
impl PartialEq for NamedPath {
    fn eq(&self, other: &Self) -> bool {
        (self.purpose, &self.path) == (other.purpose, &other.path)
    }
}

impl NamedPath {
    /// Checks that a directory or file that suits the purpose exists at the path.
    ///
    /// # Errors
    /// [`PolicyErrors`] with the problem, at the path's place in the file, and with the path that was probably meant.
    pub fn check(&self) -> Result<(), PolicyErrors> {
        let shown = || self.path.to_string_lossy().into_owned();
        let wanted = self.purpose.is_directory();
        let problem = match fs::metadata(&self.path) {
            Ok(found) if found.is_dir() == wanted => return Ok(()),
            Ok(_) => Problem::Unreadable {
                path: shown(),
                reason: match wanted {
                    true => "it is a file, and not a directory".into(),
                    false => "it is a directory, and not a file".into(),
                },
            },
            Err(error) => match (error.kind(), wanted) {
                (io::ErrorKind::NotFound | io::ErrorKind::NotADirectory, true) => {
                    Problem::NoDirectory { path: shown() }
                }
                (io::ErrorKind::NotFound | io::ErrorKind::NotADirectory, false) => {
                    Problem::NoFile { path: shown() }
                }
                (kind, _) => Problem::Unreadable {
                    path: shown(),
                    reason: kind.to_string(),
                },
            },
        };
        let hint = match (&problem, wanted) {
            (Problem::NoDirectory { .. } | Problem::NoFile { .. }, _) => self.suggestion(),
            (_, true) => "name a directory that can be read".into(),
            (_, false) => "name a file that can be read".into(),
        };
        let mut error = PolicyError::at(self.file.clone(), self.span.clone(), problem);
        error.with_hint(hint);
        Err(error.into())
    }

    /// The hint about a path at which nothing exists.
    fn suggestion(&self) -> String {
        if let Some(meant) = self.meant() {
            return format!("did you mean `{meant}`?");
        }
        match Path::new(&self.written).is_relative() {
            true => "the path is relative to the file in which it stands".into(),
            false => "check the path".into(),
        }
    }

    /// The path as its author probably meant it, if it exists: the first name that does not exist is replaced by the
    /// most similar name in the same directory.
    fn meant(&self) -> Option<String> {
        let written = Path::new(&self.written);
        let written = written.strip_prefix(".").unwrap_or(written);
        let parts: Vec<Component<'_>> = self.path.components().collect();
        // The directory of the file, to which the path is relative.
        let above = parts.len().checked_sub(written.components().count())?;
        let directory: PathBuf = parts.iter().take(above).collect();
        let mut meant = PathBuf::new();
        let mut names = written.components();
        for name in names.by_ref() {
            let known = directory.join(&meant);
            if !known.join(name).exists() {
                meant.push(beside(&known, name.as_os_str().to_str()?)?);
                break;
            }
            meant.push(name);
        }
        meant.extend(names);
        let found = directory.join(&meant).exists();
        found.then(|| meant.to_str().map(str::to_owned))?
    }
}

/// The name in a directory that is spelled most like `name`.
fn beside(directory: &Path, name: &str) -> Option<String> {
    let directory = match directory.as_os_str().is_empty() {
        true => Path::new("."),
        false => directory,
    };
    let entries = fs::read_dir(directory).ok()?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    nearest(name, &names).map(str::to_owned)
}
