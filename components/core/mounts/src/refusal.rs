//! Why a path is refused before the host is asked.

use interpose_paths::PathError;

/// Why a path is refused before the host is asked. Each variant is an error of POSIX and WASI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing has that name (`ENOENT`).
    NoEntry,
    /// The entry is hidden, as if nothing had that name (`ENOENT`).
    Hidden,
    /// The path leads out of its descriptor (`EPERM`).
    NotPermitted,
    /// A hidden name would be made (`EPERM`).
    HiddenName,
    /// Something would be changed where changes are refused (`EPERM`).
    ReadOnly,
    /// The path has too many symbolic links (`ELOOP`).
    Loop,
    /// The path, or a link's target, is longer than [`MAX_PATH_LENGTH`](interpose_paths::MAX_PATH_LENGTH) (`ENAMETOOLONG`).
    NameTooLong,
    /// The path has a NUL, or the options contradict each other (`EINVAL`).
    Invalid,
    /// A time is out of range (`EOVERFLOW`).
    Overflow,
    /// The host cannot do this (`ENOTSUP`).
    Unsupported,
    /// A file would be created under a name that ends in a slash (`EISDIR`).
    IsDirectory,
    /// A slash demands a directory, and the entry is something else (`ENOTDIR`).
    NotDirectory,
    /// `.` or `..` would be renamed (`EBUSY`).
    Busy,
    /// A move would change which names are hidden below the entry (`EXDEV`). Programs answer this by copying, and each
    /// copied file is judged by itself.
    CrossDevice,
}

impl From<PathError> for Refusal {
    fn from(error: PathError) -> Self {
        match error {
            PathError::Nul => Self::Invalid,
            PathError::TooLong => Self::NameTooLong,
            PathError::Empty => Self::NoEntry,
            PathError::Absolute => Self::NotPermitted,
        }
    }
}
