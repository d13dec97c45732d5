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
    /// The name is taken (`EEXIST`).
    Exist,
    /// The file would become larger than a file may be (`EFBIG`).
    FileTooLarge,
    /// A name is not valid UTF-8 (`EILSEQ`).
    IllegalByteSequence,
    /// An argument is invalid: a path with a NUL, bytes beyond the offset [`i64::MAX`], a directory moved into itself
    /// (`EINVAL`).
    Invalid,
    /// Input or output failed (`EIO`).
    Io,
    /// The operation needs something else than a directory (`EISDIR`).
    IsDirectory,
    /// The path has too many symbolic links, or a symbolic link where none is allowed (`ELOOP`).
    Loop,
    /// The file has too many hard links (`EMLINK`).
    TooManyLinks,
    /// A name is longer than 255 bytes or a path longer than 4,095 (`ENAMETOOLONG`).
    NameTooLong,
    /// Nothing has that name (`ENOENT`).
    NoEntry,
    /// Memory is exhausted (`ENOMEM`).
    InsufficientMemory,
    /// The quota is exhausted (`ENOSPC`).
    InsufficientSpace,
    /// Not an error of WASI: the operation needs to know more about a lower layer and had no effect. The caller
    /// provides the answer and calls the operation again. See [`FileSystem::take_need`](crate::FileSystem::take_need).
    Lower,
    /// The operation needs a directory (`ENOTDIR`).
    NotDirectory,
    /// The directory is not empty (`ENOTEMPTY`).
    NotEmpty,
    /// The object does not support the operation (`ENOTSUP`).
    Unsupported,
    /// A timestamp is out of range (`EOVERFLOW`).
    Overflow,
    /// The descriptor does not permit the operation: the path leads out of its directory, or its tree is read-only
    /// (`EPERM`).
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
