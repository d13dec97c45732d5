use crate::{Errno, Revision};

/// What an offset is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whence {
    /// The beginning of the file.
    Set,
    /// The position of the descriptor.
    Current,
    /// The end of the file.
    End,
}

impl Whence {
    /// Reads the number that a revision has for it.
    ///
    /// # Errors
    /// [`Errno::Invalid`] when there is no such number.
    pub fn parse(number: u32, revision: Revision) -> Result<Self, Errno> {
        match (revision, number) {
            (Revision::Preview1, 0) | (Revision::Unstable, 2) => Ok(Self::Set),
            (Revision::Preview1, 1) | (Revision::Unstable, 0) => Ok(Self::Current),
            (Revision::Preview1, 2) | (Revision::Unstable, 1) => Ok(Self::End),
            _ => Err(Errno::Invalid),
        }
    }
}

/// The position that is `offset` bytes away from `base`.
///
/// # Errors
/// [`Errno::Invalid`] when it would be negative or is more than 64 bits.
pub fn seek(base: u64, offset: i64) -> Result<u64, Errno> {
    base.checked_add_signed(offset).ok_or(Errno::Invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_checked() {
        assert_eq!(seek(4, -4), Ok(0));
        assert_eq!(seek(4, -5), Err(Errno::Invalid));
        assert_eq!(seek(u64::MAX, 1), Err(Errno::Invalid));
        assert_eq!(Whence::parse(0, Revision::Unstable), Ok(Whence::Current));
        assert_eq!(Whence::parse(3, Revision::Preview1), Err(Errno::Invalid));
    }
}
