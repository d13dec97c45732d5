//! Why bytes are not taken in.

use core::fmt;

/// Why a filesystem was not replaced by an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestoreError {
    /// The bytes are no image, or the image of something that no filesystem can be.
    Malformed,
    /// The image was encoded in another version of the format.
    Version {
        /// The version that was found.
        found: u16,
    },
    /// The image has other trees than this filesystem: not as many, or not over lower layers at the same places.
    Trees,
    /// The image holds more than this filesystem's limits allow, or than memory has room for.
    Limits,
    /// A file or directory of this filesystem is open.
    Open,
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => write!(f, "the encoded files are malformed"),
            Self::Version { found } => write!(
                f,
                "the encoded files have format version {found}, not {}",
                super::format::VERSION
            ),
            Self::Trees => write!(f, "the encoded files are of other mounts"),
            Self::Limits => write!(f, "the encoded files exceed the limits of this filesystem"),
            Self::Open => write!(
                f,
                "files cannot be replaced while a file or a directory is open"
            ),
        }
    }
}

impl core::error::Error for RestoreError {}
