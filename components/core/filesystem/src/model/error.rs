//! Why an operation failed.

use core::fmt;

use interpose_paths::PathError;

/// Why an operation failed: the error codes of `wasi:filesystem/types` that a filesystem gives, under their names
/// there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Error {
    /// Permission denied (`EACCES`).
    Access,
    /// The descriptor is not of the kind that the operation needs, or was not opened for it (`EBADF`).
    BadDescriptor,
    /// The name is `.`, which cannot be renamed (`EBUSY`).
    Busy,
    /// Something has that name already (`EEXIST`).
    Exist,
    /// The file would become larger than a file may be (`EFBIG`).
    FileTooLarge,
    /// A name is not valid UTF-8 (`EILSEQ`).
    IllegalByteSequence,
    /// An argument makes no sense: a path with a NUL, bytes beyond the offset [`i64::MAX`], a directory moved into itself
    /// (`EINVAL`).
    Invalid,
    /// Input or output failed (`EIO`).
    Io,
    /// A directory stands where something else is needed (`EISDIR`).
    IsDirectory,
    /// Too many symbolic links, or one where none is allowed (`ELOOP`).
    Loop,
    /// Too many hard links (`EMLINK`).
    TooManyLinks,
    /// A name is longer than 255 bytes or a path longer than 4,095 (`ENAMETOOLONG`).
    NameTooLong,
    /// Nothing has that name (`ENOENT`).
    NoEntry,
    /// Memory is exhausted (`ENOMEM`).
    InsufficientMemory,
    /// The quota is exhausted (`ENOSPC`).
    InsufficientSpace,
    /// Not an error of WASI: the operation needs to know more of a lower layer, had no effect, and is to be called again
    /// when that is provided. See [`FileSystem::take_need`](crate::FileSystem::take_need).
    Lower,
    /// Something else stands where a directory is needed (`ENOTDIR`).
    NotDirectory,
    /// The directory is not empty (`ENOTEMPTY`).
    NotEmpty,
    /// The object cannot do this (`ENOTSUP`).
    Unsupported,
    /// A timestamp is out of range (`EOVERFLOW`).
    Overflow,
    /// The descriptor does not permit it: the path leads out of it, or its tree is read-only (`EPERM`).
    NotPermitted,
    /// The filesystem is read-only (`EROFS`). Trees of this crate answer [`Error::NotPermitted`] instead, as
    /// Wasmtime's host does.
    ReadOnly,
    /// The two names are in different trees (`EXDEV`).
    CrossDevice,
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Access => "access",
            Self::BadDescriptor => "bad-descriptor",
            Self::Busy => "busy",
            Self::Exist => "exist",
            Self::FileTooLarge => "file-too-large",
            Self::IllegalByteSequence => "illegal-byte-sequence",
            Self::Invalid => "invalid",
            Self::Io => "io",
            Self::IsDirectory => "is-directory",
            Self::Loop => "loop",
            Self::TooManyLinks => "too-many-links",
            Self::NameTooLong => "name-too-long",
            Self::NoEntry => "no-entry",
            Self::InsufficientMemory => "insufficient-memory",
            Self::InsufficientSpace => "insufficient-space",
            Self::Lower => "lower",
            Self::NotDirectory => "not-directory",
            Self::NotEmpty => "not-empty",
            Self::Unsupported => "unsupported",
            Self::Overflow => "overflow",
            Self::NotPermitted => "not-permitted",
            Self::ReadOnly => "read-only",
            Self::CrossDevice => "cross-device",
        })
    }
}

impl core::error::Error for Error {}

impl From<PathError> for Error {
    fn from(error: PathError) -> Self {
        match error {
            PathError::Nul => Self::Invalid,
            PathError::TooLong => Self::NameTooLong,
            PathError::Empty => Self::NoEntry,
            PathError::Absolute => Self::NotPermitted,
        }
    }
}
