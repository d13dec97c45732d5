//! Requests to save files, and their results.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use miette::Diagnostic;
use thiserror::Error;

/// A request to save files of the component's filesystem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Save {
    /// A directory in the component's filesystem, absolute.
    pub from: String,
    /// The directory of this machine that receives the files of `from`; it is created if it does not exist.
    pub to: PathBuf,
}

/// The result of a [`Save`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// The directory that received the files.
    pub to: PathBuf,
    /// The number of files, links and directories written.
    pub entries: u64,
    /// The size in bytes of the files written.
    pub bytes: u64,
    /// The paths in the component's filesystem that were not saved, each with the reason.
    pub skipped: Vec<String>,
}

/// How far the writing of files has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saving<'a> {
    /// What is being written.
    pub request: &'a Save,
    /// Files, links and directories that are complete.
    pub entries: u64,
    /// Bytes of files written, those of the file that is being written included.
    pub bytes: u64,
    /// Whether the last line that the component wrote to standard error of this process has no end, as in
    /// [`Finished`](crate::Finished).
    pub leaves_line_open: bool,
}

/// Who is told how far saving has come.
pub(crate) type Watch = Arc<dyn Fn(&Saving<'_>) + Send + Sync>;

/// Why files could not be saved.
#[derive(Debug, Error, Diagnostic)]
pub enum SaveError {
    /// The component exposes no memory filesystem to read.
    #[error("nothing can be saved: the composed component exposes no filesystem")]
    #[diagnostic(code("save::not-exposed"))]
    NotExposed,
    /// The component exited during its instantiation, and its exports can be called only after that.
    #[error(
        "nothing can be saved: the application exited while it was being started, and its files can be read only after that"
    )]
    #[diagnostic(code("save::not-started"))]
    NotStarted,
    /// No preopen covers the path.
    #[error("nothing can be saved from `{path}`: no mount of the component covers it")]
    #[diagnostic(code("save::no-mount"))]
    NoMount {
        /// The requested path.
        path: String,
    },
    /// The component's filesystem gave an error.
    #[error("`{path}` in the component's filesystem cannot be read: {reason}")]
    #[diagnostic(code("save::read"))]
    Read {
        /// The path.
        path: String,
        /// The WASI error, or the error of the runtime.
        reason: String,
    },
    /// The target is, contains or lies in a directory that the component is shown.
    #[error(
        "`{}` cannot receive saved files: the component is shown `{}`, and one of the two contains the other, or a link in it leads there",
        to.display(), directory.display()
    )]
    #[diagnostic(
        code("save::shown"),
        help(
            "save to a directory that no mount shows and no link in one leads to: nothing was run"
        )
    )]
    Shown {
        /// The directory that was to receive the files.
        to: PathBuf,
        /// The directory that the component is shown.
        directory: PathBuf,
    },
    /// A file or directory could not be written.
    #[error("`{}` cannot be written: {source}", path.display())]
    #[diagnostic(code("save::write"))]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
}
