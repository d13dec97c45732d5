//! Why the modules of a crate could not be read.

use std::{error::Error, fmt, io, path::PathBuf};

/// Why the modules of a crate could not be read.
#[derive(Debug)]
pub enum ReadError {
    /// A file could not be read.
    File {
        /// The file.
        file: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
    /// A module has no file.
    NoFile {
        /// The module's name.
        name: String,
        /// The file that declares the module.
        file: PathBuf,
        /// The line of the declaration, counted from 1.
        line: usize,
    },
    /// A module is declared with `#[path = "…"]`, which this crate does not follow.
    PathAttribute {
        /// The file that declares the module.
        file: PathBuf,
        /// The line of the declaration, counted from 1.
        line: usize,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, error } => {
                write!(formatter, "cannot read {}: {error}", file.display())
            }
            Self::NoFile { name, file, line } => write!(
                formatter,
                "{}:{line} declares the module `{name}`, which has no file",
                file.display()
            ),
            Self::PathAttribute { file, line } => write!(
                formatter,
                "{}:{line} declares a module with a path, which is not supported",
                file.display()
            ),
        }
    }
}

impl Error for ReadError {}
